"""Web addresses in a sentence of ours as links: only whole `https://` ones, shown as they are, and nothing else becomes markup."""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_ADDRESS = re.compile(r"""(https://[^\s<>"'()]*[^\s<>"'().,;:!?])""")


def linked(text: str) -> SafeString:
    """Return a sentence's HTML."""
    parts = [
        format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', part, part)
        if place % 2
        else format_html("{}", part)
        for place, part in enumerate(_ADDRESS.split(text))
    ]
    return mark_safe("".join(parts))

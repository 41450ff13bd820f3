"""What moves, hides or reorders the words beside it is shown as an escape, wherever on a page it stands.

A name, a title, a message or a file's name may hold marks of direction, controls and characters of no width: `abc` could be read
as `cba`, or two names look like one. Text that somebody else wrote is cleaned where it comes in (grader/sanitize.py); the rest,
people's own names and words, is shown by hundreds of templates and by Django's own, so that the rule stands behind all of them.
Joiners stay: between letters of some scripts, and in the pictures of some pictograms, they are spelling.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from grader.sanitize import escape_of

#: Controls but tab and the line ends of a file; soft hyphen; marks of direction; what has no width or no glyph; separators; tags.
_HIDING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return text with each hiding character as an escape, such as `\\u202e`."""
    return _HIDING.sub(lambda found: escape_of(found[0]), text)


class VisibleCharacters:
    """Middleware: no page holds a character that hides or moves another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; what is no page, such as a download, goes out as it is."""
        response = self.get_response(request)
        if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            html = response.content.decode(response.charset)
            if _HIDING.search(html):
                response.content = visible(html)
                if response.has_header("Content-Length"):
                    response.headers["Content-Length"] = str(len(response.content))
        return response

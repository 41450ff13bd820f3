"""What people write to each other, as HTML: the one place where text becomes markup, and what of it may.

Markdown without HTML, pictures and headings goes through a list of elements that may stand; a link leads to a web page or an
address of mail, and says nothing of where it was clicked. Invisible characters are shown as escapes before anything is read.
"""

import html
import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from grader.sanitize import clean

MOST_BYTES = 32_000
ELEMENTS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr"}
SCHEMES = ("https://", "http://", "mailto:")
_LEFT_OUT = ["html_block", "html_inline", "image", "heading", "lheading", "reference"]
_BLOCK_ENDS = re.compile(r"</(?:p|li|pre|blockquote)>|<br />|<hr />")
_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 10}).disable(_LEFT_OUT)


def markdown(text: str) -> SafeString:
    """Return the HTML of a text in Markdown, whatever the text is."""
    safe = nh3.clean(
        _rendered(text),
        tags=ELEMENTS,
        attributes={"a": {"href"}},
        attribute_filter=_whole_links,
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(safe)


def in_one_line(text: str) -> str:
    """Return what a text in Markdown says, without its marks and line ends: for a table, or the preview of a mail."""
    words = html.unescape(nh3.clean(_BLOCK_ENDS.sub(" ", _rendered(text)), tags=set()))
    return " ".join(words.split())


def _rendered(text: str) -> str:
    return str(_PARSER.render(clean(text, MOST_BYTES)))


def _whole_links(_element: str, attribute: str, value: str) -> str | None:
    """Leave out the target of a link into these pages: what it does is not what it says."""
    return value if attribute != "href" or value.lower().startswith(SCHEMES) else None

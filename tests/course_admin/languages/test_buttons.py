"""What a button says is something to do: a language that has other words for that than for a heading gets them apart."""

import re

from course_admin.languages.folders import TEMPLATES

TEXT = re.compile(r"""\{% translate (["'])(.+?)\1(?: context (["'])(.+?)\3)? %\}""")
TAG = re.compile(r"<(/?[a-z0-9]+)[^>]*>")
HEADINGS = {"label", "legend", "dt", "th", "h1", "h2", "h3"}
#: Said by buttons and headings alike, of what one does: no language needs two.
TO_DO = {"Ask for a regrade", "Compare", "Log in", "Make it"}


def said_in(page: str, elements: set[str]) -> set[tuple[str, str]]:
    """Return the texts that stand at the beginning of such elements, each with its context."""
    found = set()
    for text in TEXT.finditer(page):
        tags = TAG.findall(page[: text.start()])
        if tags and tags[-1] in elements:
            found.add((text[2], text[4] or ""))
    return found


def test_a_word_of_a_button_that_is_also_a_heading_has_a_context():
    pages = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    buttons, headings = (set().union(*(said_in(page, kind) for page in pages)) for kind in ({"button"}, HEADINGS))
    assert {text for text, _ in buttons & headings} == TO_DO

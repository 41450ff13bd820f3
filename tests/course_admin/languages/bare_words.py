"""Finds what a template shows that does not go through gettext: words between elements, in attributes that are read aloud or
shown, and in what it hands to another template."""

import re
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

SHOWN = {"alt", "title", "placeholder", "aria-label", "data-label", "label"}
SILENT = {"script", "style", "code", "pre"}
NAMES = {"Assay", "GitHub", "Gradescope", "Canvas", "Moodle", "LTI", "CSV", "JSON", "Markdown", "results.json", "Git"}
WORD = re.compile(r"[A-Za-z]{2,}")
QUOTED = re.compile(r'(?<!_\()"((?:[^"\\]|\\.)*)"')
#: A string in a tag that is shown: handed to a component, or the other choice of a filter.
HANDED = re.compile(r'\b(?:sentence|label|what|name|title|words|heading)="([^"]*[A-Za-z]{2,}[^"]*)"')
CHOSEN = re.compile(r"""\|(?:default|default_if_none|yesno|pluralize):["']([^"']*[A-Za-z]{2,}[^"']*)["']""")
ENGLISH_PLURAL = re.compile(r"\|pluralize")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self.found += [value for name, value in attrs if name in SHOWN and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and WORD.search(data):
            self.found.append(data)


def bare_words(path: Path) -> list[str]:
    """Return what a template shows in one language alone."""
    text, found, translated = "", [], False
    for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.split_contents()[0]
            translated = name in ("blocktranslate", "blocktrans", "comment") or (
                translated and name not in ("endblocktranslate", "endblocktrans", "endcomment")
            )
        if token.token_type == TokenType.TEXT and not translated:
            text += token.contents
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            text += "\N{OBJECT REPLACEMENT CHARACTER}"
            found += CHOSEN.findall(token.contents) + ENGLISH_PLURAL.findall(token.contents)
            if token.contents.startswith("include"):
                found += HANDED.findall(token.contents)
    words = _Words()
    words.feed(text)
    words.close()
    known = {word.lower() for word in NAMES}
    said = [" ".join(each.split()) for each in words.found]
    return [
        *found,
        *(each for each in said if not {word.lower() for word in re.findall(r"[A-Za-z][\w.]+", each)} <= known),
    ]

"""The catalogues of translations: reading, writing, and the compiled form, which is made in Python and not kept in git."""

import io
import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from course_admin.languages.folders import locale_folders

INSIDE = Path("LC_MESSAGES", "django.po")
LINE_LENGTH = 120
#: Lines of the header that differ with each writing, or say nothing.
LEFT_OUT = (
    *(b'"POT-Creation-Date:', b'"PO-Revision-Date:', b'"Last-Translator:', b'"Language-Team:'),
    *(b'"Report-Msgid-Bugs-To:', b'"Generated-By:', b'"Project-Id-Version:'),
)


def languages() -> list[str]:
    """Return the languages that somebody translates into, by their names as folders: `de`, `pt_BR`."""
    return sorted({path.parents[1].name for folder in locale_folders() for path in folder.glob(f"*/{INSIDE}")})


def catalogue_of(locale: Path, language: str) -> Path:
    """Return where a folder keeps one language."""
    return locale / language / INSIDE


def read(path: Path) -> Catalog:
    """Return a catalogue; an empty one where there is none yet."""
    language = path.parents[1].name
    if not path.is_file():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _empty(language: str) -> Catalog:
    return Catalog(locale=language, domain="django", header_comment="", fuzzy=False)


def write(path: Path, messages: Catalog) -> None:
    """Keep a catalogue, in an order that does not depend on line numbers, so that two people's changes seldom meet."""
    kept = _empty(path.parents[1].name)
    for message in messages:
        if message.id:
            kept[message.id] = message
    written = io.BytesIO()
    write_po(written, kept, width=LINE_LENGTH, include_lineno=False, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = written.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(LEFT_OUT)))


def compile_all() -> list[Path]:
    """Make the compiled form of each catalogue that has changed since; return what was made.

    Each is written beside its place and moved there, for several processes may start at once.
    """
    made = []
    for source in (path for folder in locale_folders() for path in sorted(folder.glob(f"*/{INSIDE}"))):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, read(source))
        unfinished.replace(target)
        made.append(target)
    return made

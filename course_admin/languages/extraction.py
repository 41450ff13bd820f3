"""What is to be translated: every sentence that goes through gettext in the project's Python and templates, by catalogue."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from course_admin.languages import folders
from course_admin.languages.catalogues import catalogue_of, languages, read, write
from course_admin.languages.folders import locale_folders, locale_of

#: Django's functions, and where each has its singular, plural and context.
KEYWORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), (1,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
COMMENT = "Translators:"
Id = str | tuple[str, ...]


def sources() -> list[Path]:
    """Return every file that may hold sentences: Python, and templates of pages and mails."""
    python = (path for path in folders.ROOT.rglob("*.py") if "migrations" not in path.parts)
    return sorted([*python, *folders.TEMPLATES.rglob("*.html"), *folders.TEMPLATES.rglob("*.txt")])


def messages_of(source: Path) -> Iterator[tuple[Id, str | None, list[str]]]:
    """Yield what one file asks gettext for: singular, or singular and plural; its context; what is said to translators."""
    text = source.read_text(encoding="utf-8")
    if source.is_relative_to(folders.TEMPLATES):
        text = templatize(text, origin=str(source))
    for _, found, comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS, (COMMENT,)):
        yield found, context, comments


def extracted() -> dict[Path, Catalog]:
    """Return the sentences of all sources, without translations, by their folder of translations."""
    found = {folder: Catalog(domain="django") for folder in locale_folders()}
    for source in sources():
        catalogue = found.setdefault(locale_of(source), Catalog(domain="django"))
        for message, context, comments in messages_of(source):
            place = (source.relative_to(folders.ROOT.parent).as_posix(), 1)
            catalogue.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def update() -> dict[Path, int]:
    """Bring every catalogue to what the sources ask for; return how many sentences each leaves without a translation.

    What is translated keeps its translation, or takes over that of the same sentence in another catalogue; what no source
    asks for any more goes.
    """
    left = {}
    wanted = extracted()
    for language in languages():
        paths = {folder: catalogue_of(folder, language) for folder in wanted}
        kept = {folder: read(path) for folder, path in paths.items()}
        known = {_key(each): each.string for folder in kept for each in kept[folder] if each.id and _is_complete(each)}
        for folder, catalogue in wanted.items():
            for message in catalogue:
                if message.id:
                    own = kept[folder].get(message.id, message.context)
                    message.string = (
                        own.string if own and _is_complete(own) else known.get(_key(message), message.string)
                    )
            write(paths[folder], catalogue)
            left[paths[folder]] = sum(not _is_complete(each) for each in catalogue if each.id)
    return left


def _key(message: Message) -> tuple[Id, str | None]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id, message.context


def _is_complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return bool(strings) and all(strings) and not message.fuzzy

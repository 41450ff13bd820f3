"""Catalogues: each holds what its sources ask for, translated in full, with the same names to fill in and the same elements."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.utils import translation

from course_admin.languages import folders
from course_admin.languages.__main__ import main
from course_admin.languages.catalogues import catalogue_of, compile_all, languages, read
from course_admin.languages.extraction import extracted
from course_admin.languages.folders import ROOT, locale_folders, locale_of

CATALOGUES = [catalogue_of(folder, language) for folder in locale_folders() for language in languages()]
ELEMENT = re.compile(r"</?[a-z]+[^>]*>")


def names(text: str) -> list[str]:
    """Return what is filled into a sentence: `%(name)s` of templates, `{name}` of Python."""
    braces = [] if "%(" in text else [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return sorted([*re.findall(r"%\((\w+)\)s", text), *braces])


def forms(message) -> list[tuple[str, str]]:
    """Return each translated form with the source that it is of: of several the plural, which fills in no less."""
    if isinstance(message.id, str):
        return [(message.id, message.string)]
    return [(message.id[-1], form) for form in message.string]


def key(message):
    return (message.id if isinstance(message.id, str) else tuple(message.id), message.context)


def faults(catalogue: Catalog) -> list[str]:
    """Return what is wrong with a catalogue's translations."""
    found = []
    for message in (each for each in catalogue if each.id):
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        if message.fuzzy or not all(strings):
            found.append(f"no translation: {message.id}")
            continue
        if not isinstance(message.id, str) and len(strings) != catalogue.num_plurals:
            found.append(f"not every plural: {message.id}")
        for source, target in forms(message):
            if names(source) != names(target):
                found.append(f"other names to fill in: {target}")
            if sorted(ELEMENT.findall(source)) != sorted(ELEMENT.findall(target)):
                found.append(f"other elements: {target}")
            if (source[0] == " ", source[-1] in " \n") != (target[0] == " ", target[-1] in " \n"):
                found.append(f"other space around it: {target!r}")
    return found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_sentence_is_translated_in_full(path: Path):
    assert path.is_file()
    assert faults(read(path)) == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("{count} of {most}", "{count} von {meist}"),
        ("%(name)s is late", "ist zu spät"),
        ('<a href="%(url)s">Log in</a>', "Anmelden: %(url)s"),
        ("Log in ", "Anmelden"),
        ("Log in", ""),
        (("{count} day", "{count} days"), ("{count} Tag", "")),
        (("{count} day", "{count} days"), ("{count} Tag", "Tage")),
    ],
)
def test_a_translation_that_loses_something_is_found(source, target):
    catalogue = Catalog(locale="de")
    catalogue.add(source, target)
    assert len(faults(catalogue)) >= 1


@pytest.mark.medium
def test_catalogues_hold_what_the_sources_ask_for_and_nothing_else():
    """`python -m course_admin.languages update` makes them agree."""
    differing = {}
    for folder, catalogue in extracted().items():
        wanted = {key(each) for each in catalogue if each.id}
        for language in languages():
            held = {key(each) for each in read(catalogue_of(folder, language)) if each.id}
            if wanted != held:
                differing[catalogue_of(folder, language)] = wanted ^ held
    assert differing == {}


@pytest.mark.parametrize("language", languages())
def test_a_sentence_has_one_translation_wherever_it_stands(language):
    found: dict = {}
    for folder in locale_folders():
        for each in read(catalogue_of(folder, language)):
            if each.id:
                strings = each.string if isinstance(each.string, str) else tuple(each.string)
                found.setdefault(key(each), set()).add(strings)
    assert {sentence: strings for sentence, strings in found.items() if len(strings) > 1} == {}


def test_every_language_that_can_be_chosen_has_catalogues_and_the_other_way_round():
    sources, *others = (translation.to_locale(code) for code, _ in settings.LANGUAGES)
    assert sources == translation.to_locale(settings.LANGUAGE_CODE)
    assert sorted(others) == languages()


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("views.py", "locale"),
        ("templates/base.html", "locale"),
        ("templates/components/empty.html", "locale"),
        ("templates/submissions/report/_strip.html", "submissions/locale"),
        ("templates/lti/enter.html", "integrations/locale"),
        ("integrations/lti/launch/views.py", "integrations/locale"),
        ("gradebook/views.py", "gradebook/locale"),
        ("gradebook/grading/counting.py", "gradebook/grading/locale"),
    ],
)
def test_a_source_belongs_to_the_nearest_catalogue(source, folder):
    assert locale_of(ROOT / source) == ROOT / folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project of two packages."""
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    monkeypatch.setattr(folders, "TEMPLATES", tmp_path / "templates")
    for place in ("locale", "first/locale", "second/locale", "templates/first"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "first/__init__.py").touch()
    (tmp_path / "second/words.py").write_text('WORDS = gettext("Hello {name}"), ngettext("a day", "{count} days", 2)')
    (tmp_path / "templates/first/page.html").write_text(
        '{% load i18n %}{% translate "Hello {name}" %}{% blocktranslate %}From {{ place }}{% endblocktranslate %}'
    )
    return tmp_path


def held(project, folder, language="fr"):
    catalogue = read(project / folder / "locale" / language / "LC_MESSAGES" / "django.po")
    return {key(each)[0]: each.string for each in catalogue if each.id}


def test_a_language_is_added_filled_in_and_kept_up_to_date(project, capsys):
    assert main(["add", "fr"]) == 0
    assert held(project, "first") == {"Hello {name}": "", "From %(place)s": ""}
    assert held(project, "second") == {"Hello {name}": "", ("a day", "{count} days"): ("", "", "")}
    assert "2 without a translation" in capsys.readouterr().out
    path = project / "first/locale/fr/LC_MESSAGES/django.po"
    path.write_text(
        path.read_text().replace('msgid "Hello {name}"\nmsgstr ""', 'msgid "Hello {name}"\nmsgstr "Bonjour {name}"')
    )
    (project / "second/more.py").write_text('gettext("New")')
    (project / "templates/first/page.html").write_text('{% load i18n %}{% translate "Hello {name}" %}')
    assert main(["update"]) == 0
    assert held(project, "first") == {"Hello {name}": "Bonjour {name}"}
    assert held(project, "second") == {
        "Hello {name}": "Bonjour {name}",
        ("a day", "{count} days"): ("", "", ""),
        "New": "",
    }
    assert path.with_suffix(".mo").is_file()
    before = path.read_bytes()
    assert main(["update"]) == 0
    assert path.read_bytes() == before


def test_what_has_not_changed_is_not_compiled_again(project):
    main(["add", "fr"])
    assert compile_all() == []
    path = project / "second/locale/fr/LC_MESSAGES/django.po"
    path.with_suffix(".mo").unlink()
    assert compile_all() == [path.with_suffix(".mo")]


@pytest.mark.parametrize("words", [[], ["add"], ["add", "../fr"], ["forget", "fr"]])
def test_a_command_that_is_none_changes_nothing(project, words, capsys):
    assert main(words) == 2
    assert "usage" in capsys.readouterr().err
    assert languages() == []

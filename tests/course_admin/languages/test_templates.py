"""Every text of a template goes through gettext."""

import pytest

from course_admin.languages.folders import ROOT, TEMPLATES
from tests.course_admin.languages.bare_words import bare_words

PAGES = sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_no_word_is_said_in_one_language_alone(path):
    assert bare_words(path) == []


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("<p>Hello</p>", "Hello"),
        ("<p>{{ name }} is late</p>", "\N{OBJECT REPLACEMENT CHARACTER} is late"),
        ("<p>{% if late %}late{% endif %}</p>", "\N{OBJECT REPLACEMENT CHARACTER}late\N{OBJECT REPLACEMENT CHARACTER}"),
        ('<input placeholder="Your name">', "Your name"),
        ('<td data-label="Due">4</td>', "Due"),
        ('{% include "components/empty.html" with sentence="Nothing yet." %}', "Nothing yet."),
        ('{{ name|default:"nobody" }}', "nobody"),
        ("{{ count|pluralize }}", "|pluralize"),
        (
            "{% load i18n %}{% translate 'Good' %} bad",
            "\N{OBJECT REPLACEMENT CHARACTER}\N{OBJECT REPLACEMENT CHARACTER} bad",
        ),
        (
            "{% blocktranslate %}Good{% endblocktranslate %} bad",
            "\N{OBJECT REPLACEMENT CHARACTER}\N{OBJECT REPLACEMENT CHARACTER} bad",
        ),
    ],
)
def test_a_bare_word_is_found(tmp_path, page, word):
    path = tmp_path / "page.html"
    path.write_text(page)
    assert bare_words(path) == [word]


@pytest.mark.parametrize(
    "page",
    [
        "{% load i18n %}<p>{% translate 'Hello' %}</p>",
        "{% blocktranslate with a=b %}Hello {{ a }}{% plural %}Hellos{% endblocktranslate %}",
        "<code>git push</code> – Assay",
        "<a class='btn primary' href='/some/where'>{{ name }}</a>",
        "{# a comment #}{% comment %}another{% endcomment %}",
        '{% include "a.html" with sentence=_("Nothing yet.") kind="bad" %}',
    ],
)
def test_what_is_translated_or_no_word_is_none(tmp_path, page):
    path = tmp_path / "page.html"
    path.write_text(page)
    assert bare_words(path) == []


def test_scripts_take_their_words_from_the_page():
    """A script says nothing by itself: what it shows stands in attributes of its element."""
    words = ("Copied", "by your clock", "Kept.")
    scripts = {path.name: path.read_text() for path in (ROOT / "static" / "assay").glob("*.js")}
    assert [
        (name, word) for name, text in scripts.items() for word in words if f'"{word}' in text or f"`{word}" in text
    ] == []

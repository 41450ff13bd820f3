"""Counted nouns: a sentence that says how many of something has a form for one, "1 assignments" is no English."""

import re

import pytest
from babel.messages.catalog import Catalog

from course_admin.languages.catalogues import catalogue_of, read
from course_admin.languages.folders import locale_folders

NUMBER = r"(?:\{\w+\}|%\(\w+\)s)"
#: Words in s behind a name that are no nouns.
NO_NOUNS = set(
    "as counts does ends gives hands has holds is lies looks mixes says sends stands stays takes this was".split()
)
LIMIT, EXAMPLE = "a limit of ours, or more than it", "an example of ours"
#: Nouns that no sentence has one of, and why.
NEVER_ONE_OF = {
    **dict.fromkeys(("characters", "comments", "letters", "rows", "tokens"), LIMIT),
    "parts": "of the picture of an array",
    "times": "a factor: one time is something else",
}
#: How sentences begin that need no form for one, and why.
NEVER_ONE = {
    "All %(failed_checks)s checks": "said of five and more",
    "At most {most} bytes": LIMIT,
    "Canvas's list has more than {pages} pages": LIMIT,
    "Dates are moved by at most {most} days": LIMIT,
    "For example, an attempt of {points} points": EXAMPLE,
    "Line {line} has {count} columns; at most": LIMIT,
    "Line {number} ends before it begins": LIMIT,
    "The answer of {host} is larger than {size} bytes": LIMIT,
    "The answer of {host} took longer than {seconds} seconds": LIMIT,
    "The file has {count} assignments; between 1": "none, or more than a limit of ours",
    "The file has {count} bytes; at most": LIMIT,
    "The file has {count} columns; at most": LIMIT,
    "The file leaves {number} questions open": LIMIT,
    "The platform's list has more than {pages} pages": LIMIT,
    "Your group {group} has {size} students": "a group that is too large",
    "{lms} has several students": "the name of an LMS",
    "{points} of {most} by checks": "the noun is that of the points, said beside it",
}


def counted_nouns(catalogues: list[Catalog]) -> set[str]:
    """Return the nouns that the sentences with two forms have in the plural alone."""
    pairs = [message.id for catalogue in catalogues for message in catalogue if isinstance(message.id, tuple)]
    found = {word for one, many in pairs for word in set(_words(many)) - set(_words(one))}
    return {word for word in found if word.endswith("s") or word == "people"}


def _words(sentence: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(NUMBER, "", sentence))


def without_one(catalogues: list[Catalog], nouns: set[str]) -> list[str]:
    """Return the sentences that count a noun and have one form."""
    counts = re.compile(rf"{NUMBER} (?:[a-z]+ (?:{'|'.join(sorted(nouns))})|([a-z]+s|people))\b")
    singles = {message.id for catalogue in catalogues for message in catalogue if isinstance(message.id, str)}
    left_out = NO_NOUNS | set(NEVER_ONE_OF)
    return sorted(
        sentence for sentence in singles if any(found[1] not in left_out for found in counts.finditer(sentence))
    )


def test_what_is_counted_has_a_form_for_one():
    catalogues = [read(catalogue_of(folder, "de")) for folder in locale_folders()]
    found = without_one(catalogues, counted_nouns(catalogues))
    assert [sentence for sentence in found if not sentence.startswith(tuple(NEVER_ONE))] == []
    assert [start for start in NEVER_ONE if not any(sentence.startswith(start) for sentence in found)] == []


@pytest.mark.parametrize("sentence", ["{done} attempts wait.", "%(count)s more runs", "The runs of {count} people"])
def test_a_sentence_without_a_form_for_one_is_found(sentence):
    catalogue = Catalog(locale="de")
    catalogue.add(("{count} run", "{count} runs"))
    catalogue.add(sentence)
    assert without_one([catalogue], counted_nouns([catalogue])) == [sentence]

"""What rounds store of an LMS is English, and read in the reader's language; what an LMS said stays as it said it."""

import ast
import re

import pytest
from django.utils import translation

from course_admin.integrations.outbox.match import SEVERAL, TAKEN, UNKNOWN
from course_admin.integrations.outbox.stored_words import SENTENCES, lms_words
from course_admin.languages.folders import ROOT

RAISED = {"TemporaryFailure", "Rejected", "LinkBroken", "Unreachable"}
BEHIND_AN_ANSWER = "{} It no longer lets us do this in the course: its administrators can allow it."
ASKING = ("canvas/client.py", "lti/advantage", "safe_http.py")


def blank(sentence: str) -> str:
    return re.sub(r"\{\w*\}", "{}", sentence)


def written_sentences() -> set[str]:
    """Return the sentences that those who ask an LMS raise, without what is filled in."""
    places = [ROOT / "integrations" / each for each in ASKING]
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*.py"))]
    found = {UNKNOWN, SEVERAL, TAKEN}
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        match node:
            case ast.Call(func=ast.Name(name), args=[ast.JoinedStr(values=parts), *_]) if name in RAISED:
                found.add("".join(each.value if isinstance(each, ast.Constant) else "{}" for each in parts))
            case ast.Call(func=ast.Name(name), args=[ast.Constant(str(text)), *_]) if name in RAISED:
                found.add(text)
    return {blank(each) for each in found}


def test_what_is_stored_is_known_again():
    written = written_sentences()
    assert len(written) > 20
    assert written - {blank(each) for each in SENTENCES} == {BEHIND_AN_ANSWER}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_is_read_in_both_languages(sentence):
    stored = re.sub(r"\{(\w+)\}", r"<\1>", sentence)
    assert lms_words(stored) == stored
    with translation.override("de"):
        german = lms_words(stored)
    assert german != stored
    assert set(re.findall("<.*?>", german)) == set(re.findall("<.*?>", stored))


def test_an_lms_is_named_in_the_readers_language_and_its_own_words_stay():
    with translation.override("de"):
        assert lms_words(UNKNOWN.format(lms="The learning platform")).startswith("Die Lernplattform hat")
        assert lms_words("Canvas answered 502: Bad gateway") == "Canvas antwortete 502: Bad gateway"
        assert lms_words("a holiday") == "a holiday"

"""The audit log's own words are stored in English and read in the reader's language; what a person wrote stays as it is."""

import ast
import re

import pytest
from django.urls import reverse
from django.utils import translation

from course_admin.audit_log.stored_words import REASONS, SUBJECTS, reason_in_words, subject_in_words
from course_admin.courses.audit import delete_audited, save_audited
from course_admin.courses.models import Role, Section
from course_admin.identity.audit import CALLED
from course_admin.identity.models import IdentityKind, ProvenIdentity
from course_admin.languages.folders import ROOT
from course_admin.languages.own import choose_language
from tests.factories import NOW, make_enrollment

#: Not worded anew: another row's name, or two with a word between them that titles have as well.
NAMES = {"{}", "{} of {}"}


def is_subject(node: ast.AST) -> list[ast.AST]:
    """Return the expressions of a piece of code that are subjects of events."""
    match node:
        case ast.Call(func=ast.Name("Audited"), args=[_, ast.Lambda(body=body), *_]):
            return [body]
        case ast.Call(func=ast.Name("new_event"), args=[_, _, subject, *_]):
            return [subject]
        case ast.Call(func=ast.Name("_log"), args=[_, ast.JoinedStr() as subject, *_]):
            return [subject]
        case ast.Assign(targets=[ast.Name("subject")], value=ast.JoinedStr() as subject):
            return [subject]
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name("subject"), *_])], value=ast.Tuple(elts=[subject, *_])):
            return [subject]
    return []


def written_subjects() -> set[str]:
    """Return the subjects that the code writes, without the names in them."""
    found = set()
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        if "AuditKind" in text:
            for node in ast.walk(ast.parse(text)):
                for subject in is_subject(node):
                    if isinstance(subject, ast.JoinedStr):
                        found.add(
                            "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in subject.values)
                        )
                    elif isinstance(subject, ast.Constant):
                        found.add(subject.value)
    return found - NAMES


def test_what_an_event_is_about_is_known_again():
    written = written_subjects()
    assert len(written) > 40
    assert written - {re.sub(r"\{\w+\}", "{}", sentence) for sentence in SUBJECTS} == set()


@pytest.mark.parametrize("sentence", [*SUBJECTS, *REASONS])
def test_each_is_read_in_both_languages(sentence):
    stored = re.sub(r"\{(\w+)\}", r"<\1>", sentence)
    words = subject_in_words if sentence in SUBJECTS else reason_in_words
    assert words(stored) == stored
    with translation.override("de"):
        assert sorted(re.findall("<.*?>", words(stored))) == sorted(re.findall("<.*?>", stored))


@pytest.mark.parametrize(
    ("stored", "german"),
    [
        ("comment on attempt 2 of Mira for Tensor", "Kommentar zu Versuch 2 von Mira für Tensor"),
        ("Theory of Computation", "Theory of Computation"),
        ("section Lab", "Übungsgruppe Lab"),
        ("e-mail address mira@example.edu of Mira", "E-Mail-Adresse mira@example.edu von Mira"),
    ],
)
def test_a_subject_in_german(stored, german):
    with translation.override("de"):
        assert subject_in_words(stored) == german


def test_an_identity_is_recorded_in_english_whatever_its_owner_reads(world):
    account = world.student.account
    with translation.override("de"):
        proven = ProvenIdentity(account=account, kind=IdentityKind.EMAIL, subject="mira@example.edu", proven_at=NOW)
        event = save_audited(thing=proven, actor=account, at=NOW, reason="")
    assert event.subject == f"e-mail address mira@example.edu of {account}"
    assert all(sentence in SUBJECTS for sentence in CALLED.values())


def test_a_reason_of_a_persons_stays_and_one_of_ours_does_not():
    with translation.override("de"):
        assert reason_in_words("group work was allowed") == "group work was allowed"
        assert reason_in_words("deleted with section Lab. over") == "gelöscht mit Übungsgruppe Lab. over"


def test_the_page_of_the_log_is_german(client, world):
    person = make_enrollment(world.course, "ines", Role.INSTRUCTOR)
    told = {"actor": person.account, "at": NOW}
    section = Section(course=world.course, name="Lab")
    save_audited(thing=section, reason="roster import", **told)
    delete_audited(thing=section, reason="", **told)
    choose_language(account=person.account, language="de")
    client.force_login(person.account)
    page = client.get(reverse("audit-log", args=[world.course.slug])).content.decode()
    assert page.count("<bdi>Übungsgruppe Lab</bdi>") == 2
    assert "<bdi>Import der Teilnehmerliste</bdi>" in page

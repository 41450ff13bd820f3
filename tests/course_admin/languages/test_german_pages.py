"""The pages in German: no sentence of ours is left in English, and no number is where only a program reads it."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from course_admin.assignments.models import SuiteVersion
from course_admin.discussion.models import RegradeRequest
from course_admin.languages.catalogues import catalogue_of, read
from course_admin.languages.folders import locale_folders
from course_admin.languages.own import choose_language
from course_admin.manual_grading.models import HandGrading, Question, RubricItem, SavedComment
from course_admin.policy import Right, rows_in_table, standing_of
from course_admin.review.models import Comment
from course_admin.settings.env import ROOT
from course_admin.submissions.models import Check
from tests.screenshots.pages import Shot, shots_of
from tests.screenshots.scene import make_scene

SILENT = {"script", "style", "pre", "code", "bdi", "title", "svg"}  # what others wrote, and what programs read
SPOKEN = {"alt", "title", "placeholder", "aria-label", "data-label", "data-status"}
NUMBERS = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "max", "min", "fill-opacity"}
NUMBER = re.compile(r"-?\d+(\.\d+)?(%|rem)?")
#: What the judge says, as a group of failures shows it, without its numbers.
OF_A_CLUSTER = "the values are not the expected ones"
#: Words that no German sentence has.
ENGLISH = re.compile(r"\b(the|and|is|of|this|your|with|from|has|are|you|for|by|there|been|will)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|<[^>]*>")


class Said(HTMLParser):
    """What a page says in its own words, piece by piece, and the numbers in it that a program reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.numbers: list[tuple[str, str]] = []
        self._silent: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag in SILENT:
            self._silent.append(tag)
        self.pieces += [value for name, value in attributes if name in SPOKEN and value]
        self.numbers += [(name, value) for name, value in attributes if name in NUMBERS and value]
        if tag == "progress":
            self.numbers += [(name, value) for name, value in attributes if name == "value"]

    def handle_endtag(self, tag):
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.pieces.append(" ".join(data.split()))


def english_sentences() -> tuple[set[str], set[str]]:
    """Return whole English texts that German words otherwise, and parts of several words of such texts."""
    whole, parts = set(), set()
    for folder in locale_folders():
        for message in read(catalogue_of(folder, "de")):
            sources = [message.id] if isinstance(message.id, str) else list(message.id)
            targets = " ".join([message.string] if isinstance(message.string, str) else message.string)
            for source in filter(None, sources):
                if source not in targets:
                    whole.add(source)
                pieces = [" ".join(piece.split()) for piece in PLACEHOLDER.split(source)]
                parts |= {piece for piece in pieces if len(piece.split()) > 2 and piece not in targets}
    return whole, parts


def left_in_english(html: str, own_names: set[str], written: str = "") -> list[str]:
    """Return the pieces of a page that are in English; `own_names` are what people called their things."""
    whole, parts = english_sentences()
    found = []
    for piece in Said(html).pieces:
        if piece in written:
            continue
        for name in sorted(own_names, key=len, reverse=True):
            piece = piece.replace(name, "…")
        if piece in whole or any(part in piece for part in parts) or ENGLISH.search(piece):
            found.append(piece)
    return found


def said_by_people(scene) -> str:
    """Return all that people of a scene wrote, its suites' authors among them: it is on pages as elements of its own."""
    written = [
        *Check.objects.values_list("number", "name", "message"),
        *Comment.objects.values_list("text", "check_name"),
        *RegradeRequest.objects.values_list("reason", "answer"),
    ]
    return " ".join(" ".join(" ".join(each) for each in written).split())


def names_of(scene) -> set[str]:
    """Return what people called courses, assignments, checks, questions and each other, and the course its editions."""
    course = scene.course
    assignments = [each.title for each in course.assignments.all()]
    people = list(course.enrollments.values_list("name", flat=True))
    checks = Check.objects.values_list("name", flat=True)
    texts = [each for row in Question.objects.values_list("title", "text", "guide") for each in row]
    items = [*RubricItem.objects.values_list("text", flat=True), *SavedComment.objects.values_list("text", flat=True)]
    items += [mark.get("comment", "") for row in HandGrading.objects.all() for mark in (row.marks or {}).values()]
    editions = re.findall(r'^title = "(.*)"', (ROOT / "test_suites" / "modules.toml").read_text(), re.MULTILINE)
    lines = [line for text in texts for line in text.splitlines()]
    named = {course.title, course.time_zone, *assignments, *people, *checks, *texts, *lines, *items, *editions}
    trusted = set(SuiteVersion.objects.values_list("trusted_reason", flat=True))
    return (named | trusted | {OF_A_CLUSTER}) - {""}


@pytest.fixture
def scene(db):
    made = make_scene(timezone.now())
    for person in (made.student, made.instructor):
        choose_language(account=person.account, language="de")
    return made


def rows_of_tables(account):
    """Yield the page of one row of each table that somebody may open in the back office."""
    for model in admin.site._registry:
        row = rows_in_table(standing_of(account), Right.VIEW, model._base_manager.order_by("pk")).first()
        if row is not None:
            name = model._meta.label_lower.replace(".", "_")
            yield Shot(f"admin-{name}-row", reverse(f"admin:{name}_change", args=[row.pk]), account)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "names",
    [("student-", "login", "missing", "unsubscribe"), ("staff-",), ("admin-",)],
    ids=["student", "staff", "admin"],
)
def test_no_page_is_left_in_english(scene, names):
    left, wrong = {}, {}
    for shot in [*shots_of(scene), *rows_of_tables(scene.instructor.account)]:
        if not shot.name.startswith(names):
            continue
        client = Client(headers={"accept-language": "de"})
        if shot.account:
            client.force_login(shot.account)
        html = client.get(shot.url, follow=True).content.decode()
        assert '<html lang="de"' in html
        if found := left_in_english(html, names_of(scene), said_by_people(scene)):
            left[shot.name] = found
        if found := [each for each in Said(html).numbers if not NUMBER.fullmatch(each[1])]:
            wrong[shot.name] = found
    assert not left, json.dumps(left, indent=1, ensure_ascii=False)
    assert wrong == {}


@pytest.mark.medium
@pytest.mark.parametrize(
    "html",
    [
        "<p>Your grades</p>",
        "<p>Abgabe is late</p>",
        '<p aria-label="Your courses">x</p>',
        "<p>3 newly broken checks of yours</p>",
    ],
)
def test_english_is_found(html):
    assert left_in_english(html, set()) != []


@pytest.mark.medium
@pytest.mark.parametrize(
    "html", ["<p>Ihre Kurse</p>", "<p>Push an <bdi>the-and-of</bdi></p>", "<pre>is the</pre>", "<p>Tensor for you</p>"]
)
def test_german_and_what_others_wrote_is_none(html):
    assert left_in_english(html, {"Tensor for you"}) == []

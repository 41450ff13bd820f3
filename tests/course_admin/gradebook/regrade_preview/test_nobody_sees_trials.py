"""Until a preview is published nothing shows or counts its runs: every page, download and address of the API is asked."""

import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from course_admin.api.tokens import make_token
from course_admin.gradebook.exports.export import Wanted
from course_admin.gradebook.exports.registry import FORMATS, prepare
from course_admin.gradebook.regrade_preview.services import begin
from course_admin.review.clusters.signing.catch_up import sign
from course_admin.submissions.models import Run, RunState
from tests.course_admin.gradebook.regrade_preview.trials import NEW_DIGEST, judge, new_suite
from tests.course_admin.test_permissions import ANSWERS, address, clients, people, undone  # noqa: F401 - fixtures
from tests.factories import graded, make_attempt, make_enrollment

MESSAGE, FAULT = "TRIALMESSAGE", "TRIALFAULT"
#: Where a preview is shown, a suite version may be chosen, or who leads the course reads that a preview was begun.
OF_PREVIEWS = {"regrade-preview", "regrade-preview-live", "regrade-preview-state", "audit-log"}


@pytest.fixture
def tried(world, people):  # noqa: F811
    """Return the world with a preview of two attempts: one run of it is graded, the other needs attention."""
    runs = [
        graded(make_attempt(student, world.assignment)).pk
        for student in (world.student, make_enrollment(world.course, "jon"))
    ]
    sign(runs)
    at = timezone.now()
    preview = begin(assignment=world.assignment, suite=new_suite(), by=people["instructor"], at=at, reason="x")
    stuck = Run.every.filter(preview=preview).order_by("-pk").first()
    Run.every.filter(pk=stuck.pk).update(state=RunState.NEEDS_ATTENTION, fault=FAULT)
    assert judge(preview, at, 3.1, message=MESSAGE) == 1
    return preview


def marks(preview) -> list[str]:
    ids = Run.every.filter(preview=preview).values_list("public_id", flat=True)
    return [MESSAGE, FAULT, NEW_DIGEST[:8], "3.1 of", "62 of", *ids]


PAGES = [name for method, name in ANSWERS if method == "GET" and name not in OF_PREVIEWS and not name.startswith("api")]


#: The pages of a share see what was made once; several shares, for the tests run beside one another.
SHARES = 4


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_no_page_shows_a_trial(world, tried, clients, subtests, share):  # noqa: F811
    attempt = world.assignment.attempts.get(members=world.student)
    for name in PAGES[share::SHARES]:
        with undone(clients):
            url = address(name, world, attempt)
            for role in ("student", "ta", "instructor", "admin"):
                with subtests.test(page=name, role=role):
                    assert shown(clients[role].get(url), tried) == []


def shown(answer, preview) -> list[str]:
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")
    return [mark for mark in marks(preview) if mark in text]


def test_no_table_of_the_back_office_has_one(tried, clients):  # noqa: F811
    trial = Run.every.filter(preview=tried).first()
    for url in (
        reverse("admin:submissions_run_changelist"),
        reverse("admin:submissions_attempt_change", args=[trial.attempt_id]),
    ):
        text = clients["admin"].get(url).content.decode()
        assert [mark for mark in marks(tried) if mark in text] == []
    assert clients["admin"].get(reverse("admin:submissions_run_change", args=[trial.pk])).status_code == 302


@pytest.mark.medium
def test_the_api_shows_none(world, tried, people):  # noqa: F811
    attempt = world.assignment.attempts.get(members=world.student)
    slug = world.course.slug
    for role in ("student", "instructor"):
        scopes = {"read", "gradebook"}
        _, token = make_token(account=people[role], name="t", scopes=scopes, days=None, at=timezone.now())
        client = Client(headers={"Authorization": f"Bearer {token}"})
        for path in ("attempts", f"attempts/{attempt.public_id}", f"courses/{slug}/gradebook"):
            text = json.dumps(client.get(f"/api/v1/{path}").json())
            assert [mark for mark in [*marks(tried), "3.1", "62.0"] if mark in text] == [], path


@pytest.mark.medium
@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if not each.own_file])
def test_no_file_of_grades_has_one(world, tried, name):
    world.student.student_id = "0012345"  # by which Moodle knows people
    world.student.save()
    wanted = Wanted(course=world.course, among=None, assignments=[world.assignment], at=timezone.now())
    data = b"".join(prepare(FORMATS[name], wanted).pieces)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(each) for each in archive.namelist())
    assert b"50" in data
    assert [mark for mark in [*marks(tried), ",62", ">62", ": 3.1"] if mark.encode() in data] == []


def test_nothing_asks_the_attempt_for_one(tried):
    for run in Run.every.filter(preview=tried).select_related("attempt"):
        attempt = run.attempt
        assert run not in attempt.runs.all()
        assert attempt.shown_run.preview_id is None
        assert type(attempt).objects.with_names().get(pk=attempt.pk).shown_run.preview_id is None
    assert not Run.objects.filter(preview=tried).exists()

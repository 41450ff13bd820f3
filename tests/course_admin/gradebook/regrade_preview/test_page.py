"""The page of a regrade preview: begin, follow, look, publish or discard; what is sent to it wrongly changes nothing."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from course_admin.assignments.models import CheckState
from course_admin.courses.models import Role
from course_admin.gradebook.cell.services import set_points
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.gradebook.models import Override, PreviewFigures
from course_admin.gradebook.regrade_preview import kept
from course_admin.gradebook.regrade_preview.services import begin
from course_admin.gradebook.release.services import hold_grades
from course_admin.gradebook.tasks import work_out
from course_admin.submissions.models import PreviewState, RegradePreview, Run, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.tasks import fault, record_result
from course_admin.task_sender import WORK_OUT
from tests.course_admin.gradebook.regrade_preview.trials import judge, new_suite
from tests.factories import NOW, TREE_DIGEST, graded, make_attempt, make_check, make_enrollment, make_result


@pytest.fixture
def boss(world, client):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.fixture
def suite(world, boss):
    graded(make_attempt(world.student, world.assignment), make_check(1, 5.0))
    return new_suite()


def url_of(world, part: str = "") -> str:
    return reverse(f"regrade-preview{part}", args=[world.course.slug, world.assignment.slug])


def begun(client, world, suite) -> RegradePreview:
    page = client.post(url_of(world), {"begin": "", "suite": suite.pk, "why": "a fairer test"})
    assert page.status_code == 302
    return RegradePreview.objects.get()


def buttons(text: str) -> dict[str, str]:
    """Return what the page's hidden fields would send."""
    return dict(re.findall(r'name="(preview|seen)" value="([^"]+)"', text))


def points(world) -> list:
    return [row.points for row in grade_rows(world.course)]


@pytest.mark.slow
def test_from_the_page_of_the_bulk_regrade_to_a_published_suite(client, world, suite, boss):
    regrade = client.get(reverse("regrade", args=[world.course.slug, "m01"])).content.decode()
    assert url_of(world) in regrade
    assert str(suite) in client.get(url_of(world)).content.decode()
    preview = begun(client, world, suite)
    waiting = client.get(url_of(world)).content.decode()
    assert "0 of 1 attempt judged" in waiting
    assert "0 of 1 judged" in waiting
    assert 'name="publish"' not in waiting
    judge_all(preview)
    text = client.get(url_of(world)).content.decode()
    assert "100 = 100 of attempt 1" in text
    assert "25 = 25 of attempt 1" in text
    assert "-75" in text
    assert "Check 1</bdi>: passed, 5 → failed, 1.25" in text
    assert "lose more than 50 %" in text
    assert points(world) == [100]
    after = client.post(url_of(world), {**buttons(text), "publish": ""}, follow=True).content.decode()
    assert "Published: 1 attempt has its new result." in after
    assert "was published by" in after
    assert points(world) == [25]
    world.assignment.refresh_from_db()
    assert world.assignment.suite == suite


def judge_all(preview) -> None:
    """Judge the one run of a preview, which the page sent out when it was begun, and work the figures out."""
    at = timezone.now()
    Run.every.filter(preview=preview).update(state=RunState.QUEUED, lease_token="", lease_expires_at=None)
    judge(preview, at + timedelta(seconds=1))
    work_out(preview.pk)


def page_with_figures(client, world, preview) -> str:
    """Return the page once the task that the first look asks for has worked the figures out."""
    client.get(url_of(world))
    work_out(preview.pk)
    return client.get(url_of(world)).content.decode()


def test_the_part_that_changes_says_when_it_is_over(client, world, suite):
    preview = begun(client, world, suite)
    before = client.get(url_of(world, "-state")).json()
    assert 'data-final="no"' in client.get(url_of(world, "-live")).content.decode()
    judge_all(preview)
    assert client.get(url_of(world, "-state")).json() != before
    assert 'data-final="yes"' in client.get(url_of(world, "-live")).content.decode()


def test_discarded_nothing_has_changed(client, world, suite):
    begun(client, world, suite)
    text = client.get(url_of(world)).content.decode()
    after = client.post(url_of(world), {**buttons(text), "discard": ""}, follow=True).content.decode()
    assert "no grade has changed" in after
    assert "was discarded by" in after
    assert points(world) == [100]
    assert RegradePreview.objects.get().state == PreviewState.DISCARDED


@pytest.mark.medium
def test_figures_that_are_others_by_now_are_shown_before_they_are_published(client, world, suite, boss):
    judge_all(begun(client, world, suite))
    text = client.get(url_of(world)).content.decode()
    Override.objects.create(
        student=world.student, assignment=world.assignment, points=77, reason="x", set_by=boss, set_at=NOW
    )
    after = client.post(url_of(world), {**buttons(text), "publish": ""}, follow=True).content.decode()
    assert "Grades have changed since you looked at the figures" in after
    assert "being worked out" in after
    assert 'name="publish"' not in after
    work_out(RegradePreview.objects.get().pk)
    assert "Set by hand, and stay so</dt><dd><b>1</b>" in client.get(url_of(world)).content.decode()
    assert points(world) == [77]


@pytest.mark.medium
def test_what_came_meanwhile_and_what_failed_are_named_and_judged_on_demand(client, world, suite):
    preview = begun(client, world, suite)
    Run.every.filter(preview=preview).update(
        state=RunState.NEEDS_ATTENTION, fault="no disk", lease_token="", lease_expires_at=None
    )
    newer = make_attempt(world.student, world.assignment, received_at=NOW + timedelta(hours=1))
    graded(newer, make_check(1, 4.0), at=timezone.now())
    text = page_with_figures(client, world, preview)
    assert "1 attempt came to count after this preview had begun, and keeps the result that it has" in text
    assert "attempt 2 of <bdi>Mira Okafor</bdi>" in text
    assert "Failed on our side</dt><dd><b>1</b>" in text
    after = client.post(url_of(world), {**buttons(text), "complete": ""}, follow=True).content.decode()
    assert "2 more runs were queued." in after


def test_it_says_that_held_grades_stay_held(client, world, suite, boss):
    hold_grades(assignment=world.assignment, actor=boss, at=NOW, reason="")
    judge_all(begun(client, world, suite))
    assert "The grades of this assignment are held" in client.get(url_of(world)).content.decode()
    assert "verlieren mehr als 50 %" in client.get(url_of(world), headers={"Accept-Language": "de"}).content.decode()


def test_without_another_version_it_says_what_to_do(client, world, suite):
    type(suite).objects.filter(pk=suite.pk).update(check_state=CheckState.UNCHECKED)
    assert "Add the corrected suite first" in client.get(url_of(world)).content.decode()


@pytest.mark.medium
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"begin": ""},
        {"begin": "", "suite": "x", "why": "x"},
        {"begin": "", "suite": "1\0", "why": "x"},
        {"publish": ""},
        {"publish": "", "preview": "x"},
        {"publish": "", "preview": "9" * 30},
        {"publish": "", "preview": "1" * 3, "seen": "x"},
        {"discard": "", "preview": "0"},
        {"complete": "", "preview": "-1"},
    ],
)
def test_what_is_sent_wrongly_changes_nothing(client, world, suite, data):
    assert client.post(url_of(world), data, follow=True).status_code == 200
    assert not RegradePreview.objects.exists()
    assert points(world) == [100]


def test_a_preview_of_another_assignment_is_not_touched(client, world, suite):
    preview = begun(client, world, suite)
    elsewhere = type(world.assignment).objects.create(
        course=world.course, slug="m09", title="Nine", module=9, suite=world.assignment.suite, takes_uploads=True
    )
    url = reverse("regrade-preview", args=[world.course.slug, elsewhere.slug])
    text = client.post(url, {"discard": "", "preview": preview.pk}, follow=True).content.decode()
    assert "Nothing was changed" in text
    preview.refresh_from_db()
    assert preview.state == PreviewState.OPEN


@pytest.mark.slow
def test_the_page_asks_as_often_for_many_students_as_for_one(client, world, suite):
    counts = []
    for few in (1, 6):
        for number in range(few):
            student = make_enrollment(world.course, f"s{few}-{number}")
            graded(make_attempt(student, world.assignment), make_check(1, 5.0))
        preview = begun_again(client, world, suite)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url_of(world)).status_code == 200
        counts.append(len(queries))
        client.post(url_of(world), {"discard": "", "preview": preview.pk})
    assert counts[0] == counts[1]


def begun_again(client, world, suite) -> RegradePreview:
    client.post(url_of(world), {"begin": "", "suite": suite.pk, "why": "x"})
    preview = RegradePreview.objects.get(state=PreviewState.OPEN)
    judge_all(preview)
    return preview


@pytest.mark.medium
def test_figures_are_worked_out_by_a_task_once_and_again_when_anything_was_granted_or_judged(
    client, world, suite, boss, sent, django_capture_on_commit_callbacks
):
    preview = begun(client, world, suite)
    judge_all(preview)
    sent.clear()
    assert "100 = 100 of attempt 1" in client.get(url_of(world)).content.decode()
    work_out(preview.pk)
    assert sent == []
    told = {"student": world.student, "assignment": world.assignment, "actor": boss, "at": timezone.now()}
    set_points(points=Decimal(77), reason="oral examination", **told)
    with django_capture_on_commit_callbacks(execute=True):
        old = client.get(url_of(world)).content.decode()
    assert "being worked out" in old
    assert "25 = 25 of attempt 1" in old
    assert [(each.task, each.kwargs) for each in sent] == [(WORK_OUT, {"preview": preview.pk})]
    assert "No grade would change." in page_with_figures(client, world, preview)
    jon = make_enrollment(world.course, "jon")
    graded(make_attempt(jon, world.assignment), make_check(1, 3.0), at=timezone.now())
    assert "1 attempt came to count after this preview had begun" in page_with_figures(client, world, preview)


@pytest.mark.medium
def test_no_page_works_figures_out_and_who_waits_is_told_when_they_are_there(
    client, world, suite, sent, monkeypatch, django_capture_on_commit_callbacks
):
    preview = begun(client, world, suite)
    judge_all(preview)
    kept.forget_figures(world.assignment)
    sent.clear()
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(kept, "figures_of", pytest.fail)
        assert 'name="publish"' not in client.get(url_of(world)).content.decode()
        before = client.get(url_of(world, "-state")).json()
        assert 'data-final="no"' in client.get(url_of(world, "-live")).content.decode()
    assert len(sent) == 1  # however often somebody asks
    work_out(preview.pk)
    assert client.get(url_of(world, "-state")).json() != before
    assert "Show what it would change" in client.get(url_of(world, "-live")).content.decode()


def test_the_last_result_of_a_preview_has_its_figures_worked_out(
    world, suite, boss, sent, django_capture_on_commit_callbacks
):
    for name in ("jon", "li"):
        graded(make_attempt(make_enrollment(world.course, name), world.assignment), make_check(1, 5.0))
    at = timezone.now()
    preview = begin(assignment=world.assignment, suite=suite, by=boss, at=at, reason="x")
    dispatch.dispatch(at=at)
    for left in (2, 1, 0):  # each report sends the next run out
        assert WORK_OUT not in [each.task for each in sent]
        run = Run.every.get(preview=preview, state=RunState.DISPATCHED)
        provenance = {"tree_digest": TREE_DIGEST, "suite_digest": run.suite.digest, "seed": run.seed}
        document = make_result(make_check(1, 1.0), provenance=provenance).to_json()
        with django_capture_on_commit_callbacks(execute=True):
            if left:
                fault(run.public_id, run.lease_token, "no disk", can_retry=False)
            else:
                record_result(run.public_id, run.lease_token, document)
    assert [each.kwargs for each in sent if each.task == WORK_OUT] == [{"preview": preview.pk}]


@pytest.mark.parametrize("state", [PreviewState.PUBLISHED, PreviewState.DISCARDED])
def test_of_a_preview_that_is_over_or_not_there_nothing_is_worked_out(world, suite, boss, state):
    at = timezone.now()
    preview = begin(assignment=world.assignment, suite=suite, by=boss, at=at, reason="x")
    judge(preview, at)
    RegradePreview.objects.update(state=state, ended_by=boss, ended_at=at)
    work_out(preview.pk)
    work_out(preview.pk + 1)
    assert not PreviewFigures.objects.exists()


@pytest.mark.medium
def test_figures_that_are_others_without_a_line_in_the_log_are_refused_and_then_shown(client, world, suite, boss):
    preview = begun(client, world, suite)
    judge_all(preview)
    seen = buttons(client.get(url_of(world)).content.decode())
    Override.objects.create(
        student=world.student, assignment=world.assignment, points=77, reason="ill", set_by=boss, set_at=timezone.now()
    )
    page = client.post(url_of(world), {**seen, "publish": ""}, follow=True).content.decode()
    assert "Grades have changed since you looked" in page
    assert "No grade would change." in page_with_figures(client, world, preview)
    assert points(world) == [77]


@pytest.mark.medium
def test_each_reader_has_the_figures_in_their_own_language_whoever_had_them_worked_out(client, world, suite):
    preview = begun(client, world, suite)
    judge_all(preview)
    german = client.get(url_of(world), headers={"Accept-Language": "de"}).content.decode()
    assert "100 = 100 aus Versuch 1" in german
    assert "Check 1</bdi>: bestanden, 5 → fehlgeschlagen, 1,25" in german
    assert "100 = 100 of attempt 1" in client.get(url_of(world)).content.decode()

"""The pages about grades: trying rules before they hold, the trace of a grade, choosing an attempt, and who may."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.assignments.late import LateKind
from course_admin.assignments.models import CountingRule
from course_admin.courses.models import AuditEvent, Role
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.gradebook.models import Choice
from course_admin.gradebook.services import choose_attempt
from course_admin.policy import Refused
from tests.factories import NOW, graded, make_attempt, make_check, make_course, make_enrollment, make_user

TRIED = {
    "late_kind": "per_day",
    "late_percent": "10",
    "late_cap_percent": "100",
    "late_grace_minutes": "0",
    "counting": "last",
}


@pytest.fixture
def late(world):
    world.assignment.due_at = NOW - timedelta(hours=30)
    world.assignment.save()
    graded(make_attempt(world.student, world.assignment), make_check(1, 5.0))
    return world


def what_if_url(world) -> str:
    return reverse("what-if", args=[world.course.slug, world.assignment.slug])


def enter(client, world, role: str):
    account = make_enrollment(world.course, "staff", role).account
    client.force_login(account)
    return account


def test_a_preview_shows_whose_grades_would_move_and_stores_nothing(client, late):
    on_time = make_enrollment(late.course, "jon")
    graded(make_attempt(on_time, late.assignment, received_at=NOW - timedelta(days=9)))
    enter(client, late, Role.INSTRUCTOR)
    page = client.post(what_if_url(late), {**TRIED, "preview": ""})
    assert [move.before.student.name for move in page.context["moves"]] == ["Mira Okafor"]
    assert "80 = 100 of attempt 1, 2 days late, -20 %" in page.content.decode()
    late.assignment.refresh_from_db()
    assert late.assignment.late_kind == LateKind.NONE.value
    assert not AuditEvent.objects.exists()


def test_applying_needs_a_reason_and_leaves_an_event(client, late):
    ines = enter(client, late, Role.INSTRUCTOR)
    page = client.post(what_if_url(late), {**TRIED, "apply": ""})
    assert page.status_code == 200
    assert "Say why" in page.content.decode()
    assert [row.points for row in grade_rows(late.course)] == [100]
    assert client.post(what_if_url(late), {**TRIED, "apply": "", "why": "as announced"}).status_code == 302
    assert [row.points for row in grade_rows(late.course)] == [80]
    event = AuditEvent.objects.get()
    assert (event.actor, event.reason, event.after["late_percent"]) == (ines, "as announced", "10")


def test_rules_that_somebody_else_changed_while_the_page_was_open_are_kept(client, late):
    enter(client, late, Role.INSTRUCTOR)
    shown = {**TRIED, "shown_state": client.get(what_if_url(late)).context["form"].initial["shown_state"], "apply": ""}
    client.post(what_if_url(late), {**shown, "late_percent": "25", "why": "as announced"})
    page = client.post(what_if_url(late), {**shown, "why": "a move"}, follow=True)
    html = page.content.decode()
    assert "Somebody changed this while the page was open" in html
    assert ('value="a move"' in html, 'value="25' in html) == (True, True)  # what was typed, beside what holds now
    late.assignment.refresh_from_db()
    assert late.assignment.late_percent == 25


def test_a_wrong_percentage_is_named(client, late):
    enter(client, late, Role.HEAD_TA)
    page = client.post(what_if_url(late), {**TRIED, "late_percent": "101", "preview": ""})
    assert page.context["moves"] is None
    assert page.context["form"].errors.keys() == {"late_percent"}


@pytest.mark.medium
@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_lead_a_course_try_rules(client, late, role):
    enter(client, late, role)
    expected = 200 if role in (Role.HEAD_TA, Role.INSTRUCTOR) else 404
    assert client.get(what_if_url(late)).status_code == expected
    assert client.post(what_if_url(late), {**TRIED, "preview": ""}).status_code == expected


@pytest.mark.medium
@pytest.mark.parametrize(
    ("role", "status"), [("student", 404), ("observer", 404), ("ta", 200), ("head_ta", 200), ("instructor", 200)]
)
def test_a_trace_is_for_its_student_and_staff(client, late, role, status):
    url = reverse("grade-trace", args=[late.student.pk])
    assert client.get(url).status_code == 302
    enter(client, late, role)
    assert client.get(url).status_code == status
    client.force_login(late.student.account)
    assert "100 = 100 of attempt 1, 2 days late" in client.get(url).content.decode()


def test_staff_of_another_course_find_neither_page(client, late):
    client.force_login(make_enrollment(make_course("other"), "eve", Role.INSTRUCTOR).account)
    assert client.get(what_if_url(late)).status_code == 404
    assert client.get(reverse("grade-trace", args=[late.student.pk])).status_code == 404


def test_nobody_else_chooses_for_a_student_whoever_calls_the_service(late):
    late.assignment.counting = CountingRule.CHOSEN
    late.assignment.save()
    course, attempt = late.assignment.course, late.student.attempts.get()
    chosen = {"attempt": attempt, "student": late.student, "at": NOW}
    others = [
        make_enrollment(course, "ines", Role.INSTRUCTOR).account,
        make_enrollment(course, "jon").account,
        make_user("root", is_superuser=True),
    ]
    for actor in others:
        with pytest.raises(Refused):
            choose_attempt(**chosen, actor=actor)
    assert choose_attempt(**chosen, actor=late.student.account).attempt == attempt
    assert AuditEvent.objects.get().actor == late.student.account


@pytest.mark.medium
def test_a_student_chooses_their_own_graded_attempt_where_they_may(client, late):
    first = late.student.attempts.get()
    url = reverse("attempt-choose", args=[first.public_id])
    client.force_login(late.student.account)
    page = client.post(url, follow=True)
    assert "is not chosen: it is the last." in page.content.decode()
    late.assignment.counting = CountingRule.CHOSEN
    late.assignment.save()
    assert client.post(url).status_code == 302
    assert Choice.objects.get().attempt == first
    ungraded = make_attempt(late.student, late.assignment)
    assert "has no grade yet" in client.post(f"/attempts/{ungraded.public_id}/choose/", follow=True).content.decode()
    assert Choice.objects.get().attempt == first
    client.force_login(make_user("eve"))
    assert client.post(url).status_code == 404

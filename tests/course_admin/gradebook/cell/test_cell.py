"""A cell of the gradebook: points by hand and more days, with a reason that the student reads and the audit log keeps."""

import html
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from course_admin.assignments.models import Extension
from course_admin.courses.models import AuditEvent, Enrollment, Group, GroupMembership, Role, Section
from course_admin.gradebook.cell.services import grant_days, set_points
from course_admin.gradebook.grading.grades import rows_of
from course_admin.gradebook.models import Override
from course_admin.policy import Refused
from tests.factories import NOW, graded, make_attempt, make_enrollment, make_user

DAY = timedelta(days=1)


@pytest.fixture
def late(world):
    """A student with 50 of 100 points, a day late at 10 percent a day."""
    world.assignment.due_at, world.assignment.late_kind = NOW - DAY / 2, "per_day"
    world.assignment.late_percent = Decimal(10)
    world.assignment.save()
    graded(make_attempt(world.student, world.assignment))
    return world


@pytest.fixture
def url(world):
    return reverse("grade-cell", args=[world.course.slug, world.student.pk, world.assignment.slug])


@pytest.fixture
def leader(client, world):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR, name="Ines").account)
    return client


def post(client, url, data) -> str:
    return html.unescape(client.post(url, data, follow=True).content.decode())


def points(world) -> Decimal | None:
    return next(row.points for row in rows_of(world.student))


def of_student(client, world) -> str:
    client.force_login(world.student.account)
    return html.unescape(client.get(reverse("grade-trace", args=[world.student.pk])).content.decode())


@pytest.mark.medium
def test_points_are_set_seen_with_the_reason_and_taken_back(leader, late, url):
    assert points(late) == 45
    page = post(leader, url, {"set": "", "set-points": "72.5", "set-reason": "oral examination"})
    assert "72.5 of 100" in page
    assert points(late) == Decimal("72.5")
    assert "Change the points" in page
    post(leader, url, {"unset": "", "unset-reason": "a slip"})
    assert points(late) == 45
    told = [
        (each.reason, (each.before or {}).get("points"), (each.after or {}).get("points"))
        for each in AuditEvent.objects.filter(kind="grade").order_by("pk")
    ]
    assert told == [("oral examination", None, "72.5"), ("a slip", "72.5", None)]


def test_the_form_begins_with_the_points_as_people_write_them(leader, late, url):
    post(leader, url, {"set": "", "set-points": "90", "set-reason": "oral examination"})
    assert 'value="90"' in leader.get(url).content.decode()


@pytest.mark.slow
def test_days_make_a_late_attempt_punctual_and_the_student_reads_why(leader, late, url, client):
    page = post(leader, url, {"extend": "", "extend-days": "2", "extend-reason": "illness"})
    assert "2 days, granted by" in page
    assert points(late) == 50
    assert "2 more days, granted by" in of_student(client, late)
    assert ": illness" in of_student(client, late)
    assert AuditEvent.objects.get(kind="deadline").reason == "illness"


@pytest.mark.medium
def test_time_is_given_until_a_moment_by_the_courses_clock_and_the_student_reads_why(leader, late, url, client):
    late.course.time_zone = "Europe/Berlin"
    late.course.save()
    both = post(
        leader, url, {"extend": "", "extend-days": "2", "extend-due_at": "2030-07-01T12:00", "extend-reason": "x"}
    )
    assert "and not both" in both
    page = post(leader, url, {"extend": "", "extend-due_at": "2030-07-01T12:00", "extend-reason": "illness"})
    assert Extension.objects.get().due_at == datetime(2030, 7, 1, 10, tzinfo=UTC)
    assert 'value="2030-07-01T12:00"' in page
    assert points(late) == 50
    assert "time until Mon 1 Jul 2030, 12:00 CEST, granted by" in of_student(client, late)


@pytest.mark.slow
def test_an_extension_is_changed_and_taken_back(leader, late, url):
    for days in ("2", "3"):
        post(leader, url, {"extend": "", "extend-days": days, "extend-reason": "illness"})
    assert Extension.objects.get().days == 3
    post(leader, url, {"unextend": "", "unextend-reason": "was well"})
    assert not Extension.objects.exists()
    assert points(late) == 45


def test_a_reason_of_points_by_hand_shows_only_when_the_grades_are_out(late, client):
    author = make_user("root", is_superuser=True)
    told = {"student": late.student, "assignment": late.assignment, "actor": author, "at": NOW}
    set_points(points=Decimal(80), reason="SECRET", **told)
    assert "SECRET" in of_student(client, late)
    late.assignment.holds_grades = True
    late.assignment.save()
    assert "SECRET" not in of_student(client, late)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"set": "", "set-points": "50", "set-reason": " "}, "This field is required."),
        ({"set": "", "set-points": "-1", "set-reason": "x"}, "greater than or equal to 0"),
        ({"set": "", "set-points": "NaN", "set-reason": "x"}, "Enter a number."),
        ({"set": "", "set-points": "1e9", "set-reason": "x"}, "no more than"),
        ({"unset": "", "unset-reason": "x"}, "there is nothing to take back"),
        ({"extend": "", "extend-days": "0", "extend-reason": "x"}, "greater than or equal to 1"),
        ({"extend": "", "extend-days": "1.5", "extend-reason": "x"}, "Enter a whole number."),
        ({"extend": "", "extend-days": "400", "extend-reason": "x"}, "less than or equal to 365"),
        ({"unextend": "", "unextend-reason": "x"}, "there is nothing to take back"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(leader, late, url, data, words):
    assert words in post(leader, url, data)
    assert not Override.objects.exists()
    assert not Extension.objects.exists()
    assert not AuditEvent.objects.filter(kind__in=("grade", "deadline")).exists()


def test_what_is_never_due_cannot_be_extended(leader, world, url):
    words = "is never due, so that there is nothing to extend."
    assert words in post(leader, url, {"extend": "", "extend-days": "2", "extend-reason": "illness"})
    assert not Extension.objects.exists()


def test_a_groups_extension_is_shown(leader, late, url):
    group = Group.objects.create(course=late.course, name="G1")
    GroupMembership.objects.create(group=group, student=late.student)
    granted = {"granted_by": make_user("root"), "granted_at": NOW, "reason": "broken lift"}
    Extension.objects.create(assignment=late.assignment, group=group, days=4, **granted)
    page = html.unescape(leader.get(url).content.decode())
    assert "for their group" in page
    assert "broken lift" in page


@pytest.mark.medium
def test_a_ta_grants_to_whom_they_teach_where_the_course_lets_them(late, client, url):
    tuesday, thursday = (Section.objects.create(course=late.course, name=name) for name in ("Tuesday", "Thursday"))
    Enrollment.objects.filter(pk=late.student.pk).update(section=tuesday)
    late.student.refresh_from_db()
    theirs = make_enrollment(late.course, "tom", Role.TA, section=tuesday).account
    client.force_login(theirs)
    assert f'href="{url}"' in client.get(reverse("gradebook", args=[late.course.slug])).content.decode()
    assert "72.5 of 100" in post(client, url, {"set": "", "set-points": "72.5", "set-reason": "oral examination"})
    post(client, url, {"extend": "", "extend-days": "2", "extend-reason": "illness"})
    assert (Override.objects.get().set_by, Extension.objects.get().granted_by) == (theirs, theirs)
    assert "Points set by" in of_student(client, late)
    assert {each.actor for each in AuditEvent.objects.filter(kind__in=("grade", "deadline"))} == {theirs}

    others = make_enrollment(late.course, "tina", Role.TA, section=thursday).account
    grants_nothing(client, late, url, others)
    late.course.tas_may_grant = False
    late.course.save()
    grants_nothing(client, late, url, theirs)
    client.force_login(theirs)
    assert f'href="{url}"' not in client.get(reverse("gradebook", args=[late.course.slug])).content.decode()


def grants_nothing(client, world, url, account):
    client.force_login(account)
    assert client.get(url).status_code == 404
    told = {"student": world.student, "assignment": world.assignment, "actor": account, "at": NOW, "reason": "x"}
    with pytest.raises(Refused):
        set_points(points=Decimal(1), **told)
    with pytest.raises(Refused):
        grant_days(days=1, **told)


def test_the_gradebook_leads_to_its_cells(leader, late, url):
    assert f'href="{url}"' in leader.get(reverse("gradebook", args=[late.course.slug])).content.decode()


@pytest.mark.slow
def test_who_was_overtaken_takes_back_nothing_that_they_have_not_seen(leader, late, url):
    forms = leader.get(url).context["forms"]
    shown = {f"{name}-shown_state": form.initial["shown_state"] for name, form in forms.items()}
    post(leader, url, {"set": "", "set-points": "90", "set-reason": "oral examination"} | shown)
    post(leader, url, {"extend": "", "extend-days": "9", "extend-reason": "illness"} | shown)
    for data in (
        {"set": "", "set-points": "72", "set-reason": "a slip"},
        {"unset": "", "unset-reason": "a slip"},
        {"extend": "", "extend-days": "1", "extend-reason": "a move"},
        {"unextend": "", "unextend-reason": "a slip"},
    ):
        assert "Somebody changed this while the page was open" in post(leader, url, data | shown)
    assert (Override.objects.get().points, Extension.objects.get().days) == (90, 9)
    again = {"set": "", "set-points": "90", "set-reason": "oral examination"}
    assert "set by hand" in post(leader, url, again | shown)  # a button pressed twice

"""The next term gets a course's assignments at moved dates, once: `course_admin/assignments/course_copy/`."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from course_admin.assignments.course_copy.copying import NotCopied, copy_assignments, plan_copies
from course_admin.assignments.models import Assignment, Extension
from course_admin.courses.models import AuditEvent, Course, Enrollment, Role
from course_admin.policy import Refused
from tests.factories import NOW, make_assignment, make_course, make_enrollment

DUE = datetime(2026, 10, 1, 21, 59, tzinfo=UTC)  # 23:59 in Berlin's summer


@pytest.fixture
def terms(world):
    """Let one person lead a course that is over and an empty one; return both, and them."""
    Course.objects.filter(pk=world.course.pk).update(time_zone="Europe/Berlin")
    Assignment.objects.update(due_at=DUE, releases_at=DUE - timedelta(days=7), results_published_at=NOW, group_size=2)
    second = make_assignment(world.course, "m02", title="Activations", is_draft=True, repository_pattern="")
    second.needs.add(world.assignment)
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    given = {"granted_by": ines, "granted_at": NOW, "reason": "ill"}
    Extension.objects.create(assignment=world.assignment, student=world.student, days=3, **given)
    after = make_course("next", title="Next term", time_zone="Europe/Berlin", holidays="2026-12-03 A free day")
    make_enrollment(after, "ines", Role.INSTRUCTOR, account=ines)
    return Course.objects.get(pk=world.course.pk), after, ines


def told(terms, **changes):
    return {"source": terms[0], "target": terms[1], "days": 63, "owner": "class-27", "by": terms[2], **changes}


def test_rules_and_suites_are_copied_at_moved_dates_and_nobody_is_taken_along(terms):
    people = Enrollment.objects.filter(course=terms[1]).count()
    first, second = copy_assignments(**told(terms), at=NOW)
    assert first.due_at == datetime(2026, 12, 3, 22, 59, tzinfo=UTC)  # 23:59 in winter
    assert (first.group_size, first.suite.name, first.results_published_at) == (2, "m01_tensor", None)
    assert first.repository_pattern == "class-27/m01-{login}"
    assert (second.is_draft, list(second.needs.all())) == (True, [first])
    assert (Enrollment.objects.filter(course=terms[1]).count(), Extension.objects.count()) == (people, 1)
    assert AuditEvent.objects.filter(course=terms[1], reason="copied from TinyTorch", actor=terms[2]).count() == 3


def test_copying_twice_changes_nothing_and_what_is_there_stays(terms):
    mine = make_assignment(terms[1], "m01", title="Mine", due_at=NOW)
    assert [each.slug for each in copy_assignments(**told(terms), at=NOW)] == ["m02"]
    assert copy_assignments(**told(terms, days=70), at=NOW) == []
    mine.refresh_from_db()
    assert (mine.title, mine.due_at) == ("Mine", NOW)
    assert list(Assignment.objects.get(course=terms[1], slug="m02").needs.all()) == [mine]


def test_a_due_day_that_is_free_is_pointed_out(terms):
    assert "A free day" in plan_copies(**told(terms))[0].note
    assert plan_copies(**told(terms, days=62))[0].note == ""
    assert not Assignment.objects.filter(course=terms[1]).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"days": 99_999}, "at most 3660 days"), ({"owner": "no owner"}, "m01: no owner/"), ({"days": 3_660}, None)],
)
def test_what_cannot_be_is_one_sentence_and_makes_nothing(terms, changes, words):
    if words is None:
        assert plan_copies(**told(terms, **changes))
        return
    with pytest.raises(NotCopied, match=words):
        copy_assignments(**told(terms, **changes), at=NOW)
    assert not Assignment.objects.filter(course=terms[1]).exists()


def test_repositories_of_another_course_are_not_taken(terms):
    Course.objects.filter(pk=terms[0].pk).update(repository_prefix="tinytorch-class/")
    with pytest.raises(NotCopied, match="are of the course TinyTorch"):
        copy_assignments(**told(terms, owner=""), at=NOW)
    Course.objects.update(repository_prefix="")
    with pytest.raises(NotCopied, match="name one of this term's own"):
        plan_copies(**told(terms, owner=""))
    assert plan_copies(**told(terms, owner="", by=None))


def test_both_courses_must_be_led(world, terms):
    for course, role in ((terms[0], Role.TA), (terms[1], Role.STUDENT)):
        with pytest.raises(Refused):
            copy_assignments(**told(terms, by=make_enrollment(course, f"x-{role}", role).account), at=NOW)
    only_next = make_enrollment(terms[1], "other", Role.INSTRUCTOR).account
    with pytest.raises(Refused):
        copy_assignments(**told(terms, by=only_next), at=NOW)


def test_the_page_shows_then_makes(terms, client):
    page = reverse("copy-course", args=["next"])
    client.force_login(make_enrollment(terms[1], "other", Role.INSTRUCTOR).account)
    answer = {"source": terms[0].slug, "days": "63", "owner": "class-27"}
    assert "Select a valid choice" in client.post(page, answer).content.decode()
    client.force_login(terms[2])
    shown = client.post(page, answer).content.decode()
    assert "Make 2 assignments" in shown
    assert "A free day" in shown
    assert not Assignment.objects.filter(course=terms[1]).exists()
    assert "Assignments made: 2." in client.post(page, {**answer, "confirm": ""}, follow=True).content.decode()
    assert "Make " not in client.post(page, answer).content.decode()

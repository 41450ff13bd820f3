"""The back office's start page: next deadlines and problems first, for those who may open them, at a constant cost."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission

from course_admin.assignments.models import SectionDueTime
from course_admin.back_office.dashboard import next_deadlines, problems
from course_admin.courses.models import Section
from course_admin.submissions.models import Run, RunState
from tests.factories import (
    NOW,
    graded,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
    make_user,
)

DAY = timedelta(days=1)


@pytest.fixture
def root(db):
    return make_user("root", is_superuser=True, is_staff=True)


def fail(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.NEEDS_ATTENTION, fault="The engine is away.")


def trouble(world) -> None:
    """Make a run that needs attention, and a draft that is due soon."""
    fail(make_run(make_attempt(world.student, world.assignment)))
    make_assignment(world.course, "m20", is_draft=True, suite=None, repository_pattern="", due_at=NOW + 3 * DAY)


def test_the_next_deadlines_come_in_order_with_who_has_handed_in(world, root):
    make_enrollment(world.course, "jon")
    make_enrollment(world.course, "gone", is_active=False)
    later = make_assignment(world.course, "m02", due_at=NOW + 2 * DAY)
    soon = make_assignment(make_course("other"), "m01", due_at=NOW + DAY)
    make_assignment(world.course, "m00", due_at=NOW - DAY)
    for _ in range(2):
        graded(make_attempt(world.student, later))
    found = [(each.assignment, each.handed_in, each.students) for each in next_deadlines(root, NOW)]
    assert found == [(soon, 0, 0), (later, 1, 2)]


def test_a_sections_own_due_time_is_a_deadline_of_its_own(world, root):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    make_enrollment(world.course, "jon", section=tuesday)
    soon = make_assignment(world.course, "m02", due_at=NOW - DAY)
    SectionDueTime.objects.create(assignment=soon, section=tuesday, due_at=NOW + DAY)
    later = make_assignment(world.course, "m03", due_at=NOW + 2 * DAY)
    SectionDueTime.objects.create(assignment=later, section=tuesday, due_at=NOW - DAY)
    graded(make_attempt(world.student, soon))
    found = [(each.assignment, each.due_at, each.section, each.students) for each in next_deadlines(root, NOW)]
    assert found == [(soon, NOW + DAY, tuesday, 1), (later, NOW + 2 * DAY, None, 1)]
    assert [each.handed_in for each in next_deadlines(root, NOW)] == [0, 0]


def test_whoever_is_in_two_sections_counts_in_the_one_with_its_own_time_and_no_longer_in_the_whole(world, root):
    lecture, lab = (Section.objects.create(course=world.course, name=name) for name in ("Lecture", "Lab"))
    jon = make_enrollment(world.course, "jon", section=lecture)
    jon.other_sections.set([lab])
    make_enrollment(world.course, "kim", section=lecture)
    soon = make_assignment(world.course, "m02", due_at=NOW + 2 * DAY)
    SectionDueTime.objects.create(assignment=soon, section=lab, due_at=NOW + DAY)
    graded(make_attempt(jon, soon))
    found = [(each.section, each.handed_in, each.students) for each in next_deadlines(root, NOW)]
    assert found == [(lab, 1, 1), (None, 0, 2)]


@pytest.mark.medium
def test_problems_are_counted_and_lead_to_their_lists(client, world, root):
    assert problems(root, NOW) == []
    trouble(world)
    world.student.github_login = ""
    world.student.save()
    found = problems(root, NOW)
    assert [(each.count, each.words) for each in found] == [
        (1, "run that could not be judged"),
        (1, "draft that is due within 14 days"),
        (1, "active student without a GitHub login"),
    ]
    client.force_login(root)
    for each in found:
        page = client.get(each.url)
        assert page.status_code == 200, each.url
        assert page.context["cl"].result_count == each.count


def test_a_draft_far_away_is_no_problem(world, root):
    make_assignment(world.course, "m20", is_draft=True, suite=None, repository_pattern="", due_at=NOW + 15 * DAY)
    assert problems(root, NOW) == []


@pytest.mark.medium
def test_the_page_starts_from_them_and_costs_the_same_for_many(client, world, root, django_assert_max_num_queries):
    client.force_login(root)
    trouble(world)
    make_assignment(world.course, "m02", due_at=NOW + DAY, title="Activations")
    with time_machine.travel(NOW, tick=False):
        with django_assert_max_num_queries(100) as few:
            page = client.get("/admin/").content.decode()
        assert page.index("run that could not be judged") < page.index("Activations") < page.index("model-course")
        for number in range(8):
            course = make_course(f"c{number}")
            student = make_enrollment(course, f"s{number}")
            fail(make_run(make_attempt(student, make_assignment(course, due_at=NOW + DAY))))
        with django_assert_max_num_queries(len(few)):
            assert "1 of 1" in client.get("/admin/").content.decode()


def test_somebody_sees_only_what_they_may_open(world):
    trouble(world)
    make_assignment(world.course, "m02", due_at=NOW + DAY)
    clerk = make_user("clerk", is_staff=True)
    assert (problems(clerk, NOW), next_deadlines(clerk, NOW)) == ([], [])
    clerk.user_permissions.set(Permission.objects.filter(codename="view_assignment"))
    clerk = type(clerk).objects.get(pk=clerk.pk)
    assert [each.words for each in problems(clerk, NOW)] == ["draft that is due within 14 days"]
    assert len(next_deadlines(clerk, NOW)) == 1


def test_it_shows_how_the_queue_does_and_leads_to_it(client, world, root):
    client.force_login(root)
    run = graded(make_attempt(world.student, world.assignment))
    Run.objects.filter(pk=run.pk).update(expected_start_at=run.started_at + timedelta(seconds=7))
    assert "/courses/tinytorch/queue/" not in client.get("/admin/").content.decode()
    make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    page = client.get("/admin/").content.decode()
    assert "Expected starts are off by</dt><dd><b>7 s</b>" in page
    assert '<a href="/courses/tinytorch/queue/">TinyTorch</a>' in page

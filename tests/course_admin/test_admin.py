"""The back office: who gets in, that lists stay cheap, and what its actions do."""

from operator import attrgetter

import pytest
from django.contrib import admin
from django.urls import reverse

from course_admin.assignments.models import Assignment, Extension, SuiteVersion
from course_admin.courses.audit import save_audited
from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    Role,
    Section,
    Student,
)
from course_admin.gradebook.models import Choice, Override
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.review.models import Comment
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.models import (
    Attempt,
    ParkedPush,
    Push,
    PushState,
    Repository,
    Run,
    RunReason,
    RunState,
    Snapshot,
    Upload,
)
from tests.factories import COMMIT, NOW, OWNER, graded, make_attempt, make_enrollment, make_upload, make_user

MODELS = [
    Course, Section, Enrollment, Student, Group, Accommodation, AuditEvent, SuiteVersion, Assignment, Extension,
    Override, Choice, Repository, Push, ParkedPush, Snapshot, Upload, Attempt, Run, Comment,
    CanvasCourse, CanvasAssignment, CanvasStudent, LtiCourse, LtiAssignment, GradeDelivery,
]  # fmt: skip
HISTORY = [
    *(AuditEvent, SuiteVersion, Repository, Push, ParkedPush, Snapshot, Upload, Attempt, Run, Comment, GradeDelivery),
]


def announcement(number: int, login: str) -> Announcement:
    return Announcement(
        delivery_id=f"delivery-{number}",
        repository_id=1000 + number,
        full_name=f"{OWNER}/m01-{login}",
        default_branch="main",
        ref="refs/heads/main",
        before_id="0" * 40,
        commit_id=COMMIT,
        is_forced=False,
        is_deletion=False,
        sender_login=login,
        sender_is_bot=False,
    )


@pytest.fixture
def root(client, db):
    user = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


def grant(world, student: Enrollment, number: int) -> None:
    """Give a student one of everything that staff can grant, with its audit event."""
    ines = make_user()
    by = {"reason": "flu", "granted_by": ines, "granted_at": NOW}
    section = Section.objects.create(course=world.course, name=f"section {number}")
    Enrollment.objects.filter(pk=student.pk).update(section=section)
    group = Group.objects.create(course=world.course, name=f"group {number}")
    GroupMembership.objects.create(group=group, student=student)
    to = {"student": student, "assignment": world.assignment}
    for thing in (
        Accommodation(student=student, extra_days=1, starts_at=NOW, **by),
        Extension(assignment=world.assignment, group=group, days=1, **by),
        Extension(days=1, **to, **by),
        Override(points=1, reason="typo", set_by=ines, set_at=NOW, **to),
    ):
        save_audited(thing=thing, actor=ines, at=NOW, reason="asked for")


def send(world, student: Enrollment, number: int) -> None:
    """Have a student's grade wait for Canvas."""
    at = {"address": "https://canvas.example.edu", "canvas_id": 4210}
    link, _ = CanvasCourse.objects.get_or_create(course=world.course, defaults=at)
    CanvasAssignment.objects.get_or_create(link=link, assignment=world.assignment, canvas_id=7)
    CanvasStudent.objects.create(link=link, student=student, canvas_id=number + 1)
    GradeDelivery.objects.create(link=link, student=student, assignment=world.assignment, points=50)


def launch(world, link: CanvasCourse) -> None:
    """Have the course in a platform of LTI as well, which no real course has: the rows share what links have in common."""
    place = "https://lms.example.edu"
    urls = dict.fromkeys(("auth_login_url", "auth_access_url", "jwks_url"), place)
    told = {"name": "LMS", "deployment_ids": "1", **urls}
    platform, _ = Platform.objects.get_or_create(issuer=place, client_id="assay", defaults=told)
    if not LtiCourse.objects.filter(link_ptr=link.link_ptr).exists():
        context = {"deployment_id": "1", "context_id": f"c-{link.pk}", "our_address": "https://grade.example.edu"}
        LtiCourse(link_ptr=link.link_ptr, course=link.course, platform=platform, **context).save_base(raw=True)
    there = LtiCourse.objects.get(link_ptr=link.link_ptr)
    LtiAssignment.objects.get_or_create(link=there, assignment=world.assignment, line_item=f"{place}/items/{link.pk}")


def fill(world, students: int, start: int = 0) -> None:
    for number in range(start, start + students):
        student = make_enrollment(world.course, f"s{number}")
        run = graded(make_attempt(student, world.assignment))
        grant(world, student, number)
        send(world, student, number)
        launch(world, CanvasCourse.objects.get(course=world.course))
        Choice.objects.create(student=student, assignment=world.assignment, attempt=run.attempt, chosen_at=NOW)
        Comment.objects.create(attempt=run.attempt, text="Nearly.", author=student.account, written_at=NOW)
        push = receive(announcement=announcement(number, f"s{number}"), at=NOW).push
        held = {"repository": push.repository, "commit_id": push.commit_id}
        make_upload(student, world.assignment)
        Snapshot.objects.create(assignment=world.assignment, due_at=NOW, taken_at=NOW, **held)
        ParkedPush.objects.create(
            course=world.course,
            delivery_id=f"p-{number}",
            login=f"n{number}",
            why="Nobody knows.",
            announcement={},
            received_at=NOW,
        )


def list_url(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("role", ["administrator", Role.INSTRUCTOR])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.slow
@pytest.mark.rows
def test_a_list_renders_searches_and_filters_in_a_constant_number_of_queries(
    client, world, root, model, role, django_assert_max_num_queries
):
    if role == Role.INSTRUCTOR:
        client.force_login(make_enrollment(world.course, "ines", role).account)
    fill(world, 2)
    url = list_url(model)
    assert client.get(url, {"q": "mira"}).status_code == 200
    assert admin.site._registry[model].list_filter
    with django_assert_max_num_queries(100) as few:
        assert client.get(url).status_code == 200
    fill(world, 6, start=2)
    with django_assert_max_num_queries(len(few)):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.slow
@pytest.mark.rows
def test_every_object_has_a_page(client, world, root, model):
    fill(world, 1)
    thing = model.objects.first()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[thing.pk])
    assert client.get(url).status_code == 200


@pytest.mark.medium
@pytest.mark.parametrize("model", HISTORY)
def test_history_is_not_rewritten_by_hand(client, world, root, model):
    fill(world, 1)
    thing = model.objects.first()
    names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{names}_add")).status_code == (200 if model is SuiteVersion else 403)
    assert client.post(reverse(f"{names}_change", args=[thing.pk]), {}).status_code == 403
    if model is not SuiteVersion:
        assert client.post(reverse(f"{names}_delete", args=[thing.pk]), {"post": "yes"}).status_code == 403


def test_a_visitor_comes_to_the_one_log_in_page(client, db):
    answer = client.get("/admin/")
    assert answer.status_code == 302
    answer = client.get(answer.headers["Location"])
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


def test_grading_again_adds_a_run_with_a_person(client, world, root):
    attempt = make_attempt(world.student, world.assignment)
    refused = make_attempt(world.student, world.assignment, refusal="A link.")
    first = graded(attempt)
    chosen = {"action": "regrade_attempts", "_selected_action": [attempt.pk, refused.pk]}
    client.post(list_url(Attempt), chosen)
    again = attempt.runs.exclude(pk=first.pk).get()
    assert (again.state, again.requested_by, again.reason) == (RunState.DISPATCHED, root, RunReason.ASKED_FOR)
    first.refresh_from_db()
    assert (first.state, first.score) == (RunState.GRADED, 5)
    assert not refused.runs.exists()


def test_a_stuck_push_can_be_fetched_again(client, world, root):
    push = receive(announcement=announcement(1, "mira-okafor"), at=NOW).push
    Push.objects.update(state=PushState.NEEDS_ATTENTION, reason="The network is away.", tries=5)
    client.post(list_url(Push), {"action": "retry_push", "_selected_action": [push.pk]})
    push.refresh_from_db()
    assert (push.state, push.tries, push.reason) == (PushState.RECEIVED, 0, "")


@pytest.mark.medium
@pytest.mark.parametrize("model", [Attempt, Run, Push])
def test_a_large_table_is_searched_by_people_and_by_exact_names(client, world, root, model):
    fill(world, 3)
    wanted = model.objects.order_by("pk").first()
    names = {Attempt: ["public_id", "commit_id"], Run: ["public_id"], Push: ["delivery_id"]}[model]
    login = {Attempt: "student", Run: "attempt.student", Push: "repository.student"}[model]
    student = attrgetter(login)(wanted)
    for words in [student.github_login, *(getattr(wanted, name) for name in names)]:
        found = client.get(list_url(model), {"q": words}).context["cl"].result_list
        assert wanted in found, words
    assert {attrgetter(login)(each) for each in client.get(list_url(model), {"q": "s1"}).context["cl"].result_list} == {
        Enrollment.objects.get(github_login="s1")
    }
    assert not client.get(list_url(model), {"q": "nobody"}).context["cl"].result_list

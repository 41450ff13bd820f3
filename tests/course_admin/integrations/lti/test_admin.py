"""The back office of LTI: what goes wrong leads to its list, a round is begun, a line item is forgotten and never typed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.back_office.dashboard import problems
from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse
from course_admin.integrations.outbox import tasks
from course_admin.integrations.outbox.models import GradeDelivery
from tests.course_admin.integrations.canvas.fake_canvas import states
from tests.course_admin.integrations.lti.fake_platform import SUBJECT
from tests.factories import NOW, graded, make_attempt, make_enrollment, make_user


@pytest.fixture
def root(client, db):
    account = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(account)
    return account


@pytest.fixture
def leader(client, world):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.mark.medium
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_paused": True, "paused_reason": "over"}, "not sent to their learning platform"),
        ({"uncompared": "Tensor: no"}, "compared with their learning platform"),
        ({"away_since": NOW}, "whose learning platform has been away"),
    ],
)
def test_what_goes_wrong_is_a_problem_that_leads_to_its_list(client, root, lti, change, words):
    assert problems(root, NOW) == []
    LtiCourse.objects.update(**change)
    (problem,) = problems(root, NOW + timedelta(hours=1))
    assert words in problem.words
    page = client.get(problem.url)
    assert (page.status_code, page.context["cl"].result_count) == (200, problem.count)


@pytest.mark.medium
def test_a_round_is_begun_by_who_leads_the_course(
    client, leader, lti, sent, world, fake, django_capture_on_commit_callbacks
):
    url = reverse("admin:lti_lticourse_changelist")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"action": "send_now", "_selected_action": [lti.pk]})
    assert [(each.task, each.kwargs) for each in sent] == [(tasks.SYNC_COURSE, {"link_id": lti.pk})]
    Enrollment.objects.filter(pk=world.student.pk).update(lti_subject=SUBJECT)
    graded(make_attempt(world.student, world.assignment))
    fake.grade(lti, world.assignment)
    tasks.sync_course(lti.pk)
    assert states() == [("sent", "50.00")]


def test_a_line_item_that_is_forgotten_lets_its_grades_start_over(client, leader, lti, world, fake):
    row = fake.grade(lti, world.assignment)
    both = {"student": world.student, "assignment": world.assignment}
    GradeDelivery.objects.create(link=lti, points=5, state="confirmed", sent_points=5, **both)
    client.post(reverse("admin:lti_ltiassignment_delete", args=[row.pk]), {"post": "yes"})
    assert not LtiAssignment.objects.exists()
    delivery = GradeDelivery.objects.get()
    assert (delivery.state, delivery.sent_points) == ("waiting", None)
    assert AuditEvent.objects.filter(subject="Tensor in its learning platform").exists()


def test_nobody_types_a_line_item(client, root, lti, world, fake):
    row = fake.grade(lti, world.assignment)
    assert client.get(reverse("admin:lti_ltiassignment_add")).status_code == 403
    change = {"line_item": "https://elsewhere.example.edu/items/1", "why": "moved"}
    client.post(reverse("admin:lti_ltiassignment_change", args=[row.pk]), change)
    assert LtiAssignment.objects.get().line_item == row.line_item


@pytest.mark.parametrize("page", ["change", "delete"])
def test_an_address_that_names_no_field_finds_a_row_by_its_key(client, root, platform, page):
    url = reverse(f"admin:lti_platform_{page}", args=[platform.pk])
    assert client.get(f"{url}?_to_field=").status_code == 200

"""The back office of Canvas: who links what, and what its actions do."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from course_admin.back_office.dashboard import problems
from course_admin.courses.models import Role
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery
from course_admin.integrations.outbox.tasks import SYNC_COURSE
from tests.course_admin.test_admin import list_url, send
from tests.factories import NOW, make_assignment, make_course, make_enrollment, make_user

LINK = {"address": "https://canvas.example.edu", "canvas_id": "4210", "paused_reason": ""}


@pytest.fixture
def root(client, db):
    user = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def link(world) -> CanvasCourse:
    send(world, world.student, 0)
    return CanvasCourse.objects.get()


def change(client, link: CanvasCourse, **fields: str):
    url = reverse("admin:canvas_canvascourse_change", args=[link.pk])
    return client.post(url, {**LINK, "course": str(link.course_id), **fields})


def test_sending_now_begins_a_round_for_what_is_not_paused(
    client, root, link, sent, django_capture_on_commit_callbacks
):
    paused = CanvasCourse.objects.create(
        course=make_course("other"), address="https://c.example.edu", canvas_id=2, is_paused=True, paused_reason="over"
    )
    CanvasCourse.objects.filter(pk=link.pk).update(away_since=NOW, next_try_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            list_url(CanvasCourse), {"action": "send_now", "_selected_action": [link.pk, paused.pk]}, follow=True
        )
    link.refresh_from_db()
    assert link.next_try_at is None
    assert [(each.task, each.kwargs) for each in sent] == [(SYNC_COURSE, {"link_id": link.pk})]
    assert "The grades of 1 course are being sent. 1 is paused" in answer.content.decode()


@pytest.mark.medium
@pytest.mark.parametrize("state", DeliveryState.values)
def test_what_came_to_an_end_can_be_sent_again(client, root, link, state):
    job = {"job": "5", "sent_points": 50, "sent_at": NOW} if state == "sent" else {}
    GradeDelivery.objects.update(state=state, words="locked", tries=2, next_try_at=NOW, **job)
    chosen = {"action": "send_again", "_selected_action": [GradeDelivery.objects.get().pk]}
    client.post(list_url(GradeDelivery), chosen)
    delivery = GradeDelivery.objects.get()
    if state in ("waiting", "sent"):
        assert (delivery.state, delivery.tries) == (state, 2)
    else:
        assert (delivery.state, delivery.tries, delivery.next_try_at, delivery.words) == ("waiting", 0, None, "")


def test_whoever_pauses_a_course_says_why_and_who_resumes_it_forgets_that(client, root, link):
    assert "Say why nothing is to be sent" in change(client, link, is_paused="on").content.decode()
    assert change(client, link, is_paused="on", paused_reason="Grades are frozen.").status_code == 302
    assert CanvasCourse.objects.get().is_paused
    assert change(client, link, paused_reason="Grades are frozen.", why="released").status_code == 302
    assert (CanvasCourse.objects.get().is_paused, CanvasCourse.objects.get().paused_reason) == (False, "")


@pytest.mark.parametrize(
    "address",
    ["canvas.example.edu", "https://canvas.example.edu/", "https://canvas.example.edu/api", "https://a@b.example",
     "ftp://canvas.example.edu", "https://canvas.example.edu\n", "https://Canvas.example.edu", "https://[::1]"],
)  # fmt: skip
def test_an_address_is_a_host_and_nothing_else(world, address):
    link = CanvasCourse(course=world.course, address=address, canvas_id=1)
    with pytest.raises(ValidationError, match="address"):
        link.full_clean()


def test_who_leads_a_course_cannot_choose_the_canvas_course_but_says_what_is_what_in_it(client, world, link):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert change(client, link, canvas_id="9999").status_code == 403
    mine, theirs = make_assignment(world.course, "m02"), make_assignment(make_course("other"), "m01")
    url = reverse("admin:canvas_canvasassignment_add")
    answer = client.post(url, {"link": link.pk, "assignment": theirs.pk, "canvas_id": "8"})
    assert "Select a valid choice" in answer.content.decode()
    assert client.post(url, {"link": link.pk, "assignment": mine.pk, "canvas_id": "8"}).status_code == 302
    assert CanvasAssignment.objects.get(canvas_id=8).assignment == mine


@pytest.mark.medium
@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        (GradeDelivery, {"state": "failed", "words": "locked"}, "grade that the LMS did not take"),
        (GradeDelivery, {"state": "parked", "words": "who?"}, "grade of a student whom the LMS does not know"),
        (CanvasCourse, {"is_paused": True, "paused_reason": "over"}, "until somebody mends it"),
        (CanvasCourse, {"uncompared": "Tensor: no"}, "course whose grades could not all be compared with Canvas"),
        (CanvasCourse, {"away_since": NOW}, "course whose Canvas has been away for an hour"),
    ],
)
def test_what_goes_wrong_is_a_problem_that_leads_to_its_list(client, root, link, table, change, words):
    assert problems(root, NOW) == []
    table.objects.update(**change)
    (problem,) = problems(root, NOW + timedelta(hours=1))
    assert words in problem.words
    page = client.get(problem.url)
    assert (page.status_code, page.context["cl"].result_count) == (200, problem.count)

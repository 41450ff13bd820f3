"""What decides whose grade goes where in Canvas is in the audit log: links, who and what is which, and *send again*."""

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent, AuditKind, Role
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.outbox.models import GradeDelivery
from tests.course_admin.test_admin import list_url, send
from tests.factories import make_course, make_enrollment, make_user

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


def page(thing, what: str = "change") -> str:
    names = thing._meta
    return reverse(f"admin:{names.app_label}_{names.model_name}_{what}", args=[thing.pk] if what != "add" else [])


def events() -> list[tuple]:
    """Return what the log says, oldest first; all of it was done by root."""
    found = AuditEvent.objects.order_by("pk").select_related("actor")
    assert {(each.kind, each.actor.name) for each in found} <= {(AuditKind.GRADE, "root")}
    return [(each.subject, each.before, each.after, each.reason) for each in found]


@pytest.mark.medium
def test_making_correcting_and_pausing_a_link_leave_events(client, root, link):
    other, known = make_course("other"), CanvasStudent.objects.get().canvas_id
    client.post(page(CanvasCourse, "add"), {**LINK, "course": other.pk})
    assert "Say why" in client.post(page(link), {**LINK, "canvas_id": "4211"}).content.decode()
    client.post(page(link), {**LINK, "canvas_id": "4211", "why": "a typing error"})
    client.post(page(link), {**LINK, "canvas_id": "4211", "is_paused": "on", "paused_reason": "Grades are frozen."})
    client.post(page(link), {**LINK, "canvas_id": "4211", "why": "released"})
    subject = "Canvas of TinyTorch"
    paused = {"is_paused": True, "paused_reason": "Grades are frozen."}
    resumed = {"is_paused": False, "paused_reason": ""}
    made = {"course_id": other.pk, "address": LINK["address"], "canvas_id": 4210, "is_linked_by_leader": False}
    assert events() == [
        (subject, None, {**made, **resumed}, ""),
        (subject, {"canvas_id": 4210}, {"canvas_id": 4211}, "a typing error"),
        ("Mira Okafor in Canvas", {"canvas_id": known}, None, "a typing error"),
        (subject, resumed, paused, "Grades are frozen."),
        (subject, paused, resumed, "released"),
    ]
    assert [each.course for each in AuditEvent.objects.order_by("pk")] == [other, *[link.course] * 4]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("model", "who", "subject"),
    [(CanvasAssignment, "assignment", "Tensor in Canvas"), (CanvasStudent, "student", "Mira Okafor in Canvas")],
)
def test_who_and_what_is_which_leaves_events(client, root, world, link, model, who, subject):
    row = model.objects.get()
    before, thing = row.canvas_id, getattr(world, who)
    fields = {"link": link.pk, who: thing.pk, "canvas_id": "99"}
    assert "Say why" in client.post(page(row), fields).content.decode()
    client.post(page(row), {**fields, "why": "was another"})
    client.post(page(row, "delete"), {"post": "yes"})
    client.post(page(model, "add"), fields)
    there = {"link_id": link.pk, "canvas_id": 99, f"{who}_id": thing.pk}
    assert events() == [
        (subject, {"canvas_id": before}, {"canvas_id": 99}, "was another"),
        (subject, there, None, "deleted in the admin"),
        (subject, None, there, ""),
    ]


def test_sending_again_leaves_an_event_for_each_grade(client, root, world, link):
    GradeDelivery.objects.update(state="failed", words="The LMS shows 80.00.", shown_points=80, sent_points=40)
    jon = make_enrollment(world.course, "jon")
    send(world, jon, 1)
    chosen = {"action": "send_again", "_selected_action": [each.pk for each in GradeDelivery.objects.all()]}
    client.post(list_url(GradeDelivery), chosen)
    before = {"state": "failed", "shown_points": "80", "may_overwrite": False}
    after = {"state": "waiting", "shown_points": "80", "may_overwrite": True}
    subject = "grade of Mira Okafor in Tensor, on its way"
    assert events() == [(subject, before, after, "asked for in the admin")]


@pytest.mark.parametrize(
    ("paused", "words"),
    [(False, "1 grade will be sent at the next round."), (True, "1 grade will be sent once its link, which is paused,")],
)  # fmt: skip
def test_whoever_sends_again_is_told_if_the_link_is_paused(client, root, link, paused, words):
    GradeDelivery.objects.update(state="failed", words="no")
    CanvasCourse.objects.update(is_paused=paused, paused_reason="over")
    chosen = {"action": "send_again", "_selected_action": [GradeDelivery.objects.get().pk]}
    assert words in client.post(list_url(GradeDelivery), chosen, follow=True).content.decode()


def test_who_leads_a_course_looks_at_its_link_and_is_asked_nothing(client, world, link):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert client.get(page(link)).status_code == 200

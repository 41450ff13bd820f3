"""Names and due times read from a Canvas of our own on request, shown, and taken over once somebody confirms."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent, Course, Role
from course_admin.integrations.canvas import tasks
from course_admin.integrations.canvas.due_dates.applying import NotToTakeOver, changes_of, take_over
from course_admin.integrations.canvas.due_dates.reading import ask, read
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import AssignmentReading, CanvasAssignment, CanvasCourse
from course_admin.integrations.canvas.services import save_link
from course_admin.policy import Refused
from tests.course_admin.integrations.canvas.fake_canvas import ASSIGNMENT
from tests.factories import NOW, make_assignment, make_enrollment

SUNDAY = "2026-12-06T04:59:59Z"  # in New York still Saturday evening; in Berlin Sunday morning


@pytest.fixture
def teacher(world):
    return make_enrollment(world.course, "teacher", Role.INSTRUCTOR).account


@pytest.fixture
def told(link, canvas, teacher):
    """Return what lets Canvas say something of assignments, reads it, and returns what would change."""

    def say(*rows: dict) -> list:
        canvas.assignments[:] = rows
        asked = ask(link=link, actor=teacher, at=NOW)
        with Canvas(link) as lms:
            read(asked=asked, lms=lms, at=NOW)
        return changes_of(link, AssignmentReading.objects.get())

    return say


def taken(link, teacher, changes):
    return take_over(link=link, keys=[each.key for each in changes], actor=teacher, at=NOW)


def test_what_differs_is_shown_and_nothing_changes_by_that(world, told):
    before = Assignment.objects.values().get()
    title, due = told(
        {"id": ASSIGNMENT, "name": "Tensors, then", "due_at": "2026-12-05T22:59:59Z"}, {"id": 5, "name": "Other"}
    )
    assert (title.field, title.here, title.there) == ("title", world.assignment.title, "Tensors, then")
    assert (due.field, due.here, due.there) == (
        "due_at",
        world.assignment.due_at,
        datetime(2026, 12, 5, 22, 59, 59, tzinfo=UTC),
    )
    assert Assignment.objects.values().get() == before
    assert list(AssignmentReading.objects.get().rows) == [str(ASSIGNMENT)]


def test_what_is_chosen_is_taken_over_with_its_event_and_the_rest_stays(world, link, told, teacher):
    _title, due = told({"id": ASSIGNMENT, "name": "Tensors, then", "due_at": "2026-12-05T22:59:59+00:00"})
    assert taken(link, teacher, [due]) == 1
    stored = Assignment.objects.get()
    assert (stored.title, stored.due_at) == (world.assignment.title, due.there)
    event = AuditEvent.objects.get(actor=teacher)
    assert (set(event.after), event.reason) == ({"due_at"}, "taken over from Canvas")
    assert [each.field for each in changes_of(link, AssignmentReading.objects.get())] == ["title"]


def test_a_sunday_is_one_by_the_courses_clock_and_only_noted(world, link, told, teacher):
    sunday = {}
    for zone in ("America/New_York", "Europe/Berlin"):
        Course.objects.update(time_zone=zone)
        (due,) = [each for each in told({"id": ASSIGNMENT, "due_at": SUNDAY}) if each.is_due]
        sunday[zone] = due.is_on_a_sunday
    assert sunday == {"America/New_York": False, "Europe/Berlin": True}
    assert taken(link, teacher, [due]) == 1


@pytest.mark.medium
@pytest.mark.parametrize(
    "row",
    [
        {"id": ASSIGNMENT},
        {"id": ASSIGNMENT, "name": None, "due_at": None},
        {"id": ASSIGNMENT, "name": " ", "due_at": "soon"},
        {"id": ASSIGNMENT, "name": ["x"], "due_at": 17},
        {"id": ASSIGNMENT, "name": "", "due_at": "2026-12-05T22:59:59"},
        {"id": ASSIGNMENT, "due_at": "9999-12-31T23:59:59-23:59"},
        {"id": ASSIGNMENT, "due_at": "2026-13-45T99:00:00Z"},
        {"id": ASSIGNMENT, "due_at": "9999-12-31T23:59:59Z"},  # no day of Berlin's calendar
        {"id": ASSIGNMENT, "due_at": "0001-01-01T00:00:00Z"},
    ],
)
def test_what_canvas_leaves_open_or_garbles_changes_nothing(told, row):
    assert told(row) == []


def test_what_cannot_be_here_is_said_and_never_taken_over(world, link, told, teacher):
    Assignment.objects.update(due_at=NOW, closes_at=NOW)
    (due,) = told({"id": ASSIGNMENT, "due_at": "2099-01-01T00:00:00Z"})
    assert due.problem == "The hard close cannot lie before the due time."
    with pytest.raises(NotToTakeOver, match="hard close"):
        taken(link, teacher, [due])
    (title,) = told({"id": ASSIGNMENT, "name": "x" * 201})
    assert "200 characters" in title.problem
    assert Assignment.objects.get().due_at == NOW


def test_one_that_cannot_be_keeps_all_the_others_as_well(world, link, told, teacher):
    other = make_assignment(world.course, "m02", title="Layers")
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=77)
    Assignment.objects.filter(pk=other.pk).update(due_at=NOW, closes_at=NOW)
    changes = told({"id": ASSIGNMENT, "name": "Tensors, then"}, {"id": 77, "due_at": "2099-01-01T00:00:00Z"})
    with pytest.raises(NotToTakeOver):
        taken(link, teacher, changes)
    assert not Assignment.objects.filter(title="Tensors, then").exists()


def test_what_changed_meanwhile_is_looked_at_again(world, link, told, teacher):
    (title,) = told({"id": ASSIGNMENT, "name": "Tensors, then"})
    told({"id": ASSIGNMENT, "name": "Tensors, at last"})
    with pytest.raises(NotToTakeOver, match="look at the list again"):
        taken(link, teacher, [title])
    (title,) = told({"id": ASSIGNMENT, "name": "Tensors, then"})
    Assignment.objects.update(title="Renamed here")
    with pytest.raises(NotToTakeOver, match="look at the list again"):
        taken(link, teacher, [title])
    assert Assignment.objects.get().title == "Renamed here"


def test_why_canvas_says_nothing_is_shown(told, canvas):
    canvas.once("GET .*/assignments$", 403, {"errors": [{"message": "not yours"}]})
    assert told({"id": ASSIGNMENT, "name": "Tensors, then"}) == []
    reading = AssignmentReading.objects.get()
    assert (reading.read_at, reading.words) == (None, "Canvas answered 403: not yours")


def test_an_answer_of_the_course_that_the_link_led_to_before_is_dropped(link, canvas, teacher):
    canvas.assignments.append({"id": ASSIGNMENT, "name": "Of the other course"})
    asked = ask(link=link, actor=teacher, at=NOW)
    old = CanvasCourse.objects.get(pk=link.pk)
    link.canvas_id = 17
    save_link(link=link, actor=None, at=NOW, reason="the right one")
    ask(link=link, actor=teacher, at=NOW)
    with Canvas(old) as lms:
        read(asked=asked, lms=lms, at=NOW)
    assert AssignmentReading.objects.get().rows == {}


def test_only_who_leads_the_course_asks_and_takes_over(world, link, told):
    told({"id": ASSIGNMENT, "name": "Tensors, then"})
    ta = make_enrollment(world.course, "ta", Role.TA).account
    with pytest.raises(Refused):
        ask(link=link, actor=ta, at=NOW)
    with pytest.raises(Refused):
        taken(link, ta, [])


@pytest.mark.medium
def test_by_the_page_from_the_question_to_what_was_ticked(
    world, link, canvas, teacher, client, sent, django_capture_on_commit_callbacks
):
    canvas.assignments.append({"id": ASSIGNMENT, "name": "<b>Tensors</b>", "due_at": "2026-12-06T22:59:59Z"})
    client.force_login(teacher)
    page, act = (reverse(name, args=[world.course.slug]) for name in ("canvas-course", "canvas-assignments"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(act, {"read": ""})
    html = client.get(page).content.decode()
    assert "there is no answer yet" in html
    assert "live.js" in html
    live, state = (
        client.get(reverse(f"canvas-assignments-{part}", args=[world.course.slug])) for part in ("live", "state")
    )
    assert 'data-final="no"' in live.content.decode()
    (message,) = sent
    assert message.task == tasks.READ_ASSIGNMENTS
    tasks.read_assignments(**message.kwargs)
    assert client.get(reverse("canvas-assignments-state", args=[world.course.slug])).json() != state.json()
    live = client.get(reverse("canvas-assignments-live", args=[world.course.slug])).content.decode()
    assert 'data-final="yes"' in live
    assert "Show what Canvas says" in live
    html = client.get(page).content.decode()
    assert "&lt;b&gt;Tensors&lt;/b&gt;" in html
    assert "a Sunday" in html
    html = client.post(act, {"take_over": ""}, follow=True).content.decode()
    assert "nothing was changed" in html
    keys = [each.key for each in changes_of(link, AssignmentReading.objects.get())]
    html = client.post(act, {"take_over": "", "change": keys}, follow=True).content.decode()
    assert "Taken over: 1 assignment changed." in html
    assert "are the same here and there" in html
    assert Assignment.objects.get().title == "<b>Tensors</b>"

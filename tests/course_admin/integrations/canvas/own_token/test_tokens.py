"""A course's own token: who enters it, where it goes, what is kept of it, and what follows once Canvas refuses it."""

import json

import pytest

from course_admin.courses.models import AuditEvent, Role
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasCourse, CourseToken
from course_admin.integrations.canvas.own_token.tokens import NotToKeep, Place, keep_token, remove_token
from course_admin.integrations.canvas.services import save_link
from course_admin.integrations.outbox.models import Link
from course_admin.policy import Refused
from tests.course_admin.integrations.canvas.fake_canvas import ROUND, play, play_twice, set_points, states
from tests.factories import NOW, make_enrollment

OWN, OTHER = "7~0wnOfTheInstructor", "7~t0kEnOfSomebodyElse"


@pytest.fixture
def teacher(world):
    return make_enrollment(world.course, "teacher", Role.INSTRUCTOR).account


@pytest.fixture
def allowed_host(canvas, settings):
    """Let tokens of courses go to the fake and to one more."""
    settings.ASSAY_CANVAS_COURSE_HOSTS = [canvas.host, "canvas.example.edu"]


def keep(course, actor, token=OWN, place=None):
    return keep_token(course=course, place=place, token=token, actor=actor, at=NOW)


def test_its_own_token_goes_along_and_no_other(world, link, canvas, teacher, allowed_host):
    keep(world.course, teacher)
    canvas.token = OWN
    play_twice(link)
    assert states() == [("confirmed", "50.00")]
    assert CourseToken.objects.get().last_used_at is not None
    assert CourseToken.objects.get().problem == ""


def test_it_is_nowhere_to_be_read(world, link, teacher, allowed_host):
    keep(world.course, teacher)
    keep(world.course, teacher, OTHER)
    stored = json.dumps(list(CourseToken.objects.values()), default=str)
    events = json.dumps(list(AuditEvent.objects.values()), default=str)
    sealed = CourseToken.objects.get().sealed
    assert OWN not in stored + events
    assert OTHER not in stored + events
    assert sealed not in events
    kept = AuditEvent.objects.filter(subject=f"Canvas token of {world.course.title}")
    assert [event.actor for event in kept] == [teacher] * kept.count()


@pytest.mark.medium
def test_what_canvas_refuses_stops_in_a_sentence_and_a_new_token_sends_the_rest(
    world, link, canvas, teacher, allowed_host
):
    keep(world.course, teacher)
    canvas.token, canvas.is_revoked = OWN, True
    play(link)
    link.refresh_from_db()
    assert link.is_paused
    assert link.paused_reason == CourseToken.objects.get().problem
    assert link.paused_reason.startswith("Canvas no longer takes our token")
    assert states() == [("waiting", "50.00")]
    set_points("60")
    keep(world.course, teacher, OTHER)
    canvas.token, canvas.is_revoked = OTHER, False
    play(link, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    assert states() == [("confirmed", "60.00")]
    assert CourseToken.objects.get().problem == ""


def test_what_staff_paused_stays_paused(world, link, teacher, allowed_host):
    CanvasCourse.objects.update(is_paused=True, paused_reason="Grades are being discussed.")
    keep(world.course, teacher)
    assert Link.objects.get().is_paused


@pytest.mark.medium
def test_a_link_without_any_token_waits_for_one(world, link, canvas, teacher, allowed_host, settings):
    settings.ASSAY_CANVAS_TOKENS = {}
    play(link)
    assert Link.objects.get().is_paused
    keep(world.course, teacher)
    canvas.token = OWN
    play_twice(link)
    assert states() == [("confirmed", "50.00")]


def test_who_leads_a_course_links_it_where_the_administrator_allows(world, teacher, allowed_host):
    made = keep(world.course, teacher, place=Place("canvas.example.edu", 77))
    assert (made.address, made.canvas_id, made.is_linked_by_leader) == ("https://canvas.example.edu", 77, True)
    keep(world.course, teacher, place=Place("canvas.example.edu", 78))
    assert CanvasCourse.objects.get().canvas_id == 78


@pytest.mark.parametrize(
    ("place", "token"),
    [
        (Place("evil.example", 77), OWN),
        (Place("10.0.0.1", 77), OWN),
        (Place("canvas.example.edu@evil.example", 77), OWN),
        (None, OWN),
        (Place("canvas.example.edu", 77), "two words"),
        (Place("canvas.example.edu", 77), "one\r\nHost: evil.example"),
        (Place("canvas.example.edu", 77), ""),
        (Place("canvas.example.edu", 77), "x" * 513),
        (Place("canvas.example.edu", 77), "tökén"),
    ],
)
def test_what_cannot_be_kept_changes_nothing(world, teacher, allowed_host, place, token):
    with pytest.raises(NotToKeep):
        keep(world.course, teacher, token, place)
    assert (CanvasCourse.objects.count(), CourseToken.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_the_link_of_an_administrator_stays_where_it_is(world, link, teacher, allowed_host):
    with pytest.raises(NotToKeep):
        keep(world.course, teacher, place=Place("canvas.example.edu", 77))
    link.refresh_from_db()
    assert (link.canvas_id, CourseToken.objects.count()) == (4210, 0)


def test_the_administrators_token_never_goes_to_a_course_that_its_leader_linked(
    world, link, canvas, teacher, allowed_host
):
    CanvasCourse.objects.update(is_linked_by_leader=True)
    play(link)
    assert canvas.asked == []
    assert "no Canvas token of its own" in Link.objects.get().paused_reason
    keep(world.course, teacher)
    assert not Link.objects.get().is_paused
    remove_token(course=world.course, actor=teacher, at=NOW)
    assert "no Canvas token of its own" in Link.objects.get().paused_reason
    assert CourseToken.objects.count() == 0


@pytest.mark.medium
def test_without_its_own_token_an_administrators_link_goes_on(world, link, canvas, teacher, allowed_host):
    keep(world.course, teacher)
    canvas.token, canvas.is_revoked = OWN, True
    play(link)
    assert remove_token(course=world.course, actor=teacher, at=NOW)
    assert not remove_token(course=world.course, actor=teacher, at=NOW)
    canvas.token, canvas.is_revoked = "7~t0kEnOfTheCourse", False
    play_twice(link)
    assert states() == [("confirmed", "50.00")]


def test_a_token_goes_to_no_other_host_than_it_was_given_for(world, link, canvas, teacher, allowed_host, settings):
    keep(world.course, teacher)
    elsewhere = canvas.address.replace("localhost", "127.0.0.1")
    settings.ASSAY_CANVAS_COURSE_HOSTS.append(elsewhere.partition("//")[2])
    link = CanvasCourse.objects.get(pk=link.pk)
    link.address = elsewhere
    save_link(link=link, actor=None, at=NOW, reason="moved")
    play(link)
    assert canvas.asked == []
    assert "holds no token" in Link.objects.get().paused_reason


def test_a_host_that_is_allowed_no_longer_gets_no_token(world, link, canvas, teacher, allowed_host, settings):
    keep(world.course, teacher)
    settings.ASSAY_CANVAS_COURSE_HOSTS = []
    play(link)
    assert canvas.asked == []
    assert "ASSAY_CANVAS_COURSE_HOSTS" in Link.objects.get().paused_reason


@pytest.mark.medium
def test_a_token_that_another_key_sealed_is_asked_for_again(world, link, canvas, teacher, allowed_host, settings):
    keep(world.course, teacher)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of at least fifty characters, for this test", []
    play(link)
    assert canvas.asked == []
    assert "SECRET_KEY" in Link.objects.get().paused_reason
    keep(world.course, teacher)
    canvas.token = OWN
    play(link)
    assert not Link.objects.get().is_paused


def test_a_round_under_way_cannot_pause_what_a_new_token_mended(world, link, canvas, teacher, allowed_host):
    keep(world.course, teacher)
    canvas.token = OWN

    class Replaced(Canvas):
        def read(self, assignment):
            keep(world.course, teacher, OTHER)
            canvas.is_revoked = True
            return super().read(assignment)

    play(link, kind=Replaced)
    assert canvas.asked[-1].path.endswith("/submissions")
    assert (Link.objects.get().is_paused, CourseToken.objects.get().problem) == (False, "")


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TA, Role.OBSERVER])
def test_nobody_else_keeps_or_removes_one(world, link, allowed_host, role):
    somebody = make_enrollment(world.course, "somebody", role).account
    with pytest.raises(Refused):
        keep(world.course, somebody)
    with pytest.raises(Refused):
        remove_token(course=world.course, actor=somebody, at=NOW)

"""A link that is corrected or paused: what was known of the other Canvas is forgotten, and nothing more goes there."""

import pytest
from django.db import connection
from django.urls import reverse

from course_admin.courses.audit import OtherCourse
from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.integrations.canvas import lms as canvas_lms
from course_admin.integrations.canvas.lms import FOUND, Canvas
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.canvas.services import save_link
from course_admin.integrations.outbox.delivery import deliver
from course_admin.integrations.outbox.delivery.claim import Claim
from course_admin.integrations.outbox.lms import LinkBroken
from course_admin.integrations.outbox.models import GradeDelivery, Link
from course_admin.integrations.outbox.services import forget_external_id, save_external_id
from course_admin.policy import Refused
from tests.course_admin.integrations.canvas.fake_canvas import (
    ASSIGNMENT,
    COURSE,
    MIRA,
    ROUND,
    play,
    play_twice,
    set_points,
    states,
)
from tests.factories import NOW, make_assignment, make_course, make_enrollment, make_user

WRONG = 9_999  # another course's number
FORGOTTEN = {"sent_points": None, "sent_at": None, "shown_points": None, "may_overwrite": False, "job": "", "words": ""}


@pytest.fixture
def root(client, db):
    user = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


def change(client, thing, **fields: object):
    names = thing._meta
    url = reverse(f"admin:{names.app_label}_{names.model_name}_change", args=[thing.pk])
    return client.post(url, fields, follow=True)


def mislead(link, world, state: str = "confirmed") -> None:
    """Let a link have led to another Canvas course until now, which took Mira's grade for somebody."""
    CanvasCourse.objects.update(canvas_id=WRONG, compared_at=NOW, synced_at=NOW, away_since=NOW, next_try_at=NOW)
    CanvasStudent.objects.create(link=link, student=world.student, canvas_id=5)
    job = {"job": "7", "sent_at": NOW} if state == "sent" else {}
    words = "no" if state in ("failed", "parked") else ""
    noted = {"state": state, "sent_points": 50, "words": words, "shown_points": 80, "may_overwrite": True, **job}
    GradeDelivery.objects.create(link=link, student=world.student, assignment=world.assignment, points=50, **noted)


@pytest.mark.parametrize("state", ["waiting", "sent", "confirmed", "failed", "parked"])
@pytest.mark.slow
@pytest.mark.rows
def test_a_corrected_number_starts_over(client, root, world, link, canvas, state):
    mislead(link, world, state)
    page = change(client, link, address=canvas.address, canvas_id=COURSE, paused_reason="", why="a typing error")
    assert "start over" in page.content.decode()
    assert not CanvasStudent.objects.exists()
    delivery = GradeDelivery.objects.values(*FORGOTTEN, "state").get()
    assert delivery == {**FORGOTTEN, "state": "waiting"}
    link.refresh_from_db()
    assert (link.compared_at, link.synced_at, link.away_since, link.next_try_at) == (None, None, None, None)
    play_twice(link)
    assert (canvas.scores, states()) == ({(ASSIGNMENT, MIRA): 50.0}, [("confirmed", "50.00")])


@pytest.mark.medium
def test_what_is_saved_unchanged_forgets_nothing(client, root, world, link, canvas):
    play_twice(link)
    page = change(client, link, address=canvas.address, canvas_id=COURSE, paused_reason="")
    assert "start over" not in page.content.decode()
    assert (CanvasStudent.objects.count(), states()) == (1, [("confirmed", "50.00")])


def test_a_course_keeps_its_link_and_a_link_its_course(client, root, link, canvas):
    change(client, link, course=make_course("other").pk, address=canvas.address, canvas_id=COURSE, paused_reason="")
    assert CanvasCourse.objects.get().course == link.course


def test_a_round_under_way_neither_sends_nor_remembers_after_a_correction(link, canvas, monkeypatch):
    real = canvas_lms.match

    def match(*students):
        found = real(*students)
        corrected = CanvasCourse.objects.get()
        corrected.canvas_id = WRONG
        save_link(link=corrected, actor=None, at=NOW, reason="a typing error")
        return found

    monkeypatch.setattr(canvas_lms, "match", match)
    play(link)
    assert (canvas.posts, CanvasStudent.objects.count(), states()) == ([], 0, [("waiting", "50.00")])
    assert Link.objects.get().claim == ""


def test_a_round_whose_link_was_corrected_before_it_began_goes_to_the_right_course(world, link, canvas):
    CanvasCourse.objects.update(canvas_id=WRONG)
    stale = CanvasCourse.objects.get()
    CanvasCourse.objects.update(canvas_id=COURSE)
    with Canvas(stale) as lms:
        deliver.sync(link=stale, lms=lms, now=lambda: NOW, chance=lambda: 0)
    assert states() == [("sent", "50.00")]


class PausedMeanwhile(Canvas):
    def read(self, assignment):
        Link.objects.update(is_paused=True, paused_reason="Grades are frozen.")
        return super().read(assignment)


def test_pausing_ends_a_round_that_is_under_way(link, canvas):
    play(link, NOW, PausedMeanwhile)
    assert (canvas.posts, states()) == ([], [("waiting", "50.00")])
    paused = Link.objects.get()
    assert (paused.claim, paused.claimed_until, paused.paused_reason) == ("", None, "Grades are frozen.")
    Link.objects.update(is_paused=False)
    play(link, NOW + ROUND)
    assert states() == [("sent", "50.00")]


class PausedAndAway(Canvas):
    def read(self, assignment):
        Link.objects.update(is_paused=True, paused_reason="Grades are frozen.")
        raise LinkBroken("The token is wrong.")


def test_why_staff_paused_it_is_not_overwritten_by_the_round_they_ended(link, canvas):
    play(link, NOW, PausedAndAway)
    assert (Link.objects.get().paused_reason, Link.objects.get().claim) == ("Grades are frozen.", "")


@pytest.mark.medium
@pytest.mark.parametrize("state", ["confirmed", "parked"])
def test_a_student_who_is_said_to_be_another_starts_over(client, root, world, link, canvas, state):
    mislead(link, world, state)
    CanvasCourse.objects.update(canvas_id=COURSE, next_try_at=None)
    row = CanvasStudent.objects.get()
    change(client, row, link=link.pk, student=world.student.pk, canvas_id=MIRA, why="was a namesake")
    play_twice(link)
    assert (canvas.scores, states()) == ({(ASSIGNMENT, MIRA): 50.0}, [("confirmed", "50.00")])


@pytest.mark.medium
def test_an_assignment_that_is_said_to_be_another_starts_over_alone(client, root, world, link, canvas):
    other = make_assignment(world.course, "m02")
    CanvasAssignment.objects.create(link=link, assignment=other, canvas_id=8)
    play_twice(link)
    sent = {"state": "confirmed", "points": 9, "sent_points": 9}
    GradeDelivery.objects.create(link=link, student=world.student, assignment=other, **sent)
    row = CanvasAssignment.objects.get(assignment=world.assignment)
    change(client, row, link=link.pk, assignment=world.assignment.pk, canvas_id=7, why="the wrong column")
    assert dict(GradeDelivery.objects.values_list("assignment__slug", "state")) == {
        "m01": "waiting",
        "m02": "confirmed",
    }
    play_twice(link)
    assert canvas.scores[7, MIRA] == 50.0


def test_a_student_whose_number_is_taken_away_is_looked_for_again(client, root, world, link, canvas):
    mislead(link, world)
    CanvasCourse.objects.update(canvas_id=COURSE, next_try_at=None)
    row = CanvasStudent.objects.get()
    client.post(reverse("admin:canvas_canvasstudent_delete", args=[row.pk]), {"post": "yes"})
    play_twice(link)
    assert (canvas.scores, states()) == ({(ASSIGNMENT, MIRA): 50.0}, [("confirmed", "50.00")])


@pytest.mark.medium
def test_an_assignment_that_is_no_longer_in_canvas_ends_a_round_under_way(link, canvas):
    class TakenAway(Canvas):
        def read(self, assignment):
            forget_external_id(row=CanvasAssignment.objects.get(), actor=None, at=NOW, reason="not yet")
            return super().read(assignment)

    play(link, NOW, TakenAway)
    play(link, NOW + ROUND)
    assert (canvas.posts, states()) == ([], [])


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_the_claim_holds_until_what_is_noted_is_stored(link, canvas, monkeypatch):
    """A correction waits for it, so that it never comes between: what was noted is forgotten with the rest."""
    real, held = Claim.renew, []

    def renew(claim, at):
        held.append(connection.in_atomic_block)
        real(claim, at)

    monkeypatch.setattr(Claim, "renew", renew)
    play_twice(link)
    assert held
    assert all(held)


# --- a roster that is corrected ---


LEA = 101


@pytest.mark.slow
@pytest.mark.rows
def test_whom_the_roster_calls_somebody_else_is_looked_for_again_and_starts_over(world, link, canvas):
    canvas.knows(LEA, login_id="lea@example.edu")
    play_twice(link)
    assert canvas.scores == {(ASSIGNMENT, MIRA): 50.0}
    Enrollment.objects.filter(pk=world.student.pk).update(name="Lea Stein", email="lea@example.edu", student_id="")
    set_points("60", world.student)
    for rounds in range(2, 5):
        play(link, NOW + rounds * ROUND)
    assert canvas.scores == {(ASSIGNMENT, MIRA): 50.0, (ASSIGNMENT, LEA): 60.0}
    assert list(CanvasStudent.objects.values_list("canvas_id", flat=True)) == [LEA]


@pytest.mark.medium
def test_whom_nobody_there_is_any_more_waits_with_a_sentence(world, link, canvas):
    play_twice(link)
    Enrollment.objects.filter(pk=world.student.pk).update(email="nobody@example.edu", student_id="")
    set_points("60", world.student)
    for rounds in range(2, 4):
        play(link, NOW + rounds * ROUND)
    assert (canvas.scores, states()) == ({(ASSIGNMENT, MIRA): 50.0}, [("parked", "60.00")])
    assert not CanvasStudent.objects.exists()


@pytest.mark.medium
def test_whom_staff_named_stays_whatever_the_roster_says(world, link, canvas):
    canvas.knows(LEA, login_id="lea@example.edu")
    CanvasStudent.objects.create(link=link, student=world.student, canvas_id=LEA)
    play_twice(link)
    Enrollment.objects.filter(pk=world.student.pk).update(email="mira.okafor@example.edu")
    set_points("60", world.student)
    play(link, NOW + 2 * ROUND)
    play(link, NOW + 3 * ROUND)
    assert canvas.scores == {(ASSIGNMENT, LEA): 60.0}


@pytest.mark.medium
def test_who_is_found_is_on_record_once_and_so_is_who_is_another_by_now(world, link, canvas):
    canvas.knows(LEA, login_id="lea@example.edu")

    def round_of(**fields) -> None:
        Enrollment.objects.filter(pk=world.student.pk).update(**fields)
        with Canvas(link) as lms:
            lms.find([Enrollment.objects.get(pk=world.student.pk)])

    round_of()
    round_of()
    round_of(university_login="mo4412")  # more of the same person
    round_of(email="lea@example.edu", student_id="", university_login="")
    round_of(email="nobody@example.edu")
    events = AuditEvent.objects.filter(subject="Mira Okafor in Canvas").order_by("pk")
    assert [(each.before, each.after, each.actor) for each in events] == [
        (None, {"canvas_id": MIRA}, None),
        ({"canvas_id": MIRA}, {"canvas_id": LEA}, None),
        ({"canvas_id": LEA}, None, None),
    ]
    assert {(each.kind, each.course, each.reason) for each in events} == {("grade", world.course, FOUND)}


@pytest.mark.slow
def test_a_roster_that_says_more_of_the_same_person_starts_nothing_over(world, link, canvas):
    play_twice(link)
    Enrollment.objects.filter(pk=world.student.pk).update(canvas_id=str(MIRA), university_login="mo4412")
    set_points("60", world.student)
    play(link, NOW + 2 * ROUND)
    assert (len(canvas.posts), canvas.asked[-1].method) == (2, "POST")
    assert CanvasStudent.objects.get().canvas_id == MIRA


@pytest.mark.medium
@pytest.mark.parametrize("is_known", [False, True])
def test_a_roster_with_another_number_of_canvas_than_the_address_leads_to_is_asked_about(world, link, canvas, is_known):
    canvas.knows(LEA, login_id="lea@example.edu")
    if is_known:
        play_twice(link)
    Enrollment.objects.filter(pk=world.student.pk).update(canvas_id=str(LEA))
    set_points("60", world.student)
    for rounds in range(2, 4):
        play(link, NOW + rounds * ROUND)
    assert canvas.scores == ({(ASSIGNMENT, MIRA): 50.0} if is_known else {})
    assert "several students" in GradeDelivery.objects.get().words


def test_who_was_known_in_a_canvas_course_that_a_link_leads_away_from_is_on_record(root, world, link):
    CanvasStudent.objects.create(link=link, student=world.student, canvas_id=5)
    link.canvas_id = WRONG
    save_link(link=link, actor=root, at=NOW, reason="a typing error")
    event = AuditEvent.objects.get(subject="Mira Okafor in Canvas")
    assert (event.before, event.after, event.actor, event.reason) == ({"canvas_id": 5}, None, root, "a typing error")
    assert not CanvasStudent.objects.exists()


# --- whose gradebook it is ---


@pytest.fixture
def neighbour(link) -> CanvasCourse:
    """Return the link of another course here to the same Canvas course."""
    return CanvasCourse.objects.create(course=make_course("neighbour"), address=link.address, canvas_id=link.canvas_id)


def test_who_leads_one_course_fills_no_column_of_another_in_the_same_canvas_course(world, link, canvas, neighbour):
    """They may be a student of that one."""
    leader = make_enrollment(neighbour.course, "ines", Role.INSTRUCTOR).account
    make_enrollment(world.course, "ines-too", account=leader)
    theirs = make_assignment(neighbour.course, "m09")
    told = {"actor": leader, "at": NOW, "reason": ""}
    with pytest.raises(OtherCourse, match="Another course sends its grades to"):
        save_external_id(row=CanvasAssignment(link=neighbour, assignment=theirs, canvas_id=ASSIGNMENT), **told)
    save_external_id(row=CanvasAssignment(link=neighbour, assignment=theirs, canvas_id=WRONG), **told)


def test_a_link_does_not_come_to_lead_to_columns_of_another_course(world, link, canvas, neighbour):
    CanvasCourse.objects.filter(pk=neighbour.pk).update(canvas_id=WRONG)
    neighbour.refresh_from_db()
    CanvasAssignment.objects.create(
        link=neighbour, assignment=make_assignment(neighbour.course, "m09"), canvas_id=ASSIGNMENT
    )
    neighbour.canvas_id = link.canvas_id
    with pytest.raises(OtherCourse):
        save_link(link=neighbour, actor=None, at=NOW, reason="")


@pytest.mark.parametrize("how", ["mapping", "roster"])
def test_nobody_says_that_another_student_is_who_they_are_themselves_in_canvas(world, link, canvas, neighbour, how):
    leader = make_enrollment(neighbour.course, "ines", Role.INSTRUCTOR).account
    herself = make_enrollment(world.course, "ines-too", account=leader)
    if how == "mapping":
        CanvasStudent.objects.create(link=link, student=herself, canvas_id=LEA)
    else:
        Enrollment.objects.filter(pk=herself.pk).update(canvas_id=str(LEA))
    somebody = make_enrollment(neighbour.course, "jon")
    told = {"at": NOW, "reason": ""}
    row = CanvasStudent(link=neighbour, student=somebody, canvas_id=LEA)
    with pytest.raises(Refused, match="is you in Canvas"):
        save_external_id(row=row, actor=leader, **told)
    colleague = make_enrollment(neighbour.course, "tom", Role.INSTRUCTOR).account
    save_external_id(row=row, actor=colleague, **told)

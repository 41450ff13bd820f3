"""Nobody decides about their own grade: who is staff, or an administrator, and a student of the course too leaves it to others."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from course_admin.assignments.models import Extension
from course_admin.courses import roster
from course_admin.courses.changes import delete_row, detach_account, save_row, set_rows
from course_admin.courses.models import Accommodation, Enrollment, Group, GroupMembership, OtherEmail, Role, Section
from course_admin.discussion.asking import ask
from course_admin.discussion.deciding import decide, decisions_of
from course_admin.discussion.models import RequestState
from course_admin.gradebook.cell.services import grant_days, may_grant, set_points
from course_admin.gradebook.grading.grades import rows_of
from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.grading.following import gradings_for
from course_admin.manual_grading.grading.marks import finish, keep_draft
from course_admin.manual_grading.models import HandGrading
from course_admin.policy import Action, Refused, Right, allowed, may, may_in_table, require, rows_in_table, standing_of
from course_admin.policy.actions import RULES
from course_admin.policy.decide import OWN
from course_admin.policy.tables import OF_GRADES
from course_admin.submissions.intake.by_hand import grade_commit
from course_admin.submissions.intake.ownership.adopting import Adoption, ExistingRepository, Standing, adopt
from course_admin.submissions.intake.ownership.binding import bind_parked
from course_admin.submissions.intake.ownership.parked import park
from course_admin.submissions.intake.ownership.unbinding import give_to, unbind
from course_admin.submissions.models import Run, RunReason, RunState
from course_admin.submissions.queue import staff_requests
from tests.course_admin.courses.roster.importing import previewed
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce
from tests.factories import NOW, OWNER, graded, make_attempt, make_enrollment, make_run, make_user

DAY = timedelta(days=1)
ABOUT_OTHERS = {
    *(Action.TAKE_BACK, Action.JUDGE_AGAIN, Action.DECIDE_REQUEST, Action.GRADE_BY_HAND, Action.REGRADE),
    *(Action.BIND_REPOSITORY, Action.GRANT),
}
ROLES = [Role.TA, Role.HEAD_TA, Role.INSTRUCTOR, "administrator"]


@pytest.fixture(params=[Role.HEAD_TA, Role.INSTRUCTOR, "administrator"])
def both(request, world):
    """Return somebody who leads the course, or administers everything, and is a student of it; and a student beside them."""
    return both_as(world, request.param)


def both_as(world, role: str) -> SimpleNamespace:
    if role == "administrator":
        account = make_user("both", is_superuser=True)
    else:
        account = make_enrollment(world.course, "both-staff", role).account
    me = make_enrollment(world.course, "both", account=account, github_login="both")
    mine, theirs = (graded(make_attempt(each, world.assignment)) for each in (me, world.student))
    return SimpleNamespace(account=account, me=me, mine=mine, theirs=theirs, other=world.student, **vars(world))


def rows(both, person: Enrollment) -> list:
    """Return a row of every table whose rows decide about somebody's grade, for a person."""
    pair = Group.objects.create(course=both.course, name=f"pair of {person.name}", hands_in_together=False)
    member = GroupMembership.objects.create(group=pair, student=person)
    granted = {"reason": "ill", "granted_by": both.account, "granted_at": NOW}
    attempt = person.attempts.get()
    told = {"address": "https://canvas.example.edu", "canvas_id": 1}
    link, _ = CanvasCourse.objects.get_or_create(course=both.course, defaults=told)
    push = announce(
        delivery_id=f"d-{person.pk}", repository_id=person.pk, full_name=f"{OWNER}/m01-{person.github_login}"
    )
    return [
        *(person, pair, member, attempt, attempt.runs.get(), push),
        Accommodation.objects.create(student=person, extra_days=2, starts_at=NOW, **granted),
        Extension.objects.create(assignment=both.assignment, student=person, days=2, **granted),
        Extension.objects.create(assignment=both.assignment, group=pair, days=2, **granted),
        Override.objects.create(
            student=person, assignment=both.assignment, points=9, reason="x", set_by=both.account, set_at=NOW
        ),
        GradeDelivery.objects.create(link=link, student=person, assignment=both.assignment, points=9),
    ]


def test_which_rules_are_about_others():
    assert {action for action, rule in RULES.items() if rule.about_others} == ABOUT_OTHERS


@pytest.mark.medium
@pytest.mark.rows
@pytest.mark.parametrize("role", ROLES)
def test_staff_do_to_others_work_what_they_do_not_to_their_own(world, role):
    type(world.course).objects.update(tas_may_grant=True)
    both = both_as(world, role)
    for action in ABOUT_OTHERS - {Action.BIND_REPOSITORY, Action.REGRADE} if role == Role.TA else ABOUT_OTHERS:
        for run, is_mine in ((both.mine, True), (both.theirs, False)):
            for thing in (run, run.attempt, run.attempt.student):
                among = allowed(both.account, action, type(thing)._base_manager.filter(pk=thing.pk)).exists()
                assert may(both.account, action, thing) == among == (not is_mine), (action, thing)
        with pytest.raises(Refused) as refusal:
            require(both.account, action, both.mine)
        assert str(refusal.value) == OWN
        require(None, action, both.mine)
    assert may(both.account, Action.SEE_RESULTS, both.mine)
    assert may(both.account, Action.CHOOSE, both.mine.attempt)


@pytest.mark.medium
@pytest.mark.rows
def test_a_row_about_oneself_is_looked_at_and_left_alone(both):
    mine, theirs = rows(both, both.me), rows(both, both.other)
    assert {each._meta.label_lower for each in mine} | {"courses.student"} == OF_GRADES
    for own, other in zip(mine, theirs, strict=True):
        for right in Right:
            found = rows_in_table(both.account, right, type(own)._base_manager.filter(pk__in=[own.pk, other.pk]))
            may_other = may_in_table(both.account, right, other)
            assert may_in_table(both.account, right, own) == (may_other and right is Right.VIEW), (right, own)
            assert set(found) == ({other} if may_other else set()) | (
                {own} if may_other and right is Right.VIEW else set()
            )
    assert may_in_table(both.account, Right.CHANGE, Override)  # a page of others' grades has its buttons


def test_what_is_of_a_group_with_oneself_in_it_is_ones_own(both):
    attempt = make_attempt(both.other, both.assignment, partners=[both.me])
    assert not may(both.account, Action.REGRADE, attempt)
    assert not allowed(both.account, Action.REGRADE, type(attempt).objects.filter(pk=attempt.pk)).exists()


def refused(both):
    """Yield everything by which somebody could change their own grade, in the order of the book."""
    told = {"by": both.account, "at": NOW, "reason": "because"}
    on_record = {"actor": both.account, "at": NOW, "reason": "because"}
    cell = {"student": both.me, "assignment": both.assignment, **on_record}
    push = announce(delivery_id="d-7", repository_id=7, full_name=f"{OWNER}/m01-both", sender_login="both")
    grading = HandGrading.objects.create(attempt=both.mine.attempt, dealt_at=NOW)
    request = ask(attempt=both.mine.attempt, test_id="", reason="Look.", student=both.me, at=NOW + DAY)
    answer = {"request": request, "answer": "Yes.", "points": Decimal(40), "actor": both.account, "at": NOW + DAY}
    yield lambda: set_points(points=Decimal(40), **cell)
    yield lambda: set_points(points=None, **cell)
    yield lambda: grant_days(days=9, **cell)
    for row in rows(both, both.me):
        if row._meta.app_label != "submissions":
            yield lambda row=row: save_row(row=row, **on_record)
            yield lambda row=row: delete_row(row=row, **on_record)
    yield lambda: set_rows(row=both.me, name="other_sections", others=Section.objects.none(), **on_record)
    yield lambda: save_row(row=OtherEmail(enrollment=both.me, address="both@home.example"), **on_record)
    yield lambda: detach_account(person=both.me, **on_record)
    yield lambda: staff_requests.retry_run(run=both.mine, **told)
    yield lambda: staff_requests.retry_push(push=push, **told)
    yield lambda: staff_requests.refetch(push=push, **told)
    yield lambda: staff_requests.grade_ignored(push=push, **told)
    yield lambda: grade_commit(repository=push.repository, commit_id="8" * 40, counts_from=NOW - DAY, **told)
    yield lambda: keep_draft(grading=grading, marks={}, actor=both.account)
    yield lambda: finish(grading=grading, questions=[], marks={}, actor=both.account, at=NOW)
    for decision in (RequestState.REGRADED, RequestState.BY_HAND, RequestState.DECLINED):
        yield lambda decision=decision: decide(decision=decision, **answer)
    bound = {"assignment": both.assignment, "by": both.account, "at": NOW}
    yield lambda: bind_parked(full_name="org/found", student=both.me, **bound)
    yield lambda: give_to(repository=push.repository, student=both.other, by=both.account, at=NOW)
    theirs = announce(delivery_id="d-8", repository_id=8, full_name=f"{OWNER}/m01-mira-okafor").repository
    yield lambda: give_to(repository=theirs, student=both.me, by=both.account, at=NOW)
    yield lambda: unbind(repository=push.repository, by=both.account, at=NOW)


def test_no_service_lets_anybody_change_their_own_grade(both):
    before = [row.points for row in rows_of(both.me)]
    for ask_for in refused(both):
        with pytest.raises(Refused) as refusal:
            ask_for()
        assert str(refusal.value) == OWN
    told = {"by": both.account, "at": NOW, "reason": "because"}
    assert staff_requests.regrade_attempts(attempts=type(both.mine.attempt).objects.all(), **told) == 1  # the other's
    assert not may_grant(both.account, both.me, both.assignment)
    assert may_grant(both.account, both.other, both.assignment)
    assert decisions_of(both.account, both.me.regrade_requests.get()) == []
    Override.objects.all().delete()
    assert [row.points for row in rows_of(both.me)] == before
    set_points(
        student=both.me, assignment=both.assignment, points=Decimal(3), reason="x", actor=boss(both), at=NOW
    )  # somebody else does
    assert rows_of(both.me)[0].points == 3


def boss(both):
    return make_enrollment(both.course, "boss", Role.INSTRUCTOR).account


def test_a_row_is_not_moved_to_oneself_nor_away_from_oneself(both):
    told = {"actor": both.account, "at": NOW, "reason": "because"}
    granted = {"reason": "ill", "granted_by": both.account, "granted_at": NOW}
    theirs = Extension.objects.create(assignment=both.assignment, student=both.other, days=2, **granted)
    theirs.student = both.me
    mine = Override.objects.create(
        student=both.me, assignment=both.assignment, points=0, reason="x", set_by=both.account, set_at=NOW
    )
    mine.student = both.other
    for row in (theirs, mine):
        with pytest.raises(Refused):
            save_row(row=row, **told)


def test_an_own_push_is_taken_back_by_its_student_and_a_regrade_by_others(both):
    told = {"by": both.account, "at": NOW, "reason": "because"}
    Run.objects.filter(pk=both.mine.pk).delete()
    run = make_run(make_attempt(both.me, both.assignment))
    assert staff_requests.cancel(run=run, **told)
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, reason=RunReason.ASKED_FOR)
    run.refresh_from_db()
    assert not staff_requests.may_cancel(both.account, run)
    with pytest.raises(Refused):
        staff_requests.cancel(run=run, **told)


def test_a_whole_assignment_is_graded_again_by_whoever_leads_the_course(both):
    told = {"by": both.account, "at": NOW, "reason": "the suite was wrong"}
    assert staff_requests.regrade(assignment=both.assignment, newest_only=True, **told) == 2


def test_ones_own_answers_are_dealt_to_others_and_not_found(both):
    me = Enrollment.objects.filter(account=both.account).exclude(pk=both.me.pk)
    graders = list(me) or [make_enrollment(both.course, "tess", Role.TA)]
    deal_out(assignment=both.assignment, graders=graders, by_section=False, actor=both.account, at=NOW)
    dealt = HandGrading.objects.select_related("grader")
    if me:
        assert {row.attempt.student: row.grader for row in dealt} == {both.me: None, both.other: both.account}
    assert {row.attempt.student for row in gradings_for(standing_of(both.account), both.assignment)} == {both.other}


def test_an_import_leaves_the_own_line_of_who_imports(both):
    Section.objects.create(course=both.course, name="Later")
    text = f"Name,Email,Section\n{both.me.name},{both.me.email},Later\n{both.other.name},{both.other.email},Later\n"
    own = {"own": standing_of(both.account).places}
    shown = previewed(both.course, text, **own)
    assert [(each.line, each.stops) for each in shown.problems] == [(2, False)]
    assert "your own line as a student" in shown.problems[0].sentence
    told = {"course": both.course, "actor": both.account, "at": NOW}
    done = roster.confirm(file=roster.read_roster(text.encode()), digest=shown.digest, deactivate_missing=False, **told)
    assert [change.name for change in done.changed] == [both.other.name]
    both.me.refresh_from_db()
    assert (both.me.section, both.me.is_active) == (None, True)
    alone = previewed(both.course, "Name,Email\nSomebody,somebody@example.edu\n", **own)
    assert [each.pk for each in alone.missing] == [both.other.pk]
    with pytest.raises(Refused):  # past the preview
        roster.apply(planned=previewed(both.course, text), deactivate_missing=False, **told)


def test_an_own_repository_is_taken_over_by_its_name_alone(both):
    named, other = (
        ExistingRepository(host_id=number, full_name=name, pushed_at=NOW, default_branch="main")
        for number, name in ((31, f"{OWNER}/m01-both"), (32, f"{OWNER}/m01-somebody"))
    )
    shown = [
        Adoption(named, "both", Standing.THEIRS, both.me, "x"),
        Adoption(other, "somebody", Standing.UNCLEAR, None, "x"),
    ]
    told = {"assignment": both.assignment, "adoptions": shown, "by": both.account, "at": NOW}
    with pytest.raises(Refused):
        adopt(chosen={32: both.me}, **told)
    assert [each.student for each in adopt(chosen={31: both.me}, **told)] == [both.me]


def test_what_waits_of_an_unknown_repository_is_bound_to_oneself_by_others(both):
    name = f"{OWNER}/m01-both-1"
    park(announcement=replace(ANNOUNCEMENT, full_name=name, delivery_id="d-9", repository_id=9), why="x", at=NOW)
    told = {"full_name": name, "assignment": both.assignment, "student": both.me, "at": NOW}
    with pytest.raises(Refused):
        bind_parked(by=both.account, **told)
    assert bind_parked(by=boss(both), **told).student == both.me


def test_the_queue_offers_nothing_of_ones_own(both, client):
    failed = {"state": RunState.NEEDS_ATTENTION, "fault": "The box was away.", "score": None, "max_score": None}
    for run in (both.mine, both.theirs):
        run.checks.all().delete()
        Run.objects.filter(pk=run.pk).update(**failed)
    client.force_login(both.account)
    names = [both.mine.public_id, both.theirs.public_id]
    answer = client.post(f"/courses/{both.course.slug}/queue/", {"run": names})
    assert answer.status_code == 302
    assert set(Run.objects.filter(state=RunState.NEEDS_ATTENTION)) == {both.mine}

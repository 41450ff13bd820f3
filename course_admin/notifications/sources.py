"""What happened since somebody last looked, kind by kind, and whom it concerns: read from the tables where it happened.

Nobody announces anything: so nothing is lost that a transaction kept, whoever died when. Whoever looks twice finds the same
things by the same names, and the ledger knows them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from course_admin.assignments.deadlines import DeadlineBook, deadlines_of
from course_admin.assignments.models import Assignment, Extension
from course_admin.courses.models import Course, Enrollment, GroupMembership, Student
from course_admin.discussion.models import DECISIONS, RegradeRequest
from course_admin.notifications.models import How, Kind, Preference
from course_admin.policy import Action, may
from course_admin.review.models import Comment
from course_admin.submissions.models import PUSH, Attempt, AttemptMember, Run

DAY = timedelta(days=1)
RECEIPTS_FOR = timedelta(days=3)
EXTRA_AT_MOST = timedelta(days=90)  # so long after an assignment's own due time somebody may still have time


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that one person should be told."""

    account_id: int
    thing: str
    assignment: Assignment
    at: datetime
    attempt: Attempt | None = None
    place: str = ""
    due_at: datetime | None = None


def _graded(since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield what was graded, and what was graded again with other points."""
    runs = Run.objects.graded().filter(finished_at__gt=since, finished_at__lte=at)
    runs = runs.select_related("attempt__assignment__course")
    for run in runs.prefetch_related("attempt__memberships__student", "attempt__runs"):
        newest_first = [each for each in run.attempt.runs.all() if each.is_graded]
        earlier = newest_first[newest_first.index(run) + 1 :]
        is_same = bool(earlier) and earlier[0].score == run.score
        if run.finished_at is not None and (run.reason == PUSH or not is_same):
            yield from _for_people(run.attempt, f"run {run.pk}", run.finished_at)


def _comments(since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield comments that can be read now: for the attempt's people, and for staff who wrote in the same thread before."""
    found = Comment.objects.filter(released_at__gt=since, released_at__lte=at)
    for comment in found.select_related("attempt__assignment__course").prefetch_related(
        "attempt__memberships__student"
    ):
        attempt, thing, place = comment.attempt, f"comment {comment.pk}", f"comment-{comment.pk}"
        assert comment.released_at is not None
        theirs = _for_people(attempt, thing, comment.released_at, place)
        yield from (each for each in theirs if each.account_id != comment.author_id)
        people = {person.account_id for person in attempt.people}
        before = Comment.objects.in_thread_of(comment).filter(pk__lt=comment.pk)
        for earlier in before.exclude(author__in=[comment.author_id, *filter(None, people)]).select_related("author"):
            if may(earlier.author, Action.COMMENT, attempt):
                yield Happened(earlier.author_id, thing, attempt.assignment, comment.released_at, attempt, place)


def _decisions(since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield decisions about requests, for who asked."""
    decided = RegradeRequest.objects.filter(decided_at__gt=since, decided_at__lte=at, state__in=DECISIONS)
    for each in decided.select_related("attempt__assignment__course", "student"):
        account = _told(each.student)
        if account and each.decided_at:
            place = f"request-{each.pk}"
            yield Happened(account, f"request {each.pk}", each.assignment, each.decided_at, each.attempt, place)


def _extensions(since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield days that were given, for each who has them."""
    given = Extension.objects.filter(granted_at__gt=since, granted_at__lte=at).defer("reason")
    for each in given.select_related("assignment__course", "student"):
        members = GroupMembership.objects.filter(group=each.group_id).select_related("student") if each.group_id else ()
        for person in [each.student] if each.student else [member.student for member in members]:
            if account := _told(person):
                due_at = deadlines_of(person, each.assignment).extended_due_at
                thing = f"extension {each.pk} {f'{each.due_at:%Y-%m-%dT%H:%M}' if each.due_at else each.days}"
                yield Happened(account, thing, each.assignment, each.granted_at, due_at=due_at)


def _receipts(_since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield what arrived, for those who want its receipt by mail and nobody else: whoever hands in knows that they did.

    However long a host was away between a push and its attempt, it is looked for as far back as for anything.
    """
    wanted = Preference.objects.filter(kind=Kind.RECEIPT).exclude(how=How.NEVER).values("account")
    came = AttemptMember.objects.filter(student__account__in=wanted, attempt__received_at__gt=at - RECEIPTS_FOR)
    for each in came.select_related("attempt__assignment__course", "student"):
        if account := _told(each.student):
            yield Happened(
                account, f"attempt {each.attempt_id}", each.attempt.assignment, each.attempt.received_at, each.attempt
            )


def _due(_since: datetime, at: datetime) -> Iterator[Happened]:
    """Yield what is due within a day for somebody who has not handed in."""
    near = Assignment.objects.filter(is_draft=False, due_at__gt=at - EXTRA_AT_MOST, due_at__lte=at + EXTRA_AT_MOST)
    by_course: dict[Course, list[Assignment]] = {}
    for assignment in near.select_related("course"):
        if assignment.is_released(at):
            by_course.setdefault(assignment.course, []).append(assignment)
    for course, assignments in by_course.items():
        book = DeadlineBook(course)
        for assignment in assignments:
            yield from _due_in(book, assignment, at)


def _due_in(book: DeadlineBook, assignment: Assignment, at: datetime) -> Iterator[Happened]:
    soon = any(terms.due_at and at < terms.due_at <= at + DAY for terms in book.common(assignment))
    others = book.with_extra_days(assignment)
    if not soon and not others:
        return
    students = Student.objects.active().filter(course=assignment.course, account__isnull=False)
    students = students.exclude(pk__in=AttemptMember.objects.filter(assignment=assignment).values("student"))
    for student in students if soon else students.filter(pk__in=others):
        due_at = book.terms(student, assignment).extended_due_at
        if due_at is not None and at < due_at <= at + DAY and student.account_id:
            thing = f"due {assignment.pk} {due_at:%Y-%m-%dT%H:%M}"
            yield Happened(student.account_id, thing, assignment, at, due_at=due_at)


def _told(person: Enrollment) -> int | None:
    """Return the account of somebody who is a student of their course now; None: nobody is told."""
    return person.account_id if person.is_active and person.is_student else None


def _for_people(attempt: Attempt, thing: str, at: datetime, place: str = "") -> Iterator[Happened]:
    for person in attempt.people:
        if account := _told(person):
            yield Happened(account, thing, attempt.assignment, at, attempt, place)


#: Kind -> what happened of it after one moment and until another.
SOURCES: dict[Kind, Callable[[datetime, datetime], Iterator[Happened]]] = {
    Kind.GRADED: _graded,
    Kind.COMMENT: _comments,
    Kind.ANSWER: _decisions,
    Kind.EXTENSION: _extensions,
    Kind.RECEIPT: _receipts,
    Kind.DUE: _due,
}

"""Who grades what: the newest graded attempt of each student, dealt out evenly or by section to people who may grade it.

Dealing again adds what came since. A grading that nobody began goes over to a newer attempt; what somebody began stays theirs,
and what is finished counts until the newer attempt is finished, too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.late import is_closed
from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment, Role, Student
from course_admin.identity.models import User
from course_admin.manual_grading.models import HandGrading
from course_admin.policy import Action, Standing, may, require, standing_of
from course_admin.private_sqlite.names import name_key
from course_admin.submissions.models import Attempt, Run

STAFF = (Role.TA, Role.HEAD_TA, Role.INSTRUCTOR)


@dataclass(frozen=True, slots=True)
class Dealt:
    """What came of it: how many attempts each person was given, `Nobody` those that anybody may take."""

    made: Counter[str]

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.made:
            return gettext("There was nothing new to deal out.")
        shares = ", ".join(
            f"{name}: {count}" for name, count in sorted(self.made.items(), key=lambda share: name_key(share[0]))
        )
        return gettext("Dealt out {total} to grade. {shares}.").format(total=self.made.total(), shares=shares)


def graders_of(assignment: Assignment) -> list[Enrollment]:
    """Return who may be given work in an assignment's course: active staff with an account, by name."""
    staff = Enrollment.objects.active().filter(course=assignment.course_id, account__isnull=False, role__in=STAFF)
    return list(staff.select_related("account").order_by("name", "pk"))


def deal_out(
    *, assignment: Assignment, graders: Sequence[Enrollment], by_section: bool, actor: User | None, at: datetime
) -> Dealt:
    """Give each new attempt to one of some people who may grade it. Raises Refused."""
    require(actor, Action.SET_UP, assignment)
    standings = [(each, standing_of(each.account)) for each in graders]
    load: Counter[int | None] = Counter(
        HandGrading.objects.counting()
        .unfinished()
        .filter(attempt__assignment=assignment)
        .values_list("grader", flat=True)
    )
    made: Counter[str] = Counter()
    with transaction.atomic():
        rows, there = [], _dealt_before(assignment)
        for attempt in list(attempts_to_grade(assignment)):
            if not _makes_room(attempt, there):
                continue
            grader = _choose(attempt, standings, load, by_section)
            load[grader.account_id if grader else None] += 1
            made[grader.name if grader else gettext("Nobody yet")] += 1
            rows.append(HandGrading(attempt=attempt, grader=grader.account if grader else None, dealt_at=at))
        HandGrading.objects.bulk_create(rows, batch_size=500)
        if rows:
            event = new_event(
                assignment.course_id,
                AuditKind.GRADE,
                f"work of grading {assignment} by hand",
                actor=actor,
                at=at,
                reason="",
            )
            event.after = dict(made)
            record([event])
    return Dealt(made)


def attempts_to_grade(assignment: Assignment) -> Iterator[Attempt]:
    """Yield the newest graded attempt of each active student, in time before their hard close, once for a group."""
    book = DeadlineBook(assignment.course, None)
    active = set(Student.objects.active().filter(course=assignment.course_id).values_list("pk", flat=True))
    judged = Run.objects.graded().filter(attempt__assignment=assignment)
    graded = Attempt.objects.filter(assignment=assignment, pk__in=judged.values("attempt"))
    newest: dict[int, Attempt] = {}
    for attempt in graded.with_people().prefetch_related("memberships__student__other_sections").by_arrival():
        for person in attempt.people:
            if person.pk in active and not is_closed(attempt.received_at, book.terms(person, assignment)):
                newest[person.pk] = attempt
    seen: set[int] = set()
    for attempt in sorted(newest.values(), key=lambda each: each.pk):
        if attempt.pk not in seen:
            seen.add(attempt.pk)
            yield attempt


def _dealt_before(assignment: Assignment) -> dict[int, list[HandGrading]]:
    """Return what was dealt already, by the key of each person whose it is."""
    found: dict[int, list[HandGrading]] = defaultdict(list)
    rows = HandGrading.objects.counting().filter(attempt__assignment=assignment)
    for row in rows.prefetch_related("attempt__memberships"):
        for member in row.attempt.memberships.all():
            found[member.student_id].append(row)
    return found


def _makes_room(attempt: Attempt, there: Mapping[int, list[HandGrading]]) -> bool:
    """Say whether an attempt is to be dealt; what nobody began of an older one of its people is taken back for it."""
    rows = [row for person in attempt.people for row in there.get(person.pk, ())]
    older = [row for row in rows if row.finished_at is None and row.attempt_id != attempt.pk]
    if any(row.attempt_id == attempt.pk for row in rows) or any(row.draft for row in older):
        return False
    if older:
        HandGrading.objects.filter(pk__in=[row.pk for row in older]).delete()
    return True


def _choose(
    attempt: Attempt, standings: Sequence[tuple[Enrollment, Standing]], load: Counter[Any], by_section: bool
) -> Enrollment | None:
    """Return who has least to do of those who may, of the same section first where it goes by sections."""
    able = [person for person, standing in standings if may(standing, Action.GRADE_BY_HAND, attempt)]
    sections = {each.section_id for each in attempt.people if each.section_id}
    own = [each for each in able if each.section_id in sections] if by_section else []
    return min(own or able, key=lambda each: load[each.account_id], default=None)

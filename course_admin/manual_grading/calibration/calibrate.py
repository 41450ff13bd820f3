"""The same submissions for two people, drawn by a seed; and, once both have finished one, what each gave."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment
from course_admin.identity.models import User
from course_admin.manual_grading.book import asked
from course_admin.manual_grading.calibration.agreement import Agreement, agreement
from course_admin.manual_grading.grading.deal import attempts_to_grade
from course_admin.manual_grading.models import HandGrading, ManualPart, Purpose, Question
from course_admin.manual_grading.points import points_of_answer
from course_admin.policy import Action, may, require, standing_of

HOW_MANY = 10


class NotToCalibrate(ValueError):
    """A calibration cannot begin; its text is a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One submission that both have finished: what each gave to each question."""

    name: str
    pairs: list[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Table:
    """Two people's calibration: `left` of each to grade, the rows that both finished, agreement by question and in all."""

    people: tuple[User, User]
    left: tuple[int, int]
    rows: list[Row]
    by_question: list[tuple[Question, Agreement]]
    overall: Agreement


def begin(*, assignment: Assignment, people: Sequence[Enrollment], seed: int, actor: User | None, at: datetime) -> int:
    """Give two people the same submissions, ten or as many as both may grade; return how many. Raises NotToCalibrate, Refused."""
    require(actor, Action.SET_UP, assignment)
    if len({each.account_id for each in people}) != 2:
        raise NotToCalibrate(gettext("Choose two people: a calibration compares them."))
    standings = [standing_of(each.account) for each in people]
    both = [
        attempt
        for attempt in attempts_to_grade(assignment)
        if all(may(standing, Action.GRADE_BY_HAND, attempt) for standing in standings)
    ]
    if not both:
        raise NotToCalibrate(gettext("There is no graded attempt that both of them may grade."))
    there = HandGrading.objects.filter(purpose=Purpose.CALIBRATION, attempt__assignment=assignment)
    if there.filter(grader__in=[each.account_id for each in people]).exists():
        raise NotToCalibrate(
            gettext("One of them calibrates in this assignment already: one calibration for each person is kept.")
        )
    chosen = sorted(random.Random(seed).sample(both, min(HOW_MANY, len(both))), key=lambda each: each.pk)
    with transaction.atomic():
        HandGrading.objects.bulk_create(
            HandGrading(attempt=attempt, purpose=Purpose.CALIBRATION, grader=each.account, dealt_at=at)
            for each in people
            for attempt in chosen
        )
        event = new_event(
            assignment.course_id, AuditKind.GRADE, f"calibration in {assignment}", actor=actor, at=at, reason=""
        )
        event.after = {"people": [each.name for each in people], "submissions": len(chosen)}
        record([event])
    return len(chosen)


def tables(assignment: Assignment) -> list[Table]:
    """Return the calibrations of an assignment: the pairs of people who were given the same submissions."""
    part = ManualPart.objects.filter(assignment=assignment).first()
    questions = list(part.questions.prefetch_related("items")) if part else []
    rows = HandGrading.objects.filter(purpose=Purpose.CALIBRATION, attempt__assignment=assignment)
    by_attempt: dict[int, list[HandGrading]] = defaultdict(list)
    for row in rows.select_related("grader").order_by("pk"):
        by_attempt[row.attempt_id].append(row)
    pairs: dict[tuple[int, int], list[tuple[HandGrading, HandGrading]]] = defaultdict(list)
    for found in by_attempt.values():
        for one, other in zip(found[::2], found[1::2], strict=False):
            pairs[one.grader_id or 0, other.grader_id or 0].append((one, other))
    return [_table(each, questions) for each in pairs.values()]


def _table(gradings: Sequence[tuple[HandGrading, HandGrading]], questions: Sequence[Question]) -> Table:
    first = gradings[0]
    people = (first[0].grader, first[1].grader)
    assert people[0] is not None and people[1] is not None  # noqa: PT018 - a constraint holds both
    rules = asked(questions)
    rows = []
    for number, (one, other) in enumerate(gradings, 1):
        if one.marks is not None and other.marks is not None:
            marks = (one.marks, other.marks)
            given = [
                (
                    points_of_answer(rule, marks[0].get(str(rule.key), {})),
                    points_of_answer(rule, marks[1].get(str(rule.key), {})),
                )
                for rule in rules
            ]
            rows.append(Row(gettext("Submission {number}").format(number=number), given))
    left = tuple(sum(pair[place].finished_at is None for pair in gradings) for place in (0, 1))
    by_question = [(each, agreement([row.pairs[place] for row in rows])) for place, each in enumerate(questions)]
    overall = agreement([pair for row in rows for pair in row.pairs])
    return Table((people[0], people[1]), (left[0], left[1]), rows, by_question, overall)

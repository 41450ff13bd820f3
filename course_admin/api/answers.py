"""From what the service knows to what the API answers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from course_admin.api.schemas import AssignmentOut, AttemptOut, CheckOut, CourseOut, GradeOut, ReportOut
from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.grading.grades import GradeRow
from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.report import AttemptReport, report
from grader.points import round_points


def course_out(course: Course, places: list[Enrollment]) -> CourseOut:
    """Return a course with somebody's roles in it."""
    return CourseOut(slug=course.slug, title=course.title, roles=sorted(each.role for each in places))


def assignments_out(course: Course, student: Enrollment | None) -> list[AssignmentOut]:
    """Return a course's open assignments, with the times of one of its students, or their own."""
    book = DeadlineBook(course, student) if student else None
    return [_assignment_out(each, book, student) for each in Assignment.objects.filter(course=course, is_draft=False)]


def _assignment_out(assignment: Assignment, book: DeadlineBook | None, student: Enrollment | None) -> AssignmentOut:
    due_at, closes_at = assignment.due_at, assignment.closes_at
    if book is not None and student is not None:
        terms = book.terms(student, assignment)
        due_at, closes_at = terms.extended_due_at, terms.extended_closes_at
    return AssignmentOut(
        slug=assignment.slug,
        title=assignment.title,
        points=float(assignment.points),
        releases_at=assignment.releases_at,
        due_at=due_at,
        closes_at=closes_at,
        takes_uploads=assignment.takes_uploads,
    )


def attempt_out(attempt: Attempt, user: Any, at: datetime, url: str) -> AttemptOut:
    """Return where an attempt stands, as somebody who may see it sees it."""
    return AttemptOut(**_standing(report(attempt=attempt, user=user, at=at), url))


def report_out(attempt: Attempt, user: Any, at: datetime, url: str) -> ReportOut:
    """Return an attempt's report, as somebody who may see it sees it."""
    seen = report(attempt=attempt, user=user, at=at)
    checks = [
        CheckOut(
            number=each.number,
            name=each.name,
            verdict=each.verdict,
            points=_number(each.points),
            max_points=_number(each.max_points),
            message=each.message,
            output=each.output,
            why_withheld=each.why_withheld,
        )
        for each in seen.checks
    ]
    told: dict[str, Any] = {"refusal": attempt.refusal, "notes": seen.notes, "checks": checks}
    return ReportOut(**_standing(seen, url), **told, tree_digest=attempt.tree_digest, commit=attempt.commit_id)


def _standing(seen: AttemptReport, url: str) -> dict[str, Any]:
    attempt, run = seen.attempt, seen.run
    return {
        "id": attempt.public_id,
        "number": attempt.number,
        "course": attempt.assignment.course.slug,
        "assignment": attempt.assignment.slug,
        "received_at": attempt.received_at,
        "is_late": seen.is_late,
        "state": run.state if run else "refused" if attempt.refusal else "not_graded",
        "is_final": seen.is_final,
        "sentence": seen.sentence,
        "score": _number(run.score) if run else None,
        "max_score": _number(run.max_score) if run else None,
        "url": url,
    }


def grade_out(row: GradeRow, at: datetime) -> GradeOut:
    """Return a line of a gradebook, as staff see it."""
    return GradeOut(
        student=row.student.name,
        email=row.student.email,
        student_id=row.student.student_id,
        assignment=row.assignment.slug,
        points=_number(row.points),
        max_points=float(row.assignment.points),
        attempt=row.judging.public_id if row.judging else None,
        late_days=row.late_days,
        is_held=not row.assignment.are_grades_out(at),
    )


def _number(points: Decimal | None) -> float | None:
    """Return points as a page shows them."""
    return None if points is None else float(round_points(points))

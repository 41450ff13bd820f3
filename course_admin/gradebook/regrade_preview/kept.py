"""The figures of a finished preview as its page shows them: worked out once, kept, and worked out again when they may be others.

They may be whenever anything of the course is audited, or judged, or the preview goes on: what a grade is made of is one or the
other. Where that misses something nothing wrong is published: publishing works the figures out itself, and refuses others than
those that were seen; then the kept ones are forgotten.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Max

from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent
from course_admin.gradebook.grading.what_if import Move
from course_admin.gradebook.models import PreviewFigures
from course_admin.gradebook.regrade_preview.figures import difference, figures_of, progress_of, runs_of
from course_admin.gradebook.regrade_preview.services import uncovered
from course_admin.submissions.models import RegradePreview, Run, RunState
from grader.points import points_text

FORM = 1  # of what is kept; another one is worked out anew


@dataclass(frozen=True, slots=True)
class ShownMove:
    """One change as the page says it; `runs`: the run that counts and the one that would, where they are two."""

    student: int
    name: str
    title: str  # of the assignment
    is_here: bool  # in the preview's own assignment
    before: str
    after: str
    by: str
    runs: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """What the page says of a finished preview; `left`: attempts that count and were not tried."""

    moves: list[ShownMove]
    same: int
    overridden: int
    bars: list[tuple[str, int]]
    digest: str
    left: list[int]


def kept_figures(preview: RegradePreview) -> ShownFigures:
    """Return the figures of a finished preview, in a constant number of queries."""
    basis = _basis(preview)
    kept = PreviewFigures.objects.filter(preview=preview, basis=basis).first()
    if kept is not None:
        return _read(kept.figures)
    found = _worked_out(preview)
    PreviewFigures.objects.update_or_create(preview=preview, defaults={"figures": asdict(found), "basis": basis})
    return found


def forget_figures(assignment: Assignment) -> None:
    """Have the figures of an assignment's previews worked out anew when they are next asked for."""
    PreviewFigures.objects.filter(preview__assignment=assignment).delete()


def _basis(preview: RegradePreview) -> str:
    """Return what changes with whatever may change a figure: the newest line of the log, the newest result, the progress."""
    course = preview.assignment.course_id
    event = AuditEvent.objects.filter(course=course).aggregate(newest=Max("pk"))["newest"]
    graded = Run.every.filter(attempt__assignment__course=course, state=RunState.GRADED).order_by("-finished_at")
    newest = graded.values_list("finished_at", flat=True).first()
    progress = progress_of(preview)
    return f"{FORM} {event} {newest and newest.isoformat()} {progress.graded} {progress.stuck} {progress.all}"


def _worked_out(preview: RegradePreview) -> ShownFigures:
    found = figures_of(preview)
    moves = [_shown(move, preview) for move in found.moves]
    return ShownFigures(moves, found.same, found.overridden, found.bars, found.digest, sorted(uncovered(preview)))


def _shown(move: Move, preview: RegradePreview) -> ShownMove:
    by = difference(move)
    return ShownMove(
        student=move.after.student.pk,
        name=move.after.student.name,
        title=move.after.assignment.title,
        is_here=move.after.assignment.pk == preview.assignment.pk,
        before=move.before.grade.sentence,
        after=move.after.grade.sentence,
        by=f"{'+' if by > 0 else ''}{points_text(by)}",
        runs=runs_of([move]).get(move.after.student.pk),
    )


def _read(figures: dict[str, Any]) -> ShownFigures:
    moves = [ShownMove(**{**each, "runs": tuple(each["runs"]) if each["runs"] else None}) for each in figures["moves"]]
    bars = [(label, count) for label, count in figures["bars"]]
    return ShownFigures(**{**figures, "moves": moves, "bars": bars})

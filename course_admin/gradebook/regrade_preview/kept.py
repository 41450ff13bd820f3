"""The figures of a finished preview as its page shows them: worked out by a task, kept, and again when they may be others.

They may be whenever anything of the course is audited, or judged, or the preview goes on: what a grade is made of is one or the
other. Where that misses something nothing wrong is published: publishing works the figures out itself, and refuses others than
those that were seen; then the kept ones are forgotten. A page shows the kept ones meanwhile, and says that others are on their way.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max
from django.utils.translation import gettext, override

from course_admin import task_sender
from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent
from course_admin.gradebook.grading.what_if import Move
from course_admin.gradebook.models import PreviewFigures
from course_admin.gradebook.regrade_preview.figures import difference, figures_of, progress_of, runs_of
from course_admin.gradebook.regrade_preview.services import uncovered
from course_admin.submissions.models import PreviewState, RegradePreview, Run, RunState
from grader.points import points_text

FORM = 1  # of what is kept; another one is worked out anew
ASKED_AGAIN_SECONDS = 60


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


def kept_figures(preview: RegradePreview) -> tuple[ShownFigures | None, bool]:
    """Return the figures that were worked out last, None before the first, and whether nothing has changed since then."""
    kept = PreviewFigures.objects.filter(preview=preview).first()
    if kept is None or not kept.basis.startswith(f"{FORM} "):
        return None, False
    return _read(kept.figures), kept.basis == _basis(preview)


def are_current(preview: RegradePreview) -> bool:
    """Say whether a preview's figures are worked out and nothing has changed since then."""
    return PreviewFigures.objects.filter(preview=preview, basis=_basis(preview)).exists()


def ask_for_figures(preview: RegradePreview) -> None:
    """Have a task work a preview's figures out; who waits for them asks again and again, and one message in a while is sent."""
    if cache.add(_asked(preview), True, timeout=ASKED_AGAIN_SECONDS):
        task_sender.send_on_commit(task_sender.WORK_OUT, {"preview": preview.pk})


def work_out(preview: RegradePreview) -> bool:
    """Work out the figures of an open preview that is finished, unless they are current; return whether it did."""
    if preview.state != PreviewState.OPEN or not progress_of(preview).is_finished or are_current(preview):
        return False
    basis = _basis(preview)  # of before: what changes meanwhile makes them old
    with override(settings.LANGUAGE_CODE):  # what is kept is read by several people
        found = _worked_out(preview)
    PreviewFigures.objects.update_or_create(preview=preview, defaults={"figures": asdict(found), "basis": basis})
    cache.delete(_asked(preview))
    return True


def forget_figures(assignment: Assignment) -> None:
    """Have the figures of an assignment's previews worked out anew when they are next asked for."""
    PreviewFigures.objects.filter(preview__assignment=assignment).delete()


def _asked(preview: RegradePreview) -> str:
    """Return the key under which the shared cache remembers that the figures were asked for."""
    return f"preview-figures-{preview.pk}"


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
    left = sorted(uncovered(preview, found.counting))
    return ShownFigures(moves, found.same, found.overridden, found.bars, found.digest, left)


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
    bars = [(gettext(label), count) for label, count in figures["bars"]]
    return ShownFigures(**{**figures, "moves": moves, "bars": bars})

"""The figures of a finished preview as its page shows them: worked out by a task, kept, and again when they may be others.

They may be whenever anything of the course is audited, or judged, or the preview goes on: what a grade is made of is one or the
other. Where that misses something nothing wrong is published: publishing works the figures out itself, and refuses others than
those that were seen; then the kept ones are forgotten. A page shows the kept ones meanwhile, and says that others are on their way.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max
from django.utils.translation import get_language, gettext, override

from course_admin import task_sender
from course_admin.assignments.models import Assignment
from course_admin.courses.models import AuditEvent
from course_admin.gradebook.grading.counting import Grade
from course_admin.gradebook.grading.what_if import Move
from course_admin.gradebook.models import PreviewFigures
from course_admin.gradebook.regrade_preview.figures import difference, figures_of, progress_of, runs_of
from course_admin.gradebook.regrade_preview.services import uncovered
from course_admin.pages.numbers import points_in_words
from course_admin.submissions.models import PreviewState, RegradePreview, Run, RunState
from grader.points import points_text

FORM = 2  # of what is kept; another one is worked out anew
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
    by: Decimal
    runs: tuple[int, int] | None

    @property
    def change(self) -> str:
        """The difference in points as the page's reader writes it, with its sign."""
        return f"{'+' if self.by > 0 else ''}{points_in_words(self.by)}"


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
    PreviewFigures.objects.update_or_create(preview=preview, defaults={"figures": _worked_out(preview), "basis": basis})
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


def _worked_out(preview: RegradePreview) -> dict[str, Any]:
    found = figures_of(preview)
    moves = [_kept(move, preview) for move in found.moves]
    left = sorted(uncovered(preview, found.counting))
    rest = {"same": found.same, "overridden": found.overridden, "bars": found.bars, "digest": found.digest}
    return {"moves": moves, **rest, "left": left}


def _kept(move: Move, preview: RegradePreview) -> dict[str, Any]:
    """Return a change as it is kept: its sentences in every language, since several people read them."""
    return {
        "student": move.after.student.pk,
        "name": move.after.student.name,
        "title": move.after.assignment.title,
        "is_here": move.after.assignment.pk == preview.assignment.pk,
        "before": _in_each_language(move.before.grade),
        "after": _in_each_language(move.after.grade),
        "by": points_text(difference(move)),
        "runs": runs_of([move]).get(move.after.student.pk),
    }


def _in_each_language(grade: Grade) -> dict[str, str]:
    sentences = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            sentences[language] = grade.sentence
    return sentences


def _read(figures: dict[str, Any]) -> ShownFigures:
    """Return what is kept in the language in force."""
    moves = [_shown(each) for each in figures["moves"]]
    bars = [(gettext(label), count) for label, count in figures["bars"]]
    return ShownFigures(**{**figures, "moves": moves, "bars": bars})


def _shown(kept: dict[str, Any]) -> ShownMove:
    language = get_language() or settings.LANGUAGE_CODE
    before, after = (each.get(language) or each[settings.LANGUAGE_CODE] for each in (kept["before"], kept["after"]))
    said = {"before": before, "after": after, "by": Decimal(kept["by"])}
    return ShownMove(**{**kept, **said, "runs": tuple(kept["runs"]) if kept["runs"] else None})

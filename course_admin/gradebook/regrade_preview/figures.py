"""What publishing a regrade preview would do: whose grades would move, by how much, and which checks are why.

Both sides are what the gradebook computes, once as it is and once as if the preview's runs were the newest judgings, so that
overrides, lateness, slip days and what people graded by hand are in both.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext_noop

from course_admin.gradebook.grading.grades import GradeRow, rows_before_and_after
from course_admin.gradebook.grading.what_if import Move
from course_admin.submissions.models import Check, RegradePreview, Run, RunState
from course_admin.submissions.models.check import VERDICT_LABELS
from grader.verdict import Verdict

#: The distribution's bars: lost or gained, from and to how many percent of the assignment's points (None: any more), and in
#: words, which are kept as they are here and translated where they are shown.
BARS: tuple[tuple[int, int, int | None, str], ...] = (
    (-1, 0, 5, gettext_noop("lose more than 0 %, up to 5 %")),
    (-1, 5, 10, gettext_noop("lose more than 5 %, up to 10 %")),
    (-1, 10, 20, gettext_noop("lose more than 10 %, up to 20 %")),
    (-1, 20, 50, gettext_noop("lose more than 20 %, up to 50 %")),
    (-1, 50, None, gettext_noop("lose more than 50 %")),
    (1, 0, 5, gettext_noop("gain more than 0 %, up to 5 %")),
    (1, 5, 10, gettext_noop("gain more than 5 %, up to 10 %")),
    (1, 10, 20, gettext_noop("gain more than 10 %, up to 20 %")),
    (1, 20, 50, gettext_noop("gain more than 20 %, up to 50 %")),
    (1, 50, None, gettext_noop("gain more than 50 %")),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preview is, in runs."""

    graded: int
    stuck: int  # failed on our side, out of tries
    all: int

    @property
    def over(self) -> int:
        """How many will change no more by themselves."""
        return self.graded + self.stuck

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be judged."""
        return self.over == self.all


def progress_of(preview: RegradePreview) -> Progress:
    """Return how far a preview is, in one query."""
    counted = Run.every.filter(preview=preview).order_by().values_list("state").annotate(Count("pk"))
    states: dict[str, int] = dict(counted)
    return Progress(states.get(RunState.GRADED, 0), states.get(RunState.NEEDS_ATTENTION, 0), sum(states.values()))


@dataclass(frozen=True, slots=True)
class Figures:
    """The grades of an assignment before and after, and those of others that move because slip days do.

    `counting`: the attempts of the assignment that count, of all students.
    """

    moves: list[Move]
    same: int
    overridden: int  # grades set by hand: they stay, whatever a suite says
    bars: list[tuple[str, int]]
    digest: str
    counting: frozenset[int]


def figures_of(preview: RegradePreview) -> Figures:
    """Return what publishing would do now, in one pass over the course and a constant number of queries."""
    assignment = preview.assignment
    counting: set[int] = set()
    moves, here = [], []
    for before, after in rows_before_and_after(preview):
        counting |= {row.judging.attempt_id for row in before if row.judging and row.assignment.pk == assignment.pk}
        if after is None:
            continue
        pairs = [Move(*both) for both in zip(before, after, strict=True)]
        moves += [pair for pair in pairs if pair.before.points != pair.after.points]
        here += [pair for pair in pairs if pair.after.assignment.pk == assignment.pk]
    moves_here = [move for move in moves if move.after.assignment.pk == assignment.pk]
    return Figures(
        moves=moves,
        same=len(here) - len(moves_here),
        overridden=sum(pair.after.grade.is_overridden for pair in here),
        bars=_bars(moves_here, assignment.points),
        digest=_digest([*here, *moves]),
        counting=frozenset(counting),
    )


def _key(row: GradeRow) -> tuple[int, int]:
    return row.student.pk, row.assignment.pk


def _digest(moves: Sequence[Move]) -> str:
    lines = sorted(f"{_key(move.after)} {move.before.points} {move.after.points}" for move in moves)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def difference(move: Move) -> Decimal:
    """Return by how much a grade would move; no grade counts as 0."""
    return (move.after.points or Decimal()) - (move.before.points or Decimal())


def _bars(moves: Sequence[Move], points: Decimal) -> list[tuple[str, int]]:
    """Return how many grades move by how many percent of the assignment's points, losses first."""
    shares = [100 * difference(move) / points for move in moves if points]
    bars = []
    for sign, low, high, label in BARS:
        count = sum(low < sign * share and (high is None or sign * share <= high) for share in shares)
        bars.append((label, count))
    return bars


@dataclass(frozen=True, slots=True)
class Differing:
    """A check that came out otherwise: its verdict and points before and after; "" and None where it did not exist."""

    name: str
    before: str
    after: str
    points_before: Decimal | None
    points_after: Decimal | None


#: Student -> the run that counts and the one that would.
Pairs = Mapping[int, tuple[int, int]]


def runs_of(moves: Iterable[Move]) -> Pairs:
    """Return the two runs of each move that is one from a run to another."""
    return {
        move.after.student.pk: (move.before.judging.run_id, move.after.judging.run_id)
        for move in moves
        if move.before.judging and move.after.judging and move.before.judging.run_id != move.after.judging.run_id
    }


def why(pairs: Pairs) -> dict[int, list[Differing]]:
    """Return, by the student's key, the checks that differ between the judging that counts and the one that would."""
    runs = {run for pair in pairs.values() for run in pair}
    lines: dict[int, dict[str, tuple[str, str, Decimal]]] = defaultdict(dict)
    rows = Check.objects.filter(run__in=runs).order_by("run", "position")
    for run, test_id, name, verdict, points in rows.values_list("run", "test_id", "name", "verdict", "points"):
        lines[run][test_id] = name, str(VERDICT_LABELS[Verdict(verdict)]), points
    return {student: _differing(lines[before], lines[after]) for student, (before, after) in pairs.items()}


def _differing(
    before: dict[str, tuple[str, str, Decimal]], after: dict[str, tuple[str, str, Decimal]]
) -> list[Differing]:
    found = []
    for test_id in [*after, *(each for each in before if each not in after)]:
        old, new = before.get(test_id), after.get(test_id)
        if (old and old[1:]) != (new and new[1:]):
            name = (new or old or ("", "", Decimal()))[0]
            found.append(
                Differing(
                    name,
                    old[1] if old else "",
                    new[1] if new else "",
                    old[2] if old else None,
                    new[2] if new else None,
                )
            )
    return found

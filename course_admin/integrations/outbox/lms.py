"""What the outbox asks of an LMS: six questions, and three ways in which an answer can fail to come.

LmsProblem
|-- TemporaryFailure      it is away or asks for patience: the same again after a while
|-- LinkBroken   the link itself cannot work (token, address, course): it is paused until somebody mends it
|-- Rejected    it does not take this one thing, and says why
`-- SomeRejected it took some of what it was handed, and says of each of the others why not
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Protocol

from course_admin.courses.models import Enrollment
from grader.points import HUNDREDTH, points_text, round_points

WORDS_BYTES = 2 << 10
LARGEST = Decimal("9999999.99")  # points


class LmsProblem(Exception):
    """An LMS did not do what it was asked for; the text is for staff, and cleaned."""


class TemporaryFailure(LmsProblem):
    """It may work later, at the earliest after `seconds`."""

    def __init__(self, words: str, seconds: float = 0) -> None:
        super().__init__(words)
        self.seconds = seconds


class LinkBroken(LmsProblem):
    """Nothing works over this link until somebody has changed something."""


class Rejected(LmsProblem):
    """The LMS refuses one request, for a reason that will not pass by itself."""


class SomeRejected(LmsProblem):
    """The LMS took, as the work `job`, what one request held, but for some students: their numbers there, and why."""

    def __init__(self, job: str, refused: Mapping[str, str]) -> None:
        super().__init__("; ".join(refused.values()))
        self.job, self.refused = job, refused


@dataclass(frozen=True, slots=True)
class GradeEntry:
    """A grade as it is sent."""

    points: Decimal
    comment: str


@dataclass(frozen=True, slots=True)
class Match:
    """Who a student is in the LMS: their number there, or, if it is empty, a sentence that says why nobody."""

    remote_id: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """How far the LMS is with what it was sent."""

    is_over: bool
    words: str = ""


class NotPoints(Enum):
    """What stands there in the place of points; nothing of ours takes its place."""

    EXCUSED = "excused"  # the assignment does not count for the student
    UNREADABLE = "something that is no number"  # it may be a grade, so it is not taken for none


#: What an LMS shows for one student and assignment; None: no grade.
Shown = Decimal | NotPoints | None


def number_of(value: Any) -> Decimal | None:
    """Return what an LMS's JSON says as a number, if it is one; a text of digits is one, too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return bounded(number) if number.is_finite() else None


def points_shown(value: Any) -> Shown:
    """Return what an LMS's JSON says in the place of points; only null and an empty text are no grade."""
    if value is None or value == "":
        return None
    number = number_of(value)
    return NotPoints.UNREADABLE if number is None else number


def bounded(points: Decimal) -> Decimal:
    """Return a number of an LMS as a delivery can hold it: one that is larger is a grade as well, and none of ours."""
    return max(min(points, LARGEST), -LARGEST)


def rounded(shown: Shown) -> Shown:
    """Return what an LMS shows with as many decimals as a grade here has."""
    return round_points(shown) if isinstance(shown, Decimal) else shown


def shown_text(shown: Shown) -> str:
    """Return in words what an LMS shows."""
    if isinstance(shown, NotPoints):
        return shown.value
    return "no grade" if shown is None else points_text(shown)


def as_ours(shown: Shown, ours: Iterable[Decimal | None], out_of: Decimal) -> Shown:
    """Return the grade of ours that an LMS shows, if it may have kept it as a percentage in two decimals; else what it shows.

    Out of more than 100 points such a percentage has fewer digits than the grade, and nobody has changed it.
    """
    known = [each for each in ours if each is not None]
    if not isinstance(shown, Decimal) or shown in known:
        return shown
    return next((each for each in known if _is_percent_of(shown, each, out_of)), shown)


def _is_percent_of(shown: Decimal, points: Decimal, out_of: Decimal) -> bool:
    """Say whether points are shown by way of a percentage, up to the rounding of either to hundredths."""
    if not out_of:
        return False
    percent = points * 100 / out_of
    below = percent // HUNDREDTH * HUNDREDTH
    kept = (each for each in (below, below + HUNDREDTH) if abs(each - percent) <= HUNDREDTH / 2)
    return any(abs(shown - each * out_of / 100) <= HUNDREDTH / 2 for each in kept)


def is_cut(shown: Shown, points: Decimal, out_of: Decimal) -> bool:
    """Say whether an LMS shows the maximum in the place of points above it, as many do unless they are told to let them be."""
    return shown == out_of < points


def maxima_text(there: Decimal | None, here: Decimal) -> dict[str, str]:
    """Return in words of how many points an assignment is out there and here."""
    return {"there": "no points" if there is None else points_text(there), "here": points_text(here)}


class Lms(Protocol):
    """One course in one LMS. Every method may raise an LmsProblem."""

    at_once: int  # the most grades that it is handed in one go
    may_keep_percents: bool  # of points: a percentage in two decimals is all that some keep

    def assignments(self) -> Mapping[int, str]:
        """Return the number there of each assignment here, by its key: those whose grades are sent."""

    def find(self, students: Collection[Enrollment]) -> Mapping[int, Match]:
        """Say who each of some students is, by their key, and remember it."""

    def read(self, assignment: str) -> Mapping[str, Shown]:
        """Return what it shows for each of its students."""

    def maximum(self, assignment: str) -> Decimal | None:
        """Return how many points it is out of; None: it has none, so that points mean nothing there."""

    def write(self, assignment: str, entries: Mapping[str, GradeEntry]) -> str:
        """Hand over grades by its students' numbers; return its name of the work that will store them."""

    def ask(self, job: str) -> Job:
        """Say how far some work is."""


#: A link's relation to the table of its LMS -> what asks that LMS. Each LMS's app adds its own when it is loaded.
KINDS: dict[str, Callable[[Any], AbstractContextManager[Lms]]] = {}


def row_of(link: Any) -> Any:
    """Return a link as the row of its LMS's own table. Raises LinkBroken for a link to no LMS that is known."""
    for name in KINDS:
        row = getattr(link, name, None)
        if row is not None:
            return row
    raise LinkBroken("The link leads to no LMS that is installed here.")


def lms_of(row: Any) -> AbstractContextManager[Lms]:
    """Return what asks the LMS of a row of its own table, to be used as a context manager.

    Whoever plays a round gives it the very same row: what is read anew once it is claimed is what is asked then.
    """
    return KINDS[row._meta.model_name](row)

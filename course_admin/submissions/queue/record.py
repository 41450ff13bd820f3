"""Record a result: once, whole, and only from the holder of the run's lease.

The result is the judge's, and a judge reads student text: everything that is text is cleaned here, at the boundary,
before the database or a page sees it. A result that does not fit its run is a fault of ours and never a score.
"""

import logging
import math
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from course_admin.submissions.models import Check, Run, RunState
from course_admin.submissions.queue.dispatch import fault
from grader.points import HUNDREDTH
from grader.result import (
    MESSAGE_BYTES,
    MESSAGE_LINES,
    NAME_BYTES,
    NOTE_BYTES,
    OUTPUT_BYTES,
    OUTPUT_LINES,
    VISIBILITIES,
    ResultError,
    RunResult,
)
from grader.result import Check as ResultCheck
from grader.sanitize import clean

log = logging.getLogger(__name__)

DOCUMENT_BYTES = 8 << 20
MAX_POINTS = 1_000_000
ROUNDING = Decimal("1e-6")  # what a sum of floats may leave behind


def record(*, run: str, token: str, document: str, at: datetime) -> bool:
    """Store a run's result and end its lease, in one transaction.

    False if the token is not that of the current lease: a late worker, or a message delivered twice. A document that
    is no result, or one of another run, goes to staff as a fault.
    """
    held = Run.every.leased(run, token).select_related("suite", "attempt").first()
    if held is None:
        log.info("A result for %s was dropped: its lease is over, or it is already recorded.", run)
        return False
    try:
        fields, checks = _read(document, held)
    except ResultError as problem:
        fault(run=run, token=token, sentence=f"The worker's result cannot be used: {problem}.", at=at)
        return False
    with transaction.atomic():
        mine = Run.every.leased(run, token).update(
            state=RunState.GRADED, lease_token="", lease_expires_at=None, finished_at=at, fault="", **fields
        )
        if mine:
            Check.objects.bulk_create(checks)
    return bool(mine)


def _read(document: str, run: Run) -> tuple[dict[str, Any], list[Check]]:
    """Parse a result, hold it against its run, and return what to store. Raises ResultError.

    The document comes from a worker that may have been taken over: whatever is odd in it is refused here, by a
    sentence, and not by the database.
    """
    if len(document) > DOCUMENT_BYTES:
        raise ResultError(f"it has {len(document)} characters; at most {DOCUMENT_BYTES} are taken")
    try:
        result = RunResult.from_json(document)
        _compare(result, run)
        checks = [_check(run, position, check) for position, check in enumerate(result.checks, 1)]
        fields = {
            "score": _points(result.score),
            "max_score": _points(result.max_score),
            "notes": [clean(note, NOTE_BYTES) for note in result.notes],
            "leaderboard": [_tidy(asdict(column)) for column in result.leaderboard],
            "provenance": _tidy(result.provenance),
        }
    except (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as problem:
        raise ResultError(f"a value in it has the wrong type or range: {problem}") from problem
    return fields, checks


def _compare(result: RunResult, run: Run) -> None:
    """Raise ResultError unless the result is about this run's tree, suite and seed, within its own maximum."""
    expected = {"tree_digest": run.attempt.tree_digest, "suite_digest": run.suite.digest, "seed": run.seed}
    for name, value in expected.items():
        if (found := result.provenance.get(name)) != value:
            raise ResultError(f"its {name} is {found!r}; this run's is {value!r}")
    if not MAX_POINTS >= result.max_score >= result.score >= 0:
        raise ResultError(f"its score is {result.score} of {result.max_score}")


def _tidy(value: Any) -> Any:
    """Return plain JSON data with every text cleaned. Raises ValueError for a number that JSON has no sign for."""
    if isinstance(value, str):
        return clean(value, NOTE_BYTES)
    if isinstance(value, dict):
        return {clean(key, NOTE_BYTES): _tidy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def _points(points: float) -> Decimal:
    """Return points exactly: whole hundredths, as they were added. Raises ValueError for what nobody could show."""
    exact = Decimal(repr(points)).quantize(HUNDREDTH)
    if abs(exact - Decimal(repr(points))) > ROUNDING:
        raise ValueError(f"{points} is no number of hundredths of a point")
    return exact


def _check(run: Run, position: int, check: ResultCheck) -> Check:
    if check.visibility not in VISIBILITIES or not 0 <= check.max_points <= MAX_POINTS:
        raise ValueError(f"the visibility or the points of check {position}")
    return Check(
        run=run,
        position=position,
        test_id=clean(check.id, NAME_BYTES, 1),
        name=clean(check.name, NAME_BYTES, 1),
        verdict=str(check.verdict),
        points=min(_points(check.points), _points(check.max_points)),
        max_points=_points(check.max_points),
        message=clean(check.message, MESSAGE_BYTES, MESSAGE_LINES),
        output=clean(check.output, OUTPUT_BYTES, OUTPUT_LINES),
        duration_seconds=_tidy(float(check.duration_s)),
        number=clean(check.number, 40, 1),
        visibility=check.visibility,
        tags=[clean(tag, 100, 1) for tag in check.tags],
        budget=_tidy(check.budget),
    )

"""The result of one run: one schema, JSON in and out, and Gradescope's results.json made from it. Side: any.

The JSON is `assay.result/1`; `docs/result-schema.md` describes every field, `RunResult.from_json` refuses unknown ones.
Points are whole hundredths, finite, and never above `max_points`; so their sum is exact, and what is shown is what was
added.
"""

import json
import math
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from grader.errors import GraderError
from grader.sanitize import clean
from grader.verdict import Verdict

SCHEMA = "assay.result/1"
POINT_DECIMALS = 2
#: How long the texts of a result may be, once cleaned. The supervisor keeps to it when it makes one; whoever stores one
#: (and believes no worker) cleans it again by the same limits, which changes nothing in an honest one.
NAME_BYTES, NOTE_BYTES = 400, 1_000
MESSAGE_BYTES, MESSAGE_LINES = 8_000, 120
OUTPUT_BYTES, OUTPUT_LINES = 16_000, 400
#: How long the texts of one check, and of all together, are in Gradescope's file; what it refuses is written nowhere.
GRADESCOPE_TEXT_BYTES, GRADESCOPE_TEXTS_BYTES, LEAST_TEXT_BYTES = 10_000, 800_000, 160
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


class ResultError(GraderError):
    """A JSON document is not a result of this schema."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a result: one pytest item of the suite, its verdict and its points."""

    id: str  # stable within a suite: "test_values.py::test_add[float]"
    name: str  # what a person reads: the test's docstring line, or its name as words
    points: float
    max_points: float
    verdict: Verdict
    message: str = ""  # for the student: what was called, with what, expected, got, one next step
    output: str = ""  # what the student's code printed during the test, capped
    duration_s: float = 0.0  # wall seconds
    number: str = ""
    visibility: str = "visible"
    tags: tuple[str, ...] = ()
    budget: dict[str, Any] | None = None  # the figures of a measured check: ratio, interval, limit, yardstick


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """One column of a leaderboard, as gradescope-utils' `@leaderboard` names it."""

    name: str
    value: float
    order: str = "desc"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run of one tree against one suite found."""

    suite: str
    score: float
    max_score: float
    checks: tuple[Check, ...]
    provenance: dict[str, Any] = field(
        default_factory=dict
    )  # tree_digest, suite_digest, sandbox, seed, limits, versions
    notes: tuple[str, ...] = ()  # for the student: files left out, a package that could not be imported
    leaderboard: tuple[Leaderboard, ...] = ()
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if not (math.isfinite(self.max_score) and self.max_score >= 0):
            raise ResultError(f"the maximum {self.max_score} is no number of points")
        earned = math.fsum(check.points for check in self.checks)
        for check in self.checks:
            if not (math.isfinite(check.points) and 0 <= check.points <= check.max_points + 1e-9):
                raise ResultError(f"check {check.id} has {check.points} points of {check.max_points}")
        if not math.isfinite(self.score) or abs(earned - self.score) > 1e-6:
            raise ResultError(f"the score {self.score} is not the sum of its checks' points, {earned}")

    def to_json(self, indent: int | None = None) -> str:
        """Return the result as strict JSON: no NaN, no lone surrogate."""
        text = json.dumps(asdict(self), indent=indent, allow_nan=False, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str) -> "RunResult":
        """Read a result; raises ResultError if it is not one of this schema, exactly."""
        try:
            raw = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as problem:
            raise ResultError(f"a result must be JSON: {problem}") from None
        if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
            raise ResultError(f"a result must have the schema {SCHEMA}")
        try:
            checks = tuple(
                Check(**{**item, "verdict": Verdict(item["verdict"]), "tags": tuple(item.get("tags", ()))})
                for item in raw.pop("checks")
            )
            leaderboard = tuple(Leaderboard(**item) for item in raw.pop("leaderboard", ()))
            notes = tuple(raw.pop("notes", ()))
            return cls(checks=checks, leaderboard=leaderboard, notes=notes, **raw)
        except (TypeError, KeyError, ValueError, AttributeError) as problem:
            raise ResultError(f"a result of schema {SCHEMA} has other fields than this one: {problem}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def with_notes(result: RunResult, notes: tuple[str, ...]) -> RunResult:
    """Return the result with further notes for the student, first."""
    return replace(result, notes=(*notes, *result.notes)) if notes else result


FIELDS = {cls.__name__: tuple(f.name for f in fields(cls)) for cls in (RunResult, Check, Leaderboard)}


def gradescope(result: RunResult) -> dict[str, Any]:
    """Return Gradescope's results.json as a dictionary.

    Hidden checks carry name, status and points only; long texts keep head and tail. Source: Gradescope autograder
    specification, "Output format".
    """
    tests = []
    most_bytes = min(GRADESCOPE_TEXT_BYTES, max(GRADESCOPE_TEXTS_BYTES // max(len(result.checks), 1), LEAST_TEXT_BYTES))
    for check in result.checks:
        shown = check.visibility != "hidden"
        text = "\n".join(part for part in (check.message, check.output) if part) if shown else ""
        tests.append(
            {
                "name": check.name,
                "name_format": "text",
                "score": check.points,
                "max_score": check.max_points,
                "status": "passed" if check.verdict is Verdict.PASSED else "failed",
                "output": clean(text, most_bytes),
                "output_format": "text",
                "visibility": check.visibility,
                **({"number": check.number} if check.number else {}),
                **({"tags": list(check.tags)} if check.tags else {}),
            }
        )
    out: dict[str, Any] = {
        "score": result.score,
        "output": "\n".join(result.notes),
        "output_format": "text",  # Gradescope's default for this field would render it as HTML
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(math.fsum(check.duration_s for check in result.checks), 3),
        "tests": tests,
    }
    if result.leaderboard:
        out["leaderboard"] = [asdict(column) for column in result.leaderboard]
    return out

"""A report's checks in the order in which a student can use them: what to mend, most points first; what passed; what is hidden.

Checks with one number are one group, their parameters its rows. Where everything that failed failed for one reason, such as a
file that cannot be imported, there is one cause in place of as many cards as there are checks.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from course_admin.submissions.code.places import Place
from course_admin.submissions.reports.failures.marks import Piece, marked
from course_admin.submissions.reports.failures.messages import Frame, Message, parse
from course_admin.submissions.reports.failures.sources import SourceLine, Sources
from course_admin.submissions.reports.visibility import ShownCheck

FEWEST_OF_ONE_CAUSE = 5
_PARAMETERS = re.compile(r"(.*?)\s*\[([^\[\]]*)\]", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """One check that is shown in full."""

    check: ShownCheck
    sources: Sources

    @property
    def title(self) -> str:
        """Its name without its parameters."""
        found = _PARAMETERS.fullmatch(self.check.name)
        return found[1] if found else self.check.name

    @property
    def parameters(self) -> str:
        """What tells it apart from others of its group."""
        found = _PARAMETERS.fullmatch(self.check.name)
        return found[2] if found else ""

    @property
    def lost(self) -> Decimal:
        """The points that it did not earn."""
        return (self.check.max_points or Decimal()) - (self.check.points or Decimal())

    @cached_property
    def message(self) -> Message:
        """Its message's parts."""
        return parse(self.check.message)

    @cached_property
    def sides(self) -> tuple[list[Piece], list[Piece]] | None:
        """Expected and got, with what differs marked; None if the message has not both."""
        expected, got = self.message.expected, self.message.got
        return marked(expected.text, got.text, self.message.tolerance) if expected and got else None

    @property
    def frame(self) -> Frame | None:
        """The innermost line of the student's own code."""
        return self.message.frames[-1] if self.message.frames else None

    @cached_property
    def place(self) -> Place | None:
        """Where that line lies in the student's own files."""
        return self.sources.place_of(self.frame) if self.frame else None

    @cached_property
    def source(self) -> list[SourceLine]:
        """The student's own lines around it."""
        return self.sources.around(self.place)


@dataclass(frozen=True)
class Group:
    """The checks of one number of which some failed."""

    number: str
    title: str
    failed: list[Row]
    of: int

    @property
    def lost(self) -> Decimal:
        """The points that its checks did not earn."""
        return sum((row.lost for row in self.failed), Decimal())

    @property
    def distinct(self) -> list[tuple[Row, list[Row]]]:
        """The failed rows, those that fail for one reason together behind the first of them."""
        found: dict[object, list[Row]] = {}
        for row in self.failed:
            found.setdefault((row.message.cause, tuple(row.message.rows.items())), []).append(row)
        return [(rows[0], rows[1:]) for rows in found.values()]


@dataclass(frozen=True)
class Grouped:
    """A report's checks."""

    cause: Row | None  # the one reason for everything that failed, if there is one
    failed: list[Group]
    passed: list[Row]
    hidden: list[ShownCheck]
    budgets: list[Row]

    @property
    def failed_checks(self) -> int:
        """How many of the shown checks failed."""
        return sum(len(group.failed) for group in self.failed)

    @property
    def hidden_passed(self) -> int:
        """How many of the hidden checks passed."""
        return sum(check.verdict == "passed" for check in self.hidden)


def grouped(checks: list[ShownCheck], sources: Sources) -> Grouped:
    """Return a report's checks in groups."""
    rows = [Row(check, sources) for check in checks if not check.is_withheld]
    failed = [row for row in rows if row.check.verdict != "passed" or row.lost > 0]
    return Grouped(
        cause=_one_cause(failed),
        failed=_groups(rows, failed),
        passed=[row for row in rows if row.check.verdict == "passed" and row.lost <= 0],
        hidden=[check for check in checks if check.is_withheld],
        budgets=[row for row in rows if row.check.pictures],
    )


def _one_cause(failed: list[Row]) -> Row | None:
    if len(failed) < FEWEST_OF_ONE_CAUSE or len({row.message.cause for row in failed}) != 1:
        return None
    return failed[0] if failed[0].message.headline else None


def _key(row: Row) -> str:
    return row.check.number or row.check.test_id.partition("[")[0]


def _groups(rows: list[Row], failed: list[Row]) -> list[Group]:
    """Return the groups with failed checks, those that cost most coming first, then in the suite's order."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[_key(row)] = sizes.get(_key(row), 0) + 1
    by_key: dict[str, list[Row]] = {}
    for row in failed:
        by_key.setdefault(_key(row), []).append(row)
    groups = [Group(found[0].check.number, found[0].title, found, sizes[key]) for key, found in by_key.items()]
    return sorted(groups, key=lambda group: -group.lost)

"""Which attempt counts, what is left of it, and why: pure functions whose result explains itself.

Of an attempt that was judged several times the newest judging counts; what is still queued, superseded or waiting for
staff never replaces a grade. What came after the hard close never counts. An override stands on top of everything, lateness
included: whoever's points are set by hand pays nothing for them, and keeps the slip days for what is due later.

| rule | counts |
| --- | --- |
| last | the attempt that arrived last |
| best | the one with most points before any penalty; of equals the earliest |
| last_on_time | the last that was on time; without one, the last |
| best_after_penalty | the one that leaves most points; of equals the one that spends fewer slip days, then the earliest |
| chosen | the one the student chose; before they choose, the last |
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import NamedTuple

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.late import Deadlines, LatePolicy, Penalty, is_closed, lateness, penalty
from course_admin.assignments.models import CountingRule
from course_admin.pages.numbers import points_in_words

SLIP_DAYS = "slip days"  # the rule's name in a trace
RULE_NAMES = {
    "attempt": _("attempt"),
    "attempts": _("attempts"),
    "counting": _("counting"),
    "extension": _("extension"),
    "hard close": _("hard close"),
    "late policy": _("late policy"),
    "lateness": _("lateness"),
    "override": _("override"),
    "release": _("release"),
    SLIP_DAYS: _("slip days"),
}


class GradedRun(NamedTuple):
    """A graded attempt: its number, when it arrived, and its points on the assignment's own scale, by hand included."""

    number: int
    received_at: datetime
    points: Decimal
    is_chosen: bool = False
    say_parts: Callable[[], str] = str  # where people give some of the points: what is whose, in words


@dataclass(frozen=True, slots=True)
class Overridden:
    """The points somebody set by hand."""

    points: Decimal
    by: str


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule that shaped a grade: its name, and what it did in words; `is_said`: part of the one sentence.

    `say` makes the words where somebody reads them: they are most of a grade's work, and most files hold points alone.
    """

    rule: str
    say: Callable[[], str]
    is_said: bool = True

    @property
    def words(self) -> str:
        """What the rule did, in the language in force."""
        return self.say()

    @property
    def name(self) -> str:
        """The rule's name, for a page."""
        return str(RULE_NAMES.get(self.rule, self.rule))


@dataclass(frozen=True, slots=True)
class Grade:
    """What a student has for an assignment; points are None while nothing counts."""

    points: Decimal | None = None
    counted: GradedRun | None = None
    penalty: Penalty | None = None
    is_overridden: bool = False
    trace: tuple[TraceStep, ...] = ()

    @property
    def sentence(self) -> str:
        """The grade and how it came about, such as `87.4 = 92 of attempt 4, 1 day late, -5 %`."""
        said = ", ".join(step.words for step in self.trace if step.is_said)
        if self.points is None:
            return gettext("No grade: {said}").format(said=said)
        return f"{points_in_words(self.points)} = {said}"


@dataclass(frozen=True)
class _Candidate:
    """An attempt that may count; what its lateness costs is worked out where somebody asks, which most rules do for one."""

    scored: GradedRun
    policy: LatePolicy
    terms: Deadlines
    slip_days_left: int

    @cached_property
    def penalty(self) -> Penalty:
        late = lateness(self.scored.received_at, self.terms, self.policy.grace_minutes)
        return penalty(self.policy, late, self.slip_days_left)

    @property
    def points(self) -> Decimal:
        return self.penalty.applied_to(self.scored.points)


def _last_on_time(candidates: Sequence[_Candidate]) -> _Candidate:
    return ([one for one in candidates if not one.penalty.lateness.is_late] or candidates)[-1]


def _chosen(candidates: Sequence[_Candidate]) -> _Candidate:
    return ([one for one in candidates if one.scored.is_chosen] or candidates)[-1]


# Candidates come in the order of arrival, and `max` takes the first of equals.
_CHOICES: dict[CountingRule, Callable[[Sequence[_Candidate]], _Candidate]] = {
    CountingRule.LAST: lambda candidates: candidates[-1],
    CountingRule.BEST: lambda candidates: max(candidates, key=lambda one: one.scored.points),
    CountingRule.LAST_ON_TIME: _last_on_time,
    CountingRule.BEST_AFTER_PENALTY: lambda candidates: max(
        candidates, key=lambda one: (one.points, -one.penalty.slip_days)
    ),
    CountingRule.CHOSEN: _chosen,
}


def grade(
    attempts: Sequence[GradedRun],
    *,
    rule: CountingRule,
    policy: LatePolicy,
    terms: Deadlines,
    slip_days_left: int = 0,
    override: Overridden | None = None,
) -> Grade:
    """Return a student's grade for one assignment; `attempts` in the order of arrival."""
    candidates = [
        _Candidate(one, policy, terms, slip_days_left) for one in attempts if not is_closed(one.received_at, terms)
    ]
    closed = len(attempts) - len(candidates)
    computed = _computed(_CHOICES[rule](candidates), rule, len(candidates)) if candidates else _nothing(closed)
    if closed and candidates:
        computed = replace(
            computed, trace=(*computed.trace, TraceStep("hard close", partial(_closed, closed), is_said=False))
        )
    return _overridden(computed, override) if override else computed


def _nothing(closed: int) -> Grade:
    if closed:
        return Grade(trace=(TraceStep("hard close", lambda: gettext("every attempt came after the hard close")),))
    return Grade(trace=(TraceStep("attempts", lambda: gettext("no attempt is graded yet")),))


def _computed(counts: _Candidate, rule: CountingRule, candidates: int) -> Grade:
    cost = counts.penalty
    trace = [
        TraceStep("attempt", partial(_of_attempt, counts.scored)),
        TraceStep("counting", partial(_counting, rule, candidates), is_said=False),
    ]
    if cost.lateness.is_late:
        trace.append(TraceStep("lateness", partial(_days_late, cost.lateness.days)))
    if cost.slip_days:
        trace.append(TraceStep(SLIP_DAYS, partial(_slip_days_spent, cost.slip_days)))
    if cost.percent:
        trace.append(TraceStep("late policy", partial(_percent_taken, cost.percent)))
    if cost.lateness.extra_days_used:
        trace.append(TraceStep("extension", partial(_extension_used, cost.lateness.extra_days_used)))
    return Grade(counts.points, counts.scored, cost, trace=tuple(trace))


def _overridden(computed: Grade, override: Overridden) -> Grade:
    first = TraceStep("override", partial(_set_by_hand, computed, override))
    rest = tuple(TraceStep(step.rule, step.say, is_said=False) for step in computed.trace if step.rule != SLIP_DAYS)
    unpaid = replace(computed.penalty, slip_days=0) if computed.penalty else None
    return Grade(override.points, computed.counted, unpaid, is_overridden=True, trace=(first, *rest))


def _of_attempt(scored: GradedRun) -> str:
    parts = scored.say_parts()
    of_attempt = gettext("{points} of attempt {number}").format(
        points=points_in_words(scored.points), number=scored.number
    )
    return f"{of_attempt} ({parts})" if parts else of_attempt


def _counting(rule: CountingRule, candidates: int) -> str:
    words = ngettext("{rule} of {count} attempt", "{rule} of {count} attempts", candidates)
    return words.format(rule=rule.label, count=candidates)


def _closed(count: int) -> str:
    return gettext("{count} later than the hard close").format(count=count)


def _days_late(count: int) -> str:
    return ngettext("{count} day late", "{count} days late", count).format(count=count)


def _slip_days_spent(count: int) -> str:
    return ngettext("{count} slip day spent", "{count} slip days spent", count).format(count=count)


def _percent_taken(percent: Decimal) -> str:
    return f"-{points_in_words(percent)} %"


def _extension_used(count: int) -> str:
    return ngettext("extension of {count} day used", "extension of {count} days used", count).format(count=count)


def _set_by_hand(computed: Grade, override: Overridden) -> str:
    instead = gettext("no grade")
    if computed.points is not None:
        instead = f"{points_in_words(computed.points)} ({computed.sentence})"
    return gettext("set by {person} instead of {instead}").format(person=override.by, instead=instead)

"""What lateness costs, in the words in which a student reads it before it happens, and an example for who decides it."""

from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.late import ALL, LateKind, Lateness, LatePolicy, penalty
from course_admin.pages.moments import span
from course_admin.pages.numbers import points_in_words


def late_words(policy: LatePolicy) -> str:
    """Return what being late costs under a policy, such as `late costs 10 % a day, at most 30 %`."""
    return _cost(policy) + _grace(policy)


#: What each kind that charges says of its percentage; one that is not here fails, and never reads as free.
COSTS = {
    LateKind.PER_DAY: _("late costs {percent} % a day"),
    LateKind.PER_HOUR: _("late costs {percent} % an hour"),
    LateKind.SLIP_DAYS: _("late takes your slip days first, then costs {percent} % a day"),
}


def _cost(policy: LatePolicy) -> str:
    if policy.kind is LateKind.SLIP_DAYS and not policy.percent:
        return gettext("late takes your slip days first")
    if policy.kind is LateKind.NONE or not policy.percent:
        return gettext("late costs nothing")
    most = gettext(", at most {percent} %").format(percent=points_in_words(policy.cap_percent))
    cap = "" if policy.cap_percent >= ALL else most
    return COSTS[policy.kind].format(percent=points_in_words(policy.percent)) + cap


def _grace(policy: LatePolicy) -> str:
    if not policy.grace_minutes:
        return ""
    return gettext("; {span} of grace").format(span=span(policy.grace_minutes))


#: What the example is about: an attempt of so many points, so much too late.
EXAMPLE_POINTS, EXAMPLE_HOURS, EXAMPLE_DAYS_BEGUN = Decimal(80), 27, 2
EXAMPLE = _("For example, an attempt of {points} points that arrives {hours} hours late keeps {kept}.")
EXAMPLES = {
    LateKind.PER_DAY: _(
        "For example, an attempt of {points} points that arrives {hours} hours late keeps {kept}, for {days} days begun."
    ),
    LateKind.PER_HOUR: _(
        "For example, an attempt of {points} points that arrives {hours} hours late keeps {kept}, for {hours} hours begun."
    ),
    LateKind.SLIP_DAYS: _(
        "For example, an attempt of {points} points that arrives {hours} hours late takes {days} of its student's slip days and "
        "keeps all its points; where none is left, it keeps {kept}."
    ),
}


def late_example(policy: LatePolicy) -> str:
    """Return what a policy makes of one late attempt, worked out by the policy itself."""
    late = Lateness(days=EXAMPLE_DAYS_BEGUN, hours=EXAMPLE_HOURS)
    kept = penalty(policy, late).applied_to(EXAMPLE_POINTS)
    example = EXAMPLES.get(policy.kind, EXAMPLE) if policy.percent or policy.kind is LateKind.SLIP_DAYS else EXAMPLE
    points = {"points": points_in_words(EXAMPLE_POINTS), "kept": points_in_words(kept)}
    return example.format(hours=EXAMPLE_HOURS, days=EXAMPLE_DAYS_BEGUN, **points)

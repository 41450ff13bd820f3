"""What lateness costs, in the words in which a student reads it before it happens, and an example for who decides it."""

from decimal import Decimal

from django.utils.translation import ngettext

from course_admin.assignments.late import ALL, LateKind, Lateness, LatePolicy, penalty
from grader.points import points_text


def late_words(policy: LatePolicy) -> str:
    """Return what being late costs under a policy, such as `late costs 10 % a day, at most 30 %`."""
    return _cost(policy) + _grace(policy)


def _cost(policy: LatePolicy) -> str:
    percent = f"{points_text(policy.percent)} %"
    cap = "" if policy.cap_percent >= ALL else f", at most {points_text(policy.cap_percent)} %"
    match policy.kind:
        case LateKind.PER_DAY if policy.percent:
            return f"late costs {percent} a day{cap}"
        case LateKind.PER_HOUR if policy.percent:
            return f"late costs {percent} an hour{cap}"
        case LateKind.SLIP_DAYS:
            after = f", then costs {percent} a day{cap}" if policy.percent else ""
            return f"late takes your slip days first{after}"
        case _:
            return "late costs nothing"


def _grace(policy: LatePolicy) -> str:
    if not policy.grace_minutes:
        return ""
    words = ngettext("{number} minute of grace", "{number} minutes of grace", policy.grace_minutes)
    return f"; {words.format(number=policy.grace_minutes)}"


#: What the example is about: an attempt of so many points, so much too late.
EXAMPLE_POINTS, EXAMPLE_HOURS, EXAMPLE_DAYS_BEGUN = Decimal(80), 27, 2


def late_example(policy: LatePolicy) -> str:
    """Return what a policy makes of one late attempt, worked out by the policy itself."""
    late = Lateness(days=EXAMPLE_DAYS_BEGUN, hours=EXAMPLE_HOURS)
    kept = penalty(policy, late).applied_to(EXAMPLE_POINTS)
    arrives = f"an attempt of {points_text(EXAMPLE_POINTS)} points that arrives {EXAMPLE_HOURS} hours late"
    if policy.kind is LateKind.SLIP_DAYS:
        return (
            f"For example, {arrives} takes {EXAMPLE_DAYS_BEGUN} of its student's slip days and keeps all its points; where "
            f"none is left, it keeps {points_text(kept)}."
        )
    units = {LateKind.PER_DAY: f"{EXAMPLE_DAYS_BEGUN} days", LateKind.PER_HOUR: f"{EXAMPLE_HOURS} hours"}.get(
        policy.kind
    )
    begun = f", for {units} begun" if units and policy.percent else ""
    return f"For example, {arrives} keeps {points_text(kept)}{begun}."

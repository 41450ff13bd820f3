"""What lateness costs, in the words in which a student reads it before it happens."""

from django.utils.translation import ngettext

from course_admin.assignments.late import ALL, LateKind, LatePolicy
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

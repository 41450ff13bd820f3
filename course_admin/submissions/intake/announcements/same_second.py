"""Which of several pushes came first that came within one second: their host writes whole seconds, and announces in any order.

What each led away from says it, whichever is announced first: a push whose forerunner is not known yet came after those whose
forerunner is.
"""

from collections.abc import Iterable, Sequence

from course_admin.submissions.intake.branch import RefUpdate
from course_admin.submissions.models import Push
from course_admin.submissions.models.push import STEPS


def place(push: Push, told: Sequence[RefUpdate]) -> None:
    """Give the pushes of a branch that came in one second of their host their places in it, now that there is this one.

    told: what was known of its branch before.
    """
    if push.pushed_at is None or all(each.pushed_at != push.pushed_at for each in told):
        return
    branch = Push.objects.to_branch(push.repository, push.ref)
    together = list(branch.filter(pushed_at=push.pushed_at).order_by("place", "pk"))
    others = branch.exclude(pk__in=[each.pk for each in together]).order_by("-pk")
    for number, each in enumerate(_in_order(together, others.values_list("commit_id", flat=True)[:STEPS])):
        if each.place != number:
            Push.objects.filter(pk=each.pk).update(place=number)


def _in_order(together: Sequence[Push], before: Iterable[str]) -> list[Push]:
    known, rest, ordered = {*before}, list(together), list[Push]()
    while rest:
        ahead = [{each.commit_id for each in rest if each is not one} for one in rest]
        free = [one for one, theirs in zip(rest, ahead, strict=True) if one.before_id not in theirs] or rest
        first = next((one for one in free if one.before_id in known or not one.before_id.strip("0")), free[0])
        known.add(first.commit_id)
        ordered.append(first)
        rest.remove(first)
    return ordered

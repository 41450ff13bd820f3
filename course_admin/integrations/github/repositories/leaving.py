"""Who leaves a group, or the course, loses the access to the group's repository that they were given for it.

So does everybody whose group is gone by now, but the student to whom its repository is bound. What they handed in with their
group stays theirs. Source: GitHub's REST description, "Remove a repository collaborator".
"""

from datetime import timedelta
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q

from course_admin.courses.models import GroupMembership
from course_admin.integrations.github.app.answers import Rejected
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import text
from course_admin.integrations.github.models import Installation, RepositoryMember
from course_admin.integrations.github.repositories.ledger import advance, claim
from course_admin.integrations.github.repositories.making import MAY_NOT, RIGHTS

AT_ONCE = 5  # every ten seconds, two requests each
AGAIN = timedelta(hours=1)  # until one is tried again that GitHub refused


def take_access_back(*, hub: GitHub) -> int:
    """Take access from some who have left; return from how many."""
    at = hub.now()
    is_in = Exists(GroupMembership.objects.filter(group=OuterRef("order__group"), student=OuterRef("student")))
    given = RepositoryMember.objects.filter(given_at__isnull=False)
    gone = given.filter(~is_in | Q(student__is_active=False), order__next_try_at__lte=at)
    rows = gone.select_related("order__assignment").order_by("pk")[:AT_ONCE]
    return sum(claim(row.order, hub.now()) and _take(row, hub) for row in rows)


def _take(member: RepositoryMember, hub: GitHub) -> bool:
    order = member.order
    owner = order.full_name.partition("/")[0]

    def step(installation: Installation) -> None:
        access = Access(installation.number, RIGHTS)
        try:
            told = hub.as_installation(access, "GET", f"/user/{member.github_id}")
            login = text(told if isinstance(told, dict) else {}, "login", "login", 39)
            hub.as_installation(access, "DELETE", f"/repos/{quote(order.full_name)}/collaborators/{quote(login)}")
        except Rejected as problem:
            if problem.status != 404:  # the account, or the repository, is gone: so is the access
                raise
        member.delete()
        type(order).objects.filter(pk=order.pk).update(next_try_at=hub.now(), words="")

    return advance(
        order,
        hub=hub,
        owner=owner,
        needs={"administration": "write"},
        may_not=MAY_NOT.format(owner=owner),
        step=step,
        failed={"next_try_at": hub.now() + AGAIN},
    )

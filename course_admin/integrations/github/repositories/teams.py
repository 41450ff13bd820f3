"""Repositories of groups: which group one is for, what it is called after, and who gets access to it."""

from django.db.models import Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Group
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.integrations.github.models import RepositoryOrder

NAME_CHARACTERS = 60
NO_GROUP = _(
    "You are in no group that hands in together, and this assignment is for groups. Ask your course staff to put you in one: "
    "in one of your own if you work alone."
)
SEVERAL = _("You are in several groups that hand in together. Ask your course staff which of them is right.")
TOO_LARGE = _(
    "Your group {group} has {size} students, and this assignment takes groups of at most {most}. Ask your course staff."
)


class NoTeam(ValueError):
    """A student gets no group's repository; the text is a sentence that says what to do."""


def team_name(group: Group) -> str:
    """Return what stands for a group in its repository's name."""
    return slugify(group.name)[:NAME_CHARACTERS].strip("-_") or f"group-{group.pk}"


def group_for(student: Enrollment, assignment: Assignment) -> Group | None:
    """Return the group for which a student gets a repository; None if each gets their own. Raises NoTeam."""
    if assignment.group_size == 1:
        return None
    groups = list(Group.objects.filter(students=student, hands_in_together=True)[:2])
    if len(groups) != 1:
        raise NoTeam(SEVERAL if groups else NO_GROUP)
    size = members_of(groups[0]).count()
    if size > assignment.group_size:
        raise NoTeam(TOO_LARGE.format(group=groups[0], size=size, most=assignment.group_size))
    return groups[0]


def members_of(group: Group) -> QuerySet[Enrollment]:
    """Return a group's active students, in a fixed order."""
    return Enrollment.objects.active().filter(groups=group).order_by("pk")


def order_of(student: Enrollment, assignment: Assignment) -> RepositoryOrder | None:
    """Return a student's order for an assignment, or the one of a group of which they are a member."""
    mine = RepositoryOrder.objects.filter(Q(student=student) | Q(members__student=student), assignment=assignment)
    return mine.distinct().order_by("-pk").first()


def proven_numbers(account: User | None) -> list[int]:
    """Return the GitHub numbers that an account's owner has proven."""
    if account is None:
        return []
    identities = ProvenIdentity.objects.filter(account=account, kind=IdentityKind.GITHUB).order_by("pk")
    return [int(each.subject) for each in identities]


def known_number(student: Enrollment) -> int | None:
    """Return a student's GitHub number, by the roster or as they have proven it."""
    return student.github_id or next(iter(proven_numbers(student.account)), None)

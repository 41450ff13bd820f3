"""For whom an attempt counts: its student and, in an assignment for groups, those who hand in with them.

Decided once, when the attempt is made: for whom it counts is not changed by who joins or leaves a group later. How late
it is may be: an extension of a group is for those who are in it now.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Group

TOO_LARGE = gettext_noop(
    "Your group {group} has {size} students, and this assignment takes groups of at most {most}: this attempt counts for "
    "you alone. Ask your course staff to sort the group out, then hand in again."
)
SEVERAL = gettext_noop(
    "You are in several groups that hand in together, so this attempt counts for you alone. Ask your course staff which of "
    "them is right, then hand in again."
)
NO_GROUP = gettext_noop(
    "You are in no group that hands in together, so this attempt counts for you alone. If you work with others, ask your "
    "course staff to put you in a group, then hand in again."
)
#: Stored with an attempt in English, and worded anew for each reader.
NOTES = (TOO_LARGE, SEVERAL, NO_GROUP)


@dataclass(frozen=True, slots=True)
class Team:
    """With whom a student hands in; `note` tells the student why that is nobody where it could be somebody."""

    partners: tuple[Enrollment, ...] = ()
    note: str = ""


def team_of(student: Enrollment, assignment: Assignment) -> Team:
    """Return with whom a student hands in an assignment now."""
    if assignment.group_size == 1:
        return Team()
    groups = Group.objects.filter(students=student, hands_in_together=True)[:2]
    if len(groups) != 1:
        return Team(note=SEVERAL if groups else NO_GROUP)
    members = list(Enrollment.objects.active().filter(groups=groups[0]).order_by("pk"))
    if len(members) > assignment.group_size:
        return Team(note=TOO_LARGE.format(group=groups[0], size=len(members), most=assignment.group_size))
    return Team(tuple(member for member in members if member.pk != student.pk))

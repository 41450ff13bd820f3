"""Who gets a repository: whoever asks and has proven their GitHub account, or everybody whose account is known.

Making them is for `making`; here is only decided, once for each student and assignment.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record, save_audited
from course_admin.courses.models import AuditKind, Enrollment, Group, Student
from course_admin.identity.models import User
from course_admin.integrations.github.models import OrderState, RepositoryMember, RepositoryOrder, RepositoryTemplate
from course_admin.integrations.github.push import FULL_NAME
from course_admin.integrations.github.repositories.teams import (
    NoTeam,
    group_for,
    known_number,
    members_of,
    order_of,
    proven_numbers,
)
from course_admin.policy import Action, require

PROVE = _("Log in with GitHub once, on the page of your connected accounts, so that it is known which account gets it.")
OTHER = _(
    "The roster names another GitHub account for you than the one that you logged in with. Ask your course staff."
)
ANOTHER_GROUP = _("You have the repository {order} of another group already. Ask your course staff.")
CLOSED = _("No repositories are made for this assignment yet. Ask your course staff.")


class NoRepository(ValueError):
    """No repository can be asked for; the text is a sentence that says what to do."""


def set_template(*, assignment: Assignment, full_name: str, by: User, at: datetime) -> RepositoryTemplate:
    """Say what an assignment's repositories are made from, audited. Raises Refused, or NoRepository."""
    require(by, Action.SET_UP, assignment)
    if not FULL_NAME.fullmatch(full_name):
        raise NoRepository(gettext("The template must be given as OWNER/NAME."))
    if not assignment.repository_pattern:
        raise NoRepository(
            gettext("The assignment has no repository pattern, which says what its repositories are called.")
        )
    row = RepositoryTemplate.objects.filter(assignment=assignment).first() or RepositoryTemplate(assignment=assignment)
    row.full_name = full_name
    save_audited(thing=row, actor=by, at=at, reason="set on the page of repositories")
    return row


def ask_for(*, student: Enrollment, assignment: Assignment, by: User, at: datetime) -> RepositoryOrder:
    """Ask for a student's own repository, or for their group's, once. Raises Refused, or NoRepository."""
    require(by, Action.HAND_IN, student)
    group = _group(student, assignment)
    known = order_of(student, assignment)
    if known is not None and (group is None or known.group_id == group.pk):
        return known
    if known is not None:
        raise NoRepository(ANOTHER_GROUP.format(order=known))
    if not RepositoryTemplate.objects.filter(assignment=assignment).exists() or assignment.is_draft:
        raise NoRepository(CLOSED)
    numbers = proven_numbers(by)
    if not numbers:
        raise NoRepository(PROVE)
    if student.github_id is not None and student.github_id not in numbers:
        raise NoRepository(OTHER)
    number = student.github_id or numbers[0]
    asked = {"github_id": number, "asked_at": at, "next_try_at": at}
    if group is not None:
        return _join(assignment, group, student, asked)
    row, _ = RepositoryOrder.objects.get_or_create(assignment=assignment, student=student, defaults=asked)
    return row


def _group(student: Enrollment, assignment: Assignment) -> Group | None:
    try:
        return group_for(student, assignment)
    except NoTeam as problem:
        raise NoRepository(str(problem)) from None


def _join(assignment: Assignment, group: Group, student: Enrollment, asked: dict[str, Any]) -> RepositoryOrder:
    """Ask for a group's repository with everybody in it whose account is known; into one that is there, let a student in."""
    with transaction.atomic():
        Group.objects.select_for_update().get(pk=group.pk)
        row, is_new = RepositoryOrder.objects.get_or_create(
            assignment=assignment, group=group, defaults={"student": student, **asked}
        )
        others = members_of(group).exclude(pk=row.student_id).select_related("account") if is_new else [student]
        numbers = {student.pk: asked["github_id"]}
        joined = [(each, numbers.get(each.pk) or known_number(each)) for each in others]
        RepositoryMember.objects.bulk_create(
            [RepositoryMember(order=row, student=each, github_id=number) for each, number in joined if number],
            ignore_conflicts=True,
        )
        if not is_new:  # made already, or failed: the newcomer's access is what is left to do
            ready = RepositoryOrder.objects.filter(pk=row.pk, state=OrderState.READY)
            ready.update(state=OrderState.MADE, next_try_at=asked["next_try_at"])
            row.refresh_from_db()
    return row


def order_for_all(*, assignment: Assignment, by: User, at: datetime) -> int:
    """Ask for a repository for every student whose GitHub account is known, audited; return how many. Raises as above."""
    require(by, Action.SET_UP, assignment)
    if not RepositoryTemplate.objects.filter(assignment=assignment).exists():
        raise NoRepository(gettext("Say first what they are made from."))
    with transaction.atomic():
        made = _for_groups(assignment, at) if assignment.group_size > 1 else _for_each(assignment, at)
        if made:
            event = new_event(
                assignment.course_id,
                AuditKind.COURSE,
                f"repositories of {assignment}",
                actor=by,
                at=at,
                reason="asked for on the page of repositories",
            )
            event.before, event.after = None, {"repositories": made}
            record([event])
    return made


def _for_each(assignment: Assignment, at: datetime) -> int:
    without = Student.objects.active().filter(course=assignment.course_id)
    without = without.exclude(repository_orders__assignment=assignment).select_related("account")
    rows = []
    for student in without:
        number = known_number(student)
        if number is not None:
            asked = {"github_id": number, "asked_at": at, "next_try_at": at}
            rows.append(RepositoryOrder(assignment=assignment, student_id=student.pk, **asked))
    RepositoryOrder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _for_groups(assignment: Assignment, at: datetime) -> int:
    """Ask for a repository for each group of the right size of which somebody's account is known."""
    groups = Group.objects.filter(course=assignment.course_id, hands_in_together=True)
    made = 0
    for group in groups.exclude(repository_orders__assignment=assignment).order_by("pk"):
        people = list(members_of(group).select_related("account"))
        first = next(((each, number) for each in people if (number := known_number(each))), None)
        is_taken = any(order_of(each, assignment) is not None for each in people)
        if first is not None and len(people) <= assignment.group_size and not is_taken:
            _join(assignment, group, first[0], {"github_id": first[1], "asked_at": at, "next_try_at": at})
            made += 1
    return made


def try_again(*, assignment: Assignment, by: User, at: datetime) -> int:
    """Let what was not made be tried again; return how many. Raises Refused."""
    require(by, Action.SET_UP, assignment)
    failed = RepositoryOrder.objects.filter(assignment=assignment, state=OrderState.FAILED)
    return failed.update(state=OrderState.WAITING, tries=0, next_try_at=at, words="")

"""Who gets a repository: whoever asks and has proven their GitHub account, or everybody whose account is known.

Making them is for `making`; here is only decided, once for each student and assignment.
"""

from datetime import datetime

from django.db import transaction

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record, save_audited
from course_admin.courses.models import AuditKind, Enrollment, Student
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.integrations.github.models import OrderState, RepositoryOrder, RepositoryTemplate
from course_admin.integrations.github.push import FULL_NAME
from course_admin.policy import Action, require

PROVE = "Log in with GitHub once, on the page of your connected accounts, so that it is known which account gets it."
OTHER = "The roster names another GitHub account for you than the one that you logged in with. Ask your course staff."
CLOSED = "No repositories are made for this assignment yet. Ask your course staff."


class NoRepository(ValueError):
    """No repository can be asked for; the text is a sentence that says what to do."""


def set_template(*, assignment: Assignment, full_name: str, by: User, at: datetime) -> RepositoryTemplate:
    """Say what an assignment's repositories are made from, audited. Raises Refused, or NoRepository."""
    require(by, Action.SET_UP, assignment)
    if not FULL_NAME.fullmatch(full_name):
        raise NoRepository("The template must be given as OWNER/NAME.")
    if not assignment.repository_pattern:
        raise NoRepository("The assignment has no repository pattern, which says what its repositories are called.")
    row = RepositoryTemplate.objects.filter(assignment=assignment).first() or RepositoryTemplate(assignment=assignment)
    row.full_name = full_name
    save_audited(thing=row, actor=by, at=at, reason="set on the page of repositories")
    return row


def ask_for(*, student: Enrollment, assignment: Assignment, by: User, at: datetime) -> RepositoryOrder:
    """Ask for a student's own repository, once. Raises Refused, or NoRepository."""
    require(by, Action.HAND_IN, student)
    known = RepositoryOrder.objects.filter(assignment=assignment, student=student).first()
    if known is not None:
        return known
    if not RepositoryTemplate.objects.filter(assignment=assignment).exists() or assignment.is_draft:
        raise NoRepository(CLOSED)
    numbers = _proven(by)
    if not numbers:
        raise NoRepository(PROVE)
    if student.github_id is not None and student.github_id not in numbers:
        raise NoRepository(OTHER)
    number = student.github_id or numbers[0]
    row, _ = RepositoryOrder.objects.get_or_create(
        assignment=assignment,
        student=student,
        defaults={"github_id": number, "asked_at": at, "next_try_at": at},
    )
    return row


def order_for_all(*, assignment: Assignment, by: User, at: datetime) -> int:
    """Ask for a repository for every student whose GitHub account is known, audited; return how many. Raises as above."""
    require(by, Action.SET_UP, assignment)
    if not RepositoryTemplate.objects.filter(assignment=assignment).exists():
        raise NoRepository("Say first what they are made from.")
    without = Student.objects.active().filter(course=assignment.course_id)
    without = without.exclude(repository_orders__assignment=assignment)
    rows = []
    for student in without:
        proven = _proven(student.account) if student.account else []
        number = student.github_id or next(iter(proven), None)
        if number is not None:
            asked = {"github_id": number, "asked_at": at, "next_try_at": at}
            rows.append(RepositoryOrder(assignment=assignment, student_id=student.pk, **asked))
    with transaction.atomic():
        RepositoryOrder.objects.bulk_create(rows, ignore_conflicts=True)
        if rows:
            event = new_event(
                assignment.course_id,
                AuditKind.COURSE,
                f"repositories of {assignment}",
                actor=by,
                at=at,
                reason="asked for on the page of repositories",
            )
            event.before, event.after = None, {"repositories": len(rows)}
            record([event])
    return len(rows)


def try_again(*, assignment: Assignment, by: User, at: datetime) -> int:
    """Let what was not made be tried again; return how many. Raises Refused."""
    require(by, Action.SET_UP, assignment)
    failed = RepositoryOrder.objects.filter(assignment=assignment, state=OrderState.FAILED)
    return failed.update(state=OrderState.WAITING, tries=0, next_try_at=at, words="")


def _proven(account: User) -> list[int]:
    """Return the GitHub numbers that an account's owner has proven."""
    identities = ProvenIdentity.objects.filter(account=account, kind=IdentityKind.GITHUB).order_by("pk")
    return [int(each.subject) for each in identities]

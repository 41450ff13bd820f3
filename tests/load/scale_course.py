"""A large course, made in bulk: the same people, attempts and grades for the same numbers, nothing drawn."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model

from course_admin.assignments.late import LateKind
from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    AuditKind,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    Role,
    Section,
)
from course_admin.gradebook.models import Choice, Override
from course_admin.gradebook.regrade_preview.kept import work_out
from course_admin.identity.models import User
from course_admin.submissions.models import (
    Attempt,
    AttemptMember,
    Check,
    Push,
    PushState,
    RegradePreview,
    Repository,
    Run,
    RunState,
)

NOW = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)
SECTIONS = 10
GROUP_SIZE = 4
FOR_GROUPS = 10  # every tenth assignment; in it, all of a group push
CHECKS = 2  # a run: no list shows them
IN_A_BATCH = 5_000


def make_course(slug: str, students: int, assignments: int, attempts: int) -> Course:
    """Make a course with everything that a list shows; every attempt is graded."""
    course = Course.objects.create(slug=slug, title=f"Course {slug}", time_zone="Europe/Berlin", slip_days=4)
    people = _people(course, students)
    things = _assignments(course, assignments)
    _grants(course, people, things)
    for assignment in things:
        _hand_in(course, people, assignment, attempts)
    _preview(course, things[0])
    return course


def _preview(course: Course, assignment: Assignment) -> None:
    """Have a regrade preview of an assignment that is finished: every newest attempt has other points."""
    leader = User.objects.get(email=f"instructor-{course.slug}@example.edu")
    suite, _ = SuiteVersion.objects.get_or_create(
        name="m01_tensor", digest="6" * 64, defaults={"added_at": NOW, "archive_sha256": "c" * 64}
    )
    preview = RegradePreview.objects.create(
        assignment=assignment, suite=suite, reason="a fairer test", begun_by=leader, begun_at=NOW
    )
    newest = assignment.attempts.order_by("push__repository", "-received_at").values_list("pk", "push__repository")
    by_repository = {repository: attempt for attempt, repository in reversed(list(newest))}
    tried = {"suite": suite, "seed": 4117, "state": RunState.GRADED, "queued_at": NOW, "not_before": NOW}
    tried |= {"rank_at": NOW, "finished_at": NOW, "max_score": Decimal(100), "preview": preview, "is_trial": True}
    _bulk(
        Run,
        (
            Run(attempt_id=attempt, score=Decimal(position % 101), **tried)
            for position, attempt in enumerate(by_repository.values())
        ),
    )
    work_out(preview)  # as a task does when the last run ends


def _bulk(model: type[Model], rows: Iterable[Any]) -> list[Any]:
    return model._default_manager.bulk_create(list(rows), batch_size=IN_A_BATCH)


def _people(course: Course, students: int) -> list[Enrollment]:
    sections = _bulk(Section, (Section(course=course, name=f"Section {number}") for number in range(SECTIONS)))
    staff = [("instructor", Role.INSTRUCTOR), ("ta", Role.TA)]
    names = [(f"student-{number:05}", Role.STUDENT) for number in range(students)]
    accounts = _bulk(
        User,
        (User(email=f"{login}-{course.slug}@example.edu", name=login, password="!") for login, _ in [*staff, *names]),
    )
    return _bulk(
        Enrollment,
        (
            Enrollment(
                course=course,
                section=sections[number % SECTIONS] if role == Role.STUDENT else None,
                account=account,
                role=role,
                name=login.replace("-", " ").title(),
                email=f"{login}@example.edu",
                student_id=f"{course.slug}-{number}",
                github_login=login,
                github_id=course.pk * 1_000_000 + number,
            )
            for number, ((login, role), account) in enumerate(zip([*staff, *names], accounts, strict=True))
        ),
    )[len(staff) :]


def _assignments(course: Course, assignments: int) -> list[Assignment]:
    suite, _ = SuiteVersion.objects.get_or_create(
        name="m01_tensor", digest="5" * 64, defaults={"added_at": NOW, "archive_sha256": "b" * 64}
    )
    kinds = itertools.cycle([LateKind.NONE, LateKind.PER_DAY, LateKind.SLIP_DAYS])
    return _bulk(
        Assignment,
        (
            Assignment(
                course=course,
                slug=f"m{number:02}",
                module=number,
                title=f"Module {number:02}",
                suite=suite,
                repository_pattern=f"class-{course.slug}/m{number:02}-{{login}}",
                due_at=NOW + timedelta(days=7 * number),
                late_kind=next(kinds).value,
                late_percent=5,
                group_size=GROUP_SIZE if number % FOR_GROUPS == FOR_GROUPS - 1 else 1,
            )
            for number in range(assignments)
        ),
    )


def _grants(course: Course, people: list[Enrollment], things: list[Assignment]) -> None:
    """Give every twentieth student an accommodation, every group an extension somewhere, some overrides, all audited."""
    giver = User.objects.get(email=f"instructor-{course.slug}@example.edu")
    by = {"reason": "asked for", "granted_by": giver, "granted_at": NOW}
    _bulk(Accommodation, (Accommodation(student=each, extra_days=1, starts_at=NOW, **by) for each in people[::20]))
    groups = _bulk(Group, (Group(course=course, name=f"Group {number}") for number in range(len(people) // GROUP_SIZE)))
    members = zip(itertools.chain.from_iterable([group] * GROUP_SIZE for group in groups), people, strict=False)
    _bulk(GroupMembership, (GroupMembership(group=group, student=student) for group, student in members))
    chosen = itertools.cycle(things)
    _bulk(Extension, (Extension(assignment=next(chosen), group=group, days=2, **by) for group in groups))
    sections = list(course.sections.all())
    late = {"section": sections[0]}
    _bulk(
        SectionDueTime,
        (SectionDueTime(assignment=each, due_at=each.due_at + timedelta(days=1), **late) for each in things),
    )
    to = [{"student": student, "assignment": next(chosen)} for student in people[::10]]
    _bulk(Override, (Override(points=90, reason="by hand", set_by=giver, set_at=NOW, **each) for each in to))
    _bulk(
        AuditEvent,
        (
            AuditEvent(
                course=course, kind=AuditKind.GRADE, subject=f"{student}", actor=giver, at=NOW, after={"points": "90"}
            )
            for student in people
        ),
    )


def _hand_in(course: Course, people: list[Enrollment], assignment: Assignment, attempts: int) -> None:
    """Let everybody push `attempts` times to an assignment, graded once each; a late one among them."""
    start = assignment.due_at - timedelta(days=attempts - 2)
    repositories = _bulk(
        Repository,
        (
            Repository(
                course=course,
                student=student,
                host_id=assignment.pk * 1_000_000 + number,
                full_name=f"class-{course.slug}/{assignment.slug}-{student.github_login}",
                bound_name=f"class-{course.slug}/{assignment.slug}-{student.github_login}",
                bound_login=student.github_login,
                default_branch="main",
            )
            for number, student in enumerate(people)
        ),
    )
    each_push = list(itertools.product(range(attempts), repositories))
    times = [start + timedelta(days=number, seconds=at) for at, (number, _) in enumerate(each_push)]
    pushes = _bulk(
        Push,
        (
            Push(
                delivery_id=f"{repository.host_id}-{number}",
                repository=repository,
                ref="refs/heads/main",
                commit_id=f"{repository.host_id:032x}{number:08x}",
                sender_login=repository.bound_login,
                received_at=at,
                next_try_at=at,
                state=PushState.ATTEMPTED,
            )
            for at, (number, repository) in zip(times, each_push, strict=True)
        ),
    )
    made = _bulk(
        Attempt,
        (
            Attempt(
                assignment=assignment,
                number=number * GROUP_SIZE + at % GROUP_SIZE + 1 if assignment.group_size > 1 else number + 1,
                push=push,
                commit_id=push.commit_id,
                received_at=push.received_at,
                tree_digest="7" * 64,
                archive_sha256="a" * 64,
            )
            for at, (push, (number, _)) in enumerate(zip(pushes, each_push, strict=True))
        ),
    )
    _count(made, people if assignment.group_size > 1 else [])
    _grade(made, assignment)
    of_some = made[-len(people) :: 50]
    _bulk(
        Choice,
        (
            Choice(student_id=each.push.repository.student_id, assignment=assignment, attempt=each, chosen_at=NOW)
            for each in of_some
        ),
    )


def _count(attempts: list[Attempt], people: list[Enrollment]) -> None:
    """Let every attempt count for who pushed it, and for their whole group of `people`."""
    groups = {each.pk: people[at - at % GROUP_SIZE :][:GROUP_SIZE] for at, each in enumerate(people)}
    members = []
    for attempt in attempts:
        student_id = attempt.push.repository.student_id
        common = {"attempt": attempt, "assignment": attempt.assignment, "number": attempt.number}
        members.append(AttemptMember(student_id=student_id, is_submitter=True, **common))
        others = (each for each in groups.get(student_id, []) if each.pk != student_id)
        members.extend(AttemptMember(student=each, **common) for each in others)
    _bulk(AttemptMember, members)


def _grade(attempts: list[Attempt], assignment: Assignment) -> None:
    runs = _bulk(
        Run,
        (
            Run(
                attempt=attempt,
                suite_id=assignment.suite_id,
                seed=4117,
                state=RunState.GRADED,
                queued_at=attempt.received_at,
                not_before=attempt.received_at,
                rank_at=attempt.received_at,
                started_at=attempt.received_at,
                finished_at=attempt.received_at + timedelta(seconds=20),
                tries=1,
                worker="w1",
                score=Decimal(position % 101),
                max_score=Decimal(100),
                provenance={"tree_digest": "7" * 64, "suite_digest": "5" * 64, "seed": 4117, "sandbox": "bubblewrap"},
            )
            for position, attempt in enumerate(attempts)
        ),
    )
    _bulk(
        Check,
        (
            Check(
                run=run,
                position=position,
                test_id=f"test_values.py::test_{position}",
                name=f"Check {position}",
                verdict="passed",
                points=run.score / CHECKS,
                max_points=run.max_score / CHECKS,
            )
            for run in runs
            for position in range(1, CHECKS + 1)
        ),
    )

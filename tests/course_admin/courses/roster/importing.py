"""What tests of a roster import share: a line on a roster, a preview, and an import through the front door."""

from typing import Any

from course_admin.courses import roster
from course_admin.courses.models import Course, Enrollment, Role
from tests.factories import NOW, make_user


def enrol(course: Course, name: str, **fields: Any) -> Enrollment:
    """Put somebody on a roster, with these fields and no others."""
    return Enrollment.objects.create(course=course, name=name, **{"role": Role.STUDENT, **fields})


def previewed(course: Course, text: str | bytes, answers: dict[str, str] | None = None, **options: Any) -> roster.Plan:
    """Return what a file would change."""
    data = text if isinstance(text, bytes) else text.encode()
    return roster.plan(course, roster.read_roster(data), answers=answers or {}, **options)


def imported(course: Course, text: str | bytes, answers: dict[str, str] | None = None, **options: Any) -> roster.Plan:
    """Import a file as an administrator, as its preview shows it."""
    data = text if isinstance(text, bytes) else text.encode()
    return roster.confirm(
        course=course,
        file=roster.read_roster(data),
        digest=previewed(course, data, answers).digest,
        answers=answers or {},
        deactivate_missing=options.pop("deactivate_missing", False),
        actor=make_user(is_superuser=True),
        at=NOW,
        **options,
    )


def on_roster(course: Course, *fields: str) -> list[tuple[Any, ...]]:
    """Return some fields of everybody in a course, in the order in which they came."""
    return list(Enrollment.objects.filter(course=course).order_by("pk").values_list(*fields))


def asked(plan: roster.Plan) -> list[tuple[str, list[str]]]:
    """Return the keys of a plan's open questions, with the values of their answers."""
    return [(each.key, [choice.value for choice in each.choices]) for each in plan.open_questions]

"""What somebody has answered so far in a wizard: read, kept, thrown away. Nobody but its author is asked for."""

from datetime import datetime
from typing import Any

from course_admin.assignments.models import Wizard, WizardDraft
from course_admin.courses.models import Course
from course_admin.identity.models import User

Answers = dict[str, Any]


def answers_of(course: Course, author: User, wizard: Wizard) -> Answers:
    """Return what was answered so far, by page and field; empty if nothing was."""
    draft = WizardDraft.objects.filter(course=course, author=author, wizard=wizard).first()
    return draft.answers if draft else {}


def keep_answers(*, course: Course, author: User, wizard: Wizard, answers: Answers, at: datetime) -> None:
    """Keep answers in place of those before."""
    WizardDraft.objects.update_or_create(
        course=course, author=author, wizard=wizard, defaults={"answers": _as_text(answers), "changed_at": at}
    )


def _as_text(value: Any) -> Any:
    """Return what was typed without NULs, which no form takes either and PostgreSQL cannot keep."""
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_as_text(each) for each in value]
        case dict():
            return {key: _as_text(each) for key, each in value.items()}
        case _:
            return value


def forget_answers(*, course: Course, author: User, wizard: Wizard) -> None:
    """Throw a draft away, if there is one."""
    WizardDraft.objects.filter(course=course, author=author, wizard=wizard).delete()

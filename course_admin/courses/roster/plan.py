"""What an import would do, as the preview shows it: every field of every person, before and after. Nothing is stored."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Role
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.entry import Problem
from course_admin.courses.roster.people import Person
from course_admin.courses.roster.questions import Question

MANY, MANY_OF = 5, 5  # at least so many people, and more than one in so many
#: Field of a person -> how the preview calls it.
LABELS = {
    **FIELDS,
    "other_emails": _("other e-mail addresses"),
    "sections": "sections",
    "is_active": _("in the course"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One person: added if there is no `person` yet; `before` and `after` hold the fields that differ."""

    line: int
    person: Person | None
    name: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Every field that differs, as words: what it is, before, after."""
        return [(str(LABELS[name]), _words(self.before.get(name)), _words(value)) for name, value in self.after.items()]

    @property
    def deactivates(self) -> bool:
        """Whether somebody becomes inactive."""
        return self.after.get("is_active") is False


def _words(value: Any) -> str:
    match value:
        case None | "" | ():
            return "–"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(value)
        case _:
            return str(Role(value).label if value in Role.values else value)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change in a course; `missing` are its active students whom the file does not name."""

    added: list[Change]
    changed: list[Change]
    unchanged: int
    missing: list[Person]
    problems: list[Problem]
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    active_students: int = 0

    @property
    def digest(self) -> str:
        """A name of exactly this plan, so that what is done is what was shown."""
        changes = [(each.person and each.person.pk, each.before, each.after) for each in (*self.added, *self.changed)]
        asked = [(each.key, each.answer) for each in self.questions]
        told = [(each.line, each.sentence) for each in self.problems]
        document = [changes, [person.pk for person in self.missing], asked, told]
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    @property
    def errors(self) -> list[Problem]:
        """What must be mended before anything is imported."""
        return [each for each in self.problems if each.stops]

    @property
    def left_out(self) -> list[Problem]:
        """Lines that are not imported, while the others are."""
        return [each for each in self.problems if not each.stops]

    @property
    def open_questions(self) -> list[Question]:
        """What must be answered before anything is imported."""
        return [each for each in self.questions if not each.answer]

    def deactivated(self, *, with_missing: bool) -> int:
        """Return how many people would become inactive."""
        return sum(each.deactivates for each in self.changed) + (len(self.missing) if with_missing else 0)

    def is_many(self, *, with_missing: bool) -> bool:
        """Say whether so many would become inactive that the file may be the wrong one."""
        number = self.deactivated(with_missing=with_missing)
        return number >= MANY and number * MANY_OF > self.active_students

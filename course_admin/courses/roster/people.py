"""Who is on a roster, and what a line of a file says about somebody: their keys, and when two keys are the same. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from course_admin.courses.models import Role
from course_admin.courses.roster.files.clean import without_zeros
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.entry import Entry
from course_admin.policy import leads

STABLE = ("canvas_id", "lti_subject", "student_id", "github_id")
LOGINS = ("github_login", "university_login")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the roster; `keys` has those of STABLE and LOGINS that they have, `emails` the first address first."""

    pk: int
    name: str
    role: str
    is_active: bool
    keys: Mapping[str, str] = field(default_factory=dict)
    emails: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether they are head TA or instructor."""
        return leads(self.role)

    @property
    def is_student(self) -> bool:
        """Whether their place is among the students: one person may have one there and one elsewhere."""
        return self.role == Role.STUDENT

    @property
    def has_weak_name(self) -> bool:
        """Whether a key stands where their name should."""
        keys = {each.casefold() for each in (*self.emails, *self.keys.values())}
        return self.name.casefold() in keys or self.name.rpartition("(")[2].rstrip(")").casefold() in keys

    def __str__(self) -> str:
        return f"{self.name} ({listed(self.emails, self.keys)})"


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a file: who it is on the roster; None: somebody new.

    `takes_from`: who gives up what both claim. `forgets`: keys that are no longer the person's.
    """

    entry: Entry
    person: Person | None
    takes_from: frozenset[int] = frozenset()
    forgets: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What to call the person."""
        return self.entry.name or (
            self.person.name if self.person else gettext("line {line}").format(line=self.entry.line)
        )

    @property
    def is_student(self) -> bool:
        """Whether the person is among the students afterwards."""
        before = self.person.role if self.person else Role.STUDENT
        return self.entry.fields.get("role", before) == Role.STUDENT


def keys_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the keys that a line gives, each with its value as it is compared."""
    for kind in (*STABLE, *LOGINS):
        if kind in entry.fields:
            yield kind, entry.fields[kind].casefold()
    yield from (("email", address.casefold()) for address in entry.emails)


def is_same_key(kind: str, one: str, other: str) -> bool:
    """Say whether two values of a key are one; a student id that lost its zeros in a spreadsheet is."""
    zeros = kind == "student_id" and without_zeros(one)
    return one.casefold() == other.casefold() or (bool(zeros) and zeros == without_zeros(other))


def listed(emails: Sequence[str], keys: Mapping[str, str]) -> str:
    """Return what identifies somebody, as words."""
    return ", ".join([*emails, *(f"{FIELDS[kind]} {value}" for kind, value in keys.items())]) or gettext("nothing else")

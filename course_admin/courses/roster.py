"""Roster import: what a file would change, then doing exactly that.

Always true: an empty cell erases nothing; nobody is deleted; who is missing in the file stays unless the person who
imports says that they shall become inactive; importing the same file twice changes nothing the second time; a file with
an error changes nothing at all.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from course_admin.courses.audit import save_audited
from course_admin.courses.models import SECTION_NAME_LENGTH, Course, Enrollment, Role, Section
from course_admin.courses.roster_files import Entry, Problem, RosterFile
from course_admin.identity.models import User
from course_admin.policy import Action, leads, require, require_change_of_line

KEYS = ("github_id", "email", "student_id", "github_login")  # what one person of a course has alone
VALIDATED = ("name", "email", "student_id", "github_login", "github_id", "role")


class RosterRefused(ValueError):
    """A plan has errors, so that nothing of it is done; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """One person: added if `person` has no key yet; `before` and `after` hold the fields that differ."""

    line: int
    person: Enrollment
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change in a course; `missing` are its active students whom the file does not name."""

    added: list[Change]
    changed: list[Change]
    unchanged: int
    missing: list[Enrollment]
    problems: list[Problem]

    @property
    def digest(self) -> str:
        """A name of exactly this plan, so that what is done is what was shown."""
        changes = [(each.person.pk, each.before, each.after) for each in (*self.added, *self.changed)]
        document = [changes, [person.pk for person in self.missing]]
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def plan(course: Course, file: RosterFile, *, may_appoint: bool = True) -> Plan:
    """Return what a file would change, in one query; nothing is stored.

    `may_appoint`: whether the person who imports may make and unmake head TAs and instructors.
    """
    people = list(course.enrollments.select_related("section"))
    found = _Matches(people)
    added: list[Change] = []
    changed: list[Change] = []
    problems = list(file.problems)
    for entry in file.entries:
        person = found.match(entry, course, problems)
        if person is None:
            continue
        change = _change(entry, person)
        problems.extend(_problems(change))
        if change.after and not may_appoint and leads(person.role, change.after.get("role")):
            sentence = "Only an instructor appoints head TAs and instructors, and changes their lines."
            problems.append(Problem(change.line, "role", sentence))
        if person.pk is None:
            added.append(change)
        elif change.after:
            changed.append(change)
    matched = {id(person) for person in found.lines.values()}
    missing = [each for each in people if each.is_active and each.role == Role.STUDENT and id(each) not in matched]
    return Plan(added, changed, len(matched) - len(added) - len(changed), missing, problems)


class _Matches:
    """The people of a course by every key they have, and by name; each can be matched by one line only."""

    def __init__(self, people: Iterable[Enrollment]) -> None:
        self.by_key: dict[tuple[str, str], Enrollment] = {}
        self.by_name: dict[str, list[Enrollment]] = {}
        self.lines: dict[int, Enrollment] = {}
        for person in people:
            self._add(person)

    def match(self, entry: Entry, course: Course, problems: list[Problem]) -> Enrollment | None:
        """Return whom a line means: somebody on the roster, or somebody new; None if it cannot be said."""
        keys = [(key, entry.fields[key].casefold()) for key in KEYS if key in entry.fields]
        people = {id(person): person for key in keys if (person := self.by_key.get(key))}
        if not people and entry.hint:
            people = {id(person): person for person in self._hinted(entry)}
        if len(people) > 1:
            names = " and ".join(sorted(person.name for person in people.values()))
            problems.append(Problem(entry.line, "", f"The line fits several people of the roster: {names}."))
            return None
        person = next(iter(people.values()), None)
        if person is None:
            return self._new(entry, course, problems)
        earlier = next((line for line, other in self.lines.items() if other is person), None)
        if earlier is not None:
            problems.append(Problem(entry.line, "", f"{person.name} is already in line {earlier}."))
            return None
        self.lines[entry.line] = person
        return person

    def _new(self, entry: Entry, course: Course, problems: list[Problem]) -> Enrollment | None:
        person = Enrollment(course=course)
        keys = {key: entry.fields[key] for key in KEYS if key in entry.fields}
        if not keys and entry.hint:
            keys = {"student_id": entry.hint}
        if not keys:
            sentence = "Nothing identifies this person: give an e-mail address, a student id or a GitHub login."
            problems.append(Problem(entry.line, "", sentence))
            return None
        entry.fields.update(keys)
        for key, value in keys.items():
            self.by_key[key, value.casefold()] = person
        self.lines[entry.line] = person
        return person

    def _add(self, person: Enrollment) -> None:
        for key in KEYS:
            value = getattr(person, key)
            if value not in ("", None):
                self.by_key[key, str(value).casefold()] = person
        self.by_name.setdefault(person.name.casefold(), []).append(person)

    def _hinted(self, entry: Entry) -> list[Enrollment]:
        """Return whom GitHub Classroom's free identifier means: a student id, else a name."""
        known = self.by_key.get(("student_id", entry.hint.casefold()))
        names = {entry.hint.casefold(), entry.fields.get("name", "").casefold()}
        return [known] if known else [person for name in sorted(names) for person in self.by_name.get(name, [])]


def _change(entry: Entry, person: Enrollment) -> Change:
    """Return what a line gives a person; whoever is on a roster file is active."""
    after: dict[str, Any] = {**entry.fields, "is_active": True}
    if "github_id" in after and after["github_id"].isdecimal() and len(after["github_id"]) < 19:
        after["github_id"] = int(after["github_id"])
    if person.pk is not None and entry.hint and after.get("name") == entry.hint:
        del after["name"]  # a free identifier is a worse name than the roster's
    before = {name: _value(person, name) for name in after}
    if person.pk is None:
        return Change(entry.line, person, {}, after)
    differs = [name for name in after if not _is_same(name, before[name], after[name])]
    return Change(entry.line, person, {name: before[name] for name in differs}, {name: after[name] for name in differs})


def _value(person: Enrollment, name: str) -> Any:
    if name == "section":
        return person.section.name if person.section else ""
    return getattr(person, name)


def _is_same(name: str, before: Any, after: Any) -> bool:
    if name in ("email", "github_login", "section"):
        return str(before).casefold() == str(after).casefold()
    return before == after


def _problems(change: Change) -> list[Problem]:
    """Return what the table itself would refuse, by column."""
    trial = Enrollment(course_id=change.person.course_id, name=change.person.name, email=change.person.email)
    for name, value in change.after.items():
        if name != "section":
            setattr(trial, name, value)
    problems = []
    if len(change.after.get("section", "")) > SECTION_NAME_LENGTH:
        problems.append(Problem(change.line, "section", "The section's name is too long."))
    try:
        trial.clean_fields(exclude={each.name for each in Enrollment._meta.fields} - set(VALIDATED))
    except ValidationError as error:
        for column, sentences in error.message_dict.items():
            problems.extend(Problem(change.line, column, sentence) for sentence in sentences)
    return problems


def apply(*, course: Course, planned: Plan, deactivate_missing: bool, actor: User, at: datetime) -> None:
    """Do what a plan says, in one transaction, with audit events. Raises RosterRefused if the plan has errors."""
    if planned.problems:
        raise RosterRefused(f"The file has {len(planned.problems)} errors; nothing was changed.")
    require(actor, Action.IMPORT_ROSTER, course)
    reason = "roster import"
    with transaction.atomic():
        sections = {each.name.casefold(): each for each in course.sections.all()}
        for change in (*planned.added, *planned.changed):
            fields = dict(change.after)
            require_change_of_line(actor, change.person, fields)
            name = fields.pop("section", "")
            if name:
                if name.casefold() not in sections:
                    sections[name.casefold()] = Section.objects.create(course=course, name=name)
                change.person.section = sections[name.casefold()]
            for field_name, value in fields.items():
                setattr(change.person, field_name, value)
            save_audited(thing=change.person, actor=actor, at=at, reason=reason)
        for person in planned.missing if deactivate_missing else ():
            person.is_active = False
            save_audited(thing=person, actor=actor, at=at, reason=f"{reason}: not in the file")

"""What a file would change on a roster: every field of every person, before and after. Pure; nothing is stored.

Always true: an empty cell erases nothing; who is on a file is active, unless its status column says otherwise; somebody whom
a question or a line left out may mean is never missing; the line of somebody who leads the course stays as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Role
from course_admin.courses.roster.conflicts import emails_after, keys_after, merge_lines, settle_keys
from course_admin.courses.roster.files.clean import name_key
from course_admin.courses.roster.files.entry import Entry, Problem
from course_admin.courses.roster.files.roster_file import RosterFile
from course_admin.courses.roster.match import LEADS, Matched, match
from course_admin.courses.roster.people import LOGINS, STABLE, Line, Person
from course_admin.courses.roster.plan import Change, Plan
from course_admin.courses.roster.questions import SKIP, Asked, Choice
from course_admin.courses.roster.sections import split_sections
from course_admin.courses.roster.unknown_words import with_doubtful_columns, with_roles, with_states
from course_admin.policy import leads

OWN = _(
    "This is your own line as a student, which decides about your own due times: somebody else who leads the course imports it."
)


def make_plan(
    file: RosterFile,
    people: Collection[Person],
    known_sections: Iterable[str],
    *,
    may_appoint: bool,
    own: Collection[int],
    asked: Asked,
) -> Plan:
    """Return what a file would change. `known_sections`: the names of the course's sections. `own`: lines of who imports."""
    entries = with_doubtful_columns(file, asked)
    entries = _with_sections(file, entries, {each.casefold() for each in known_sections}, asked)
    entries = with_roles(with_states(entries, asked), asked)
    matched = match(entries, people, asked)
    merge_lines(matched, asked)
    problems = [*_of_nobody(file), *file.problems, *matched.problems]
    refusals = [(line, _refusal(line, may_appoint, own)) for line in matched.lines]
    lines = [line for line, why in refusals if why is None]
    refused = [line for line, why in refusals if why is not None]
    problems += [why for _, why in refusals if why is not None]
    settled = settle_keys(_with_numbers(lines, matched, asked), people, asked)
    changes = _changes(settled.lines, settled.losses)
    spared = matched.spared | {each.person.pk for each in (*refused, *settled.left_out) if each.person}
    named = {line.person.pk for line in settled.lines if line.person} | spared
    students = [each for each in people if each.is_active and each.role == Role.STUDENT]
    added, left = [each for each in changes if each.person is None], []
    for change in list(added):
        if change.deactivates:
            added.remove(change)
            left.append(
                gettext("Line {line}: {change} is not on the roster and has left the course: not added.").format(
                    line=change.line, change=change.name
                )
            )
    changed = [each for each in changes if each.person is not None and each.after]
    return Plan(
        added,
        changed,
        sum(line.person is not None for line in settled.lines) - sum(each.line > 0 for each in changed),
        [each for each in students if each.pk not in named and each.pk not in own],
        sorted([*problems, *settled.problems], key=lambda each: each.line),
        asked.questions,
        [*file.notes, *left],
        len(students),
    )


def _of_nobody(file: RosterFile) -> list[Problem]:
    """Return the error of a file without people: whoever calls everybody else missing by it has taken the wrong one."""
    return [] if file.entries or file.problems else [Problem(0, "", gettext("Below its header the file names nobody."))]


def _with_sections(file: RosterFile, entries: list[Entry], known: Collection[str], asked: Asked) -> list[Entry]:
    if file.joins == "commas":
        return entries
    cells = (cell for entry in entries for cell in entry.sections)
    split = split_sections(cells, known, asked, is_sentence=file.joins == "sentence")
    return [replace(each, sections=tuple(part for cell in each.sections for part in split[cell])) for each in entries]


def _refusal(line: Line, may_appoint: bool, own: Collection[int]) -> Problem | None:
    """Return why an import does not touch a line's person, if it does not."""
    number, role = line.entry.line, line.entry.fields.get("role")
    if line.person is not None and (line.person.leads or line.person.pk in own):
        if not _differences(line.person, _after(line)):
            return None
        sentence = f"{line.person.name} {LEADS}." if line.person.leads else str(OWN)
        return Problem(number, "", sentence, stops=False)
    if leads(role) and not may_appoint:
        sentence = gettext("Only an instructor appoints head TAs and instructors.")
        return Problem(number, "role", sentence, stops=False)
    return None


def _with_numbers(lines: list[Line], matched: Matched, asked: Asked) -> list[Line]:
    """Return the lines, having asked whose number GitHub's is where a file gives another login and no number."""
    kept = []
    for line in lines:
        entry, login = line.entry, line.entry.fields.get("github_login", "")
        keys = line.person.keys if line.person else {}
        number, before = keys.get("github_id"), keys.get("github_login", "")
        is_other = login and before and before.casefold() != login.casefold()
        if line.person and is_other and number and "github_id" not in entry.fields:
            choices = (
                SKIP,
                Choice("renamed", gettext("The account was renamed: number {number} stays.").format(number=number)),
                Choice(
                    "other",
                    gettext("It is another account: number {number} is no longer {line}'s.").format(
                        number=number, line=line.name
                    ),
                ),
            )
            sentence = gettext(
                "{line}'s GitHub login was {before}, with the number {number}, and is {login} in the file."
            ).format(line=line.name, before=before, number=number, login=login)
            answer = asked.ask(f"number-{entry.line}", entry.line, sentence, choices)
            if answer == SKIP.value:
                matched.spared.add(line.person.pk)
                continue
            line = replace(line, forgets=frozenset({"github_id"}) if answer == "other" else frozenset())
        kept.append(line)
    return kept


def _changes(lines: list[Line], losses: list[tuple[Person, str, str, int]]) -> list[Change]:
    """Return one change a person: what lines give, and what others' lines take."""
    lost: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for person, kind, value, _giver in losses:
        lost[person.pk].add((kind, value))
    changes = []
    for line in lines:
        after = _after(line)
        if line.person is None:
            after = {name: value for name, value in after.items() if value not in ("", ())}
            changes.append(Change(line.entry.line, None, line.name, {}, after))
        else:
            differing = _differences(line.person, _without(after, lost.pop(line.person.pk, set())))
            changes.append(_change(line.entry.line, line.person, differing))
    for person, *_rest in losses:
        if person.pk in lost:
            after = _without(_fields(person), lost.pop(person.pk))
            changes.append(_change(0, person, _differences(person, after)))
    return changes


def _change(line: int, person: Person, after: dict[str, Any]) -> Change:
    before = _fields(person)
    return Change(line, person, person.name, {name: before[name] for name in after}, after)


def _fields(person: Person) -> dict[str, Any]:
    """Return everything that an import can change of somebody."""
    keys = {kind: person.keys.get(kind, "") for kind in (*STABLE, *LOGINS)}
    emails = {"email": "".join(person.emails[:1]), "other_emails": person.emails[1:]}
    rest = {"name": person.name, "role": person.role, "is_active": person.is_active, "sections": person.sections}
    return {**rest, **keys, **emails}


def _after(line: Line) -> dict[str, Any]:
    """Return every field of a line's person after the import."""
    entry, person = line.entry, line.person
    fields: dict[str, Any] = _fields(person) if person else {"name": "", "role": Role.STUDENT.value, "sections": ()}
    if entry.name and (person is None or _is_better_name(entry, person)):
        fields["name"] = entry.name
    fields["role"] = entry.fields.get("role", fields["role"])
    fields["is_active"] = entry.status != "no"
    keys = keys_after(line)
    fields |= {kind: keys.get(kind, "") for kind in (*STABLE, *LOGINS)}
    emails = emails_after(line)
    fields |= {"email": "".join(emails[:1]), "other_emails": emails[1:]}
    if entry.sections and {each.casefold() for each in entry.sections} != {
        each.casefold() for each in fields["sections"]
    }:
        fields["sections"] = entry.sections
    return fields


def _is_better_name(entry: Entry, person: Person) -> bool:
    """Say whether a line's name replaces somebody's: not another spelling, nor what they call themselves on GitHub."""
    if entry.has_weak_name:
        return person.has_weak_name and entry.name not in (*entry.identifiers, *entry.emails)
    return name_key(entry.name) != name_key(person.name)


def _without(fields: Mapping[str, Any], lost: set[tuple[str, str]]) -> dict[str, Any]:
    """Return somebody's fields without the keys that are somebody else's now."""
    kept = {
        name: "" if (name, str(value).casefold()) in lost and name != "email" else value
        for name, value in fields.items()
    }
    addresses = (fields["email"], *fields["other_emails"])
    emails = [each for each in addresses if each and ("email", each.casefold()) not in lost]
    return {**kept, "email": "".join(emails[:1]), "other_emails": tuple(emails[1:])}


def _differences(person: Person, after: Mapping[str, Any]) -> dict[str, Any]:
    before = _fields(person)
    return {name: value for name, value in after.items() if value != before[name]}

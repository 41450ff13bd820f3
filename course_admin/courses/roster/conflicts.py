"""Where a file contradicts itself or the roster: one person as two lines, and one key of two people. Pure.

What two lines of a file claim for two people is an error, which names both. What a line claims that somebody else has who
gives nothing up is a question; of somebody who leads the course nothing is taken. Two people who exchange a key in one file
are no conflict: only the roster that would come out of the whole file counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from course_admin.courses.roster.files.clean import name_key, share_a_word
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.entry import Entry, Problem
from course_admin.courses.roster.match import LEADS, Matched
from course_admin.courses.roster.people import LOGINS, STABLE, Line, Person, is_same_key, keys_of
from course_admin.courses.roster.questions import SKIP, Asked, Choice

Key = tuple[str, str]  # kind, value as it is compared


def keys_after(line: Line) -> dict[str, str]:
    """Return the keys, but for addresses, that a person has after the import; of two spellings of a number the longer."""
    keys = {
        kind: value for kind, value in (line.person.keys if line.person else {}).items() if kind not in line.forgets
    }
    for kind in (*STABLE, *LOGINS):
        given, before = line.entry.fields.get(kind, ""), keys.get(kind, "")
        if given and (not is_same_key(kind, before, given) or len(given) > len(before)):
            keys[kind] = given
    if line.person is None and line.entry.identifiers:
        keys = {**_from_identifiers(line.entry, has_keys=bool(keys or line.entry.emails)), **keys}
    return keys


def _from_identifiers(entry: Entry, *, has_keys: bool) -> dict[str, str]:
    """Return the key of somebody new in GitHub Classroom's free words: what looks like a number or login, else all of it."""
    *_, word = entry.identifiers
    looks_like_one = " " not in word and any(letter.isdigit() for letter in word)
    if len(entry.identifiers) > 1 and not word.isdecimal():
        return {"university_login": word}
    return {"student_id": word} if looks_like_one or not has_keys else {}


def emails_after(line: Line) -> tuple[str, ...]:
    """Return a person's addresses after the import, the first one first: it is replaced if the file knows others only."""
    before = line.person.emails if line.person and "email" not in line.forgets else ()
    known = {each.casefold() for each in before}
    new = tuple(each for each in line.entry.emails if each.casefold() not in known)
    if len(new) < len(line.entry.emails) or not line.entry.emails:
        return before + new
    return new + before[1:]


def merge_lines(matched: Matched, asked: Asked) -> None:
    """Make one line of several that are one person, asking where that is not certain."""
    kept: list[Line] = []
    by_mark: dict[tuple[object, ...], int] = {}
    for line in matched.lines:
        place = (line.is_student,)
        marks: list[tuple[object, ...]] = [("pk", line.person.pk)] if line.person else []
        marks += [(*place, kind, value) for kind, value in keys_of(line.entry) if kind in STABLE]
        name = (*place, "name", name_key(line.entry.name))
        marks += [(*name, *key) for key in keys_of(line.entry)]
        at = next((by_mark[mark] for mark in marks if mark in by_mark), None)
        is_certain = at is not None
        if at is None and line.person is None and line.entry.name:
            at = by_mark.get(name)
        one = None if at is None else _one_line(kept[at], line, is_certain, asked, matched)
        if at is None or one is None:  # somebody else
            at = len(kept)
            kept.append(line)
        else:
            kept[at] = one
        for mark in [*marks, *([name] if line.person is None else [])]:
            by_mark.setdefault(mark, at)
    matched.lines = [line for line in kept if line.entry.line]


def _one_line(first: Line, second: Line, is_certain: bool, asked: Asked, matched: Matched) -> Line | None:
    """Return the line that stands for two, one without a number if they are left out; None if they are two people."""
    one, two = first.entry, second.entry
    apart = [kind for kind in STABLE if _differ(kind, one, two)]
    if not one.line or (apart and not is_certain):
        return None
    where = gettext("line {first_line} ({first}) and line {second_line} ({second})").format(
        first_line=one.line, first=first.name, second_line=two.line, second=second.name
    )
    if apart:
        sentence = gettext("{where} are one person by one key, and two by the {key}.").format(
            where=where[0].upper() + where[1:], key=FIELDS[apart[0]]
        )
        matched.problems.append(Problem(two.line, "", sentence))
        return first
    both = _joined(first, second)
    if replace(one, line=0) == replace(two, line=0):
        return first
    nothing = Line(replace(one, line=0), first.person)
    outcomes = {
        "first": first,
        "second": replace(second, takes_from=both.takes_from),
        SKIP.value: nothing,
        "both": both,
    }
    choices = [
        SKIP,
        Choice("first", gettext("Line {line} counts.").format(line=one.line)),
        Choice("second", gettext("Line {line} counts.").format(line=two.line)),
    ]
    has_differing = any(_differ(kind, one, two) for kind in {*one.fields, *two.fields} - {"name"})
    has_differing = has_differing or not share_a_word(one.name, two.name)
    if not has_differing:
        sections = ", ".join(both.entry.sections)
        choices.append(
            Choice(
                "both",
                gettext("They are one person, in {sections}.").format(sections=sections)
                if len(both.entry.sections) > 1
                else gettext("They are one person."),
            )
        )
    if not is_certain:
        choices.append(Choice("two", gettext("They are two people of one name.")))
    default = "both" if is_certain and not has_differing else ""
    sentence = gettext("{where} seem to be one person.").format(where=where[0].upper() + where[1:])
    answer = asked.ask(f"two-{one.line}-{two.line}", two.line, sentence, choices, default)
    if answer == SKIP.value and first.person:
        matched.spared.add(first.person.pk)
    return None if answer == "two" else outcomes.get(answer, both)


def _differ(kind: str, one: Entry, two: Entry) -> bool:
    given, also = one.fields.get(kind, ""), two.fields.get(kind, "")
    return bool(given and also) and not is_same_key(kind, given, also)


def _joined(first: Line, second: Line) -> Line:
    one, two = first.entry, second.entry
    sections: dict[str, str] = {}
    emails: dict[str, str] = {}
    active = [each for each in (one, two) if each.status != "no"]  # of a section that was left, the other one stays
    for each in (section for entry in active or (one, two) for section in entry.sections):
        sections.setdefault(each.casefold(), each)
    for each in (*one.emails, *two.emails):
        emails.setdefault(each.casefold(), each)
    entry = replace(
        one,
        fields={**two.fields, **one.fields},
        sections=tuple(sections.values()),
        emails=tuple(emails.values()),
        status=active[0].status if active else one.status,
    )
    return replace(first, entry=entry, takes_from=first.takes_from | second.takes_from)


@dataclass(slots=True)
class Settled:
    """The lines whose keys are theirs alone, and who loses which key to whose line."""

    lines: list[Line]
    losses: list[tuple[Person, str, str, int]] = field(default_factory=list)  # who, kind, value, line
    problems: list[Problem] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)


def settle_keys(lines: list[Line], people: Iterable[Person], asked: Asked) -> Settled:
    """Return what of some lines can stand beside the rest of the roster; leaving one out may bring up another."""
    people = list(people)
    left_out: list[Line] = []
    refused: list[Problem] = []
    while True:
        settled = _settle(lines, people, asked)
        refused += [problem for problem in settled.problems if not problem.stops]
        if not settled.left_out and settled.lines == lines:
            stopping = [problem for problem in settled.problems if problem.stops]
            return replace(settled, left_out=left_out, problems=[*refused, *stopping])
        left_out += settled.left_out
        lines = [line for line in settled.lines if line not in settled.left_out]


def _settle(lines: list[Line], people: list[Person], asked: Asked) -> Settled:
    settled = Settled(list(lines))
    named = {line.person.pk for line in lines if line.person}
    holders: dict[tuple[bool, Key], list[Person | int]] = defaultdict(list)  # people whom no line changes, and lines
    for person in people:
        places = {True, False} if person.leads else {person.is_student}  # no student gets what identifies who leads
        for key in _keys(person.keys, person.emails) if person.pk not in named else ():
            for place in places:
                holders[place, key].append(person)
    for index, line in enumerate(lines):
        for key in _keys(keys_after(line), emails_after(line)):
            holders[line.is_student, key].append(index)
    for (_, key), found in holders.items():
        if len(found) > 1:
            _decide(key, found, settled, asked)
    return settled


def _keys(keys: Mapping[str, str], emails: Iterable[str]) -> set[Key]:
    return {
        *((kind, value.casefold()) for kind, value in keys.items()),
        *(("email", each.casefold()) for each in emails),
    }


def _decide(key: Key, found: list[Person | int], settled: Settled, asked: Asked) -> None:
    """Say who keeps a key that several would have."""
    kind, value = key
    indexes = [each for each in found if isinstance(each, int)]
    givers = [index for index in indexes if key in _given(settled.lines[index])]
    owners = [each for each in found if isinstance(each, Person)]
    owners += [person for index in indexes if index not in givers and (person := settled.lines[index].person)]
    if len(givers) > 1:
        who = gettext(" and ").join(
            gettext("{name} (line {line})").format(name=settled.lines[index].name, line=settled.lines[index].entry.line)
            for index in givers
        )
        sentence = gettext("{value} is the {key} of {who}: it can be one person's only.").format(
            value=value, key=FIELDS[kind], who=who
        )
        settled.problems.append(Problem(max(settled.lines[index].entry.line for index in givers), "", sentence))
    elif givers:
        for owner in owners:
            _take(key, givers[0], owner, settled, asked)


def _given(line: Line) -> set[Key]:
    fresh = _keys(keys_after(line), ()) - _keys(line.person.keys if line.person else {}, ())
    return {*keys_of(line.entry), *fresh}


def _take(key: Key, giver: int, owner: Person, settled: Settled, asked: Asked) -> None:
    """Take a key from somebody for a line, if that was said or is said now."""
    (kind, value), line = key, settled.lines[giver]
    number = line.entry.line
    if owner.leads:
        if line.person and key in _keys(line.person.keys, line.person.emails):
            return  # they have it already
        sentence = gettext("{value} is the {key} of {owner}, who {leads}.").format(
            value=value, key=FIELDS[kind], owner=owner.name, leads=LEADS
        )
        settled.problems.append(Problem(number, "", sentence, stops=False))
        settled.left_out.append(line)
        return
    choices = (
        SKIP,
        Choice(
            "take",
            gettext("It is {name}'s now, and {owner} has it no longer.").format(name=line.name, owner=owner.name),
        ),
        Choice("without", gettext("It stays {owner}'s: import the line without it.").format(owner=owner.name)),
    )
    sentence = gettext("{name} has the {key} {value}, which is {owner}'s on the roster.").format(
        name=line.name, key=FIELDS[kind], value=value, owner=owner.name
    )
    given = "take" if owner.pk in line.takes_from else ""
    answer = given or asked.ask(f"take-{number}-{kind}-{value}", number, sentence, choices)
    if answer == "take":
        settled.losses.append((owner, kind, value, number))
    elif answer == "without":
        fields = {name: text for name, text in line.entry.fields.items() if (name, text.casefold()) != key}
        emails = tuple(each for each in line.entry.emails if kind != "email" or each.casefold() != value)
        settled.lines[giver] = replace(line, entry=replace(line.entry, fields=fields, emails=emails, identifiers=()))
    elif answer:
        settled.left_out.append(line)

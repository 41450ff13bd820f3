"""Who each line of a file means: somebody on the roster, somebody new, or a question. Pure: rows and people in, decisions out.

Stable keys come first (Canvas's ID, the LTI user id, the student id, GitHub's number), then claims, which can change hands
(e-mail address, logins). A name alone is never a match: it tells which of several key holders is meant, and makes a question
of an equal name with other keys. A line that says something else than a stable key of the person it was matched to is asked
about, and so is one that a single key ties to somebody of quite another name.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Role
from course_admin.courses.roster.files.clean import likeness, name_key, share_a_word, without_zeros
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.entry import Entry, Problem
from course_admin.courses.roster.people import LOGINS, STABLE, Line, Person, is_same_key, keys_of, listed
from course_admin.courses.roster.questions import LEAVE_OUT, SKIP, Asked, Choice

LEADS = _("leads the course, and no import changes the line of somebody who does: mend it in the admin, or leave it")


@dataclass(slots=True)
class Matched:
    """Who each line is; `spared` are people whom a line may mean that is not decided, so that nobody calls them missing."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    spared: set[int] = field(default_factory=set)


def match(entries: Sequence[Entry], people: Iterable[Person], asked: Asked) -> Matched:
    """Return who each entry is, as far as that is known."""
    return _Matcher(list(people), asked).match(entries)


class _Matcher:
    def __init__(self, people: list[Person], asked: Asked) -> None:
        self.people, self.asked, self.result = people, asked, Matched()
        self.by_key: dict[tuple[str, str], list[Person]] = defaultdict(list)
        self.by_name: dict[str, list[Person]] = defaultdict(list)
        self.by_likeness: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            for kind, value in (*person.keys.items(), *(("email", each) for each in person.emails)):
                self.by_key[kind, value.casefold()].append(person)
            if zeros := without_zeros(person.keys.get("student_id", "")):
                self.by_key["zeros", zeros].append(person)
            self.by_name[name_key(person.name)].append(person)
            self.by_likeness[likeness(person.name)].append(person)
        self.held: set[int] = set()  # whom a stable key ties to a line

    def match(self, entries: Sequence[Entry]) -> Matched:
        """Match by stable keys, then by claims, then ask about equal names, so that each knows who is left."""
        entries = [each for each in entries if self._is_wanted(each)]
        waiting: list[Entry] = []
        for entry in entries:
            if not self._by_stable(entry):
                waiting.append(entry)
        self.held |= {line.person.pk for line in self.result.lines if line.person}
        unknown = [entry for entry in waiting if not self._by_claims(entry)]
        self.held |= {line.person.pk for line in self.result.lines if line.person}
        for entry in unknown:
            self._by_name(entry)
        self.result.lines.sort(key=lambda line: line.entry.line)
        return self.result

    def _is_wanted(self, entry: Entry) -> bool:
        if not entry.doubt:
            return True
        choices = (SKIP, Choice("add", gettext("{entry} is a student: read the line.").format(entry=entry.name)))
        return self.asked.ask(f"doubt-{entry.line}", entry.line, f"{entry.doubt}.", choices) == "add"

    def _by_stable(self, entry: Entry) -> bool:
        """Match an entry by stable keys; False if it gives none that anybody has."""
        keys = [(kind, value) for kind, value in keys_of(entry) if kind in STABLE]
        keys += [("student_id", each.casefold()) for each in entry.identifiers]
        found = self._holders(entry, keys)
        if len(found) > 1:
            self._ask_who(entry, found, gettext("The line has keys of several people"))
        elif found:
            (person,) = found
            self._accept(entry, person)
        return bool(found)

    def _by_claims(self, entry: Entry) -> bool:
        """Match an entry by a number that lost its zeros, or by claims; False if nobody has one."""
        zeros = without_zeros(entry.fields.get("student_id", ""))
        near = [
            each for each in self._one_place(entry, self.by_key.get(("zeros", zeros), [])) if each.pk not in self.held
        ]
        claimed = self._claimants(entry)
        free = [each for each in claimed if each.pk not in self.held]
        named = [each for each in free if _is_called(each, entry)]
        if near and (len(near) > 1 or near[0] not in claimed):
            is_namesake = _is_called(near[0], entry)
            zeros_alone = gettext("The student id differs by leading zeros")
            same = gettext("Same name, and the student id differs by leading zeros")
            self._ask_who(entry, [*near, *named], same if is_namesake else zeros_alone)
        elif near or len(free) == 1 or len(named) == 1:
            self._accept(entry, (near or (free if len(free) == 1 else named))[0])
        elif free:
            self._ask_who(entry, free, gettext("The line has keys of several people"))
        return bool(near or free)

    def _by_name(self, entry: Entry) -> None:
        """Add somebody new, or ask, if there is somebody of that name whom no line means."""
        names = {likeness(each) for each in entry.names} - {""}
        found = {person.pk: person for name in names for person in self.by_likeness.get(name, [])}
        alike = [each for each in found.values() if each.pk not in self.held and not each.leads]
        if alike:
            is_same = any(_is_called(each, entry) for each in alike)
            why = gettext("Same name, other keys") if is_same else gettext("Almost the same name, other keys")
            self._ask_who(entry, alike, why)
        else:
            self.result.lines.append(Line(entry, None))

    def _claimants(self, entry: Entry) -> list[Person]:
        """Return who has an address or a login of a line; the university's login may stand where its number does."""
        keys = [(kind, value) for kind, value in keys_of(entry) if kind not in STABLE]
        keys += [("university_login", entry.fields.get("student_id", "").casefold())]
        keys += [("student_id", entry.fields.get("university_login", "").casefold())]
        keys += [("university_login", each.casefold()) for each in entry.identifiers]
        return self._holders(entry, keys)

    def _holders(self, entry: Entry, keys: Iterable[tuple[str, str]]) -> list[Person]:
        found = {person.pk: person for key in keys for person in self.by_key.get(key, [])}
        return self._one_place(entry, list(found.values()))

    def _one_place(self, entry: Entry, people: list[Person]) -> list[Person]:
        """Return some people without the other line of somebody who has one in the role that a line is for."""
        wants_student = entry.fields.get("role", Role.STUDENT) == Role.STUDENT
        names = {name_key(each.name) for each in people if each.is_student == wants_student}
        return [each for each in people if each.is_student == wants_student or name_key(each.name) not in names]

    def _namesakes(self, entry: Entry, person: Person) -> list[Person]:
        """Return who else has the name of a line that was matched to somebody of another name, in the same place."""
        if _is_called(person, entry):
            return []
        others = [each for name in entry.names for each in self.by_name.get(name_key(name), [])]
        return [each for each in others if each.is_student == person.is_student and not each.leads]

    def _accept(self, entry: Entry, person: Person) -> None:
        """Match an entry to somebody, unless that would change who they are: then ask."""
        agreeing = [kind for kind, value in keys_of(entry) if self._has(person, kind, value)]
        given = {kind: value for kind, value in entry.fields.items() if kind in STABLE}
        other = [
            kind for kind in given if kind in person.keys and not is_same_key(kind, given[kind], person.keys[kind])
        ]
        crossed = self._namesakes(entry, person)
        if other:
            named = gettext(" and ").join(
                gettext("{key} {given} instead of {known}").format(
                    key=FIELDS[kind], given=given[kind], known=person.keys[kind]
                )
                for kind in other
            )
            self._ask_who(entry, [person, *crossed], gettext("The file has {named}").format(named=named))
        elif crossed:
            sentence = gettext("The key and the name point to two people, as if they had been exchanged")
            self._ask_who(entry, [person, *crossed], sentence)
        elif len(agreeing) < 2 and _is_another_name(entry, person):
            key = FIELDS[agreeing[0]] if agreeing else gettext("identifier")
            self._ask_who(
                entry,
                [person],
                gettext("Only the {key} says that {name} is {person}").format(
                    key=key, name=entry.name, person=person.name
                ),
            )
        else:
            self._place(entry, person)

    def _has(self, person: Person, kind: str, value: str) -> bool:
        if kind == "email":
            return value in (each.casefold() for each in person.emails)
        return is_same_key(kind, person.keys.get(kind, ""), value)

    def _place(self, entry: Entry, person: Person) -> None:
        """Match an entry to somebody; ask if it names them a student and they are a TA, or the other way round."""
        role = entry.fields.get("role", person.role)
        if (role == Role.STUDENT) == person.is_student or person.leads:
            self.result.lines.append(Line(entry, person))
            return
        now, then = (Role(each).label for each in (person.role, role))
        choices = (
            SKIP,
            Choice(
                "also",
                gettext("Both: {person} stays {now}, and gets a second line as {then}.").format(
                    person=person.name, now=now, then=then
                ),
            ),
            Choice(
                "change",
                gettext("{person} is {then} from now on, and no longer {now}.").format(
                    person=person.name, then=then, now=now
                ),
            ),
        )
        sentence = gettext("{person} is {now} here, and {then} in the file.").format(
            person=person.name, now=now, then=then
        )
        answer = self.asked.ask(f"role-{entry.line}", entry.line, sentence, choices)
        if answer == "also":
            self.result.lines.append(Line(entry, None))
        elif answer == "change":
            self.result.lines.append(Line(entry, person))
        self.result.spared.add(person.pk)

    def _ask_who(self, entry: Entry, people: Sequence[Person], why: str) -> None:
        """Ask whom an entry means: one of some people, somebody new, or nobody."""
        free = {each.pk: each for each in people if not each.leads}
        self.result.spared |= free.keys()
        if not free:
            sentence = f"{why}: {people[0].name} {LEADS}."
            self.result.problems.append(Problem(entry.line, "", sentence, stops=False))
            return
        name = entry.name or gettext("this line")
        choices = [
            SKIP,
            *(
                Choice(f"is-{pk}", gettext("{name} is {person}.").format(name=name, person=person))
                for pk, person in free.items()
            ),
        ]
        choices.append(
            Choice("new", gettext("{name} is somebody new, and what the line names is theirs alone.").format(name=name))
        )
        given = listed(
            entry.emails, {kind: value for kind, value in entry.fields.items() if kind in (*STABLE, *LOGINS)}
        )
        sentence = gettext("{why}. Who is {name} (in the file: {given})?").format(why=why, name=name, given=given)
        answer = self.asked.ask(f"line-{entry.line}", entry.line, sentence, choices)
        if answer == "new":
            others = (*people, *self._claimants(entry))
            self.result.lines.append(Line(entry, None, frozenset(each.pk for each in others if not each.leads)))
        elif answer and answer != LEAVE_OUT:
            self.held.add(int(answer.removeprefix("is-")))
            self._place(entry, free[int(answer.removeprefix("is-"))])


def _is_another_name(entry: Entry, person: Person) -> bool:
    """Say whether both have a name, which is no key in its place, and the two have nothing in common."""
    is_weak = entry.has_weak_name or person.has_weak_name
    return bool(entry.name) and not is_weak and not share_a_word(entry.name, person.name)


def _is_called(person: Person, entry: Entry) -> bool:
    return name_key(person.name) in map(name_key, entry.names)

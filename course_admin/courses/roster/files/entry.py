"""One person of a file, and one error of it: what reading a file leaves, whatever its format."""

import re
from dataclasses import dataclass, replace

from course_admin.courses.roster.files.clean import name_key
from course_admin.courses.roster.files.columns import header_name
from course_admin.courses.roster.files.formats import CERTAINLY_LEFT, role_of

_IN_BRACKETS = re.compile(r"(.+?)\s*\(([^()\s]+)\)")
_REMARK = re.compile(r"^[(\[]([^)\]]+)[)\]]\s*|\s*[(\[]([^)\]]+)[)\]]$")
_IS_A_NAME = re.compile(r"[^\d@]+[\s,][^\d@]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a file: its line, its column (empty: the whole line), and a sentence.

    `stops`: nothing of the file is imported before it is gone; else only its line is left out.
    """

    line: int
    column: str
    sentence: str
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a file: the fields it gives, never empty ones.

    `identifiers`: free words of GitHub Classroom that may be somebody's student id, login or name. `has_weak_name`: the name
    is what they call themselves on GitHub, or a guess: it proves nothing, and replaces no better one. `status`: the cell, as
    it stands there; `role_words`: the cell of a role that is not known. `doubt`: why it may be no person at all.
    """

    line: int
    fields: dict[str, str]
    emails: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    status: str = ""
    role_words: str = ""
    identifiers: tuple[str, ...] = ()
    has_weak_name: bool = False
    doubt: str = ""

    @property
    def name(self) -> str:
        """The name that the file gives, or empty."""
        return self.fields.get("name", "")

    @property
    def names(self) -> list[str]:
        """Everything in the line that may be the person's name."""
        words = [match[1] for each in self.identifiers if (match := _IN_BRACKETS.fullmatch(each))]
        return [each for each in (self.name, *self.identifiers, *words) if each]


def also(emails: tuple[str, ...], address: str) -> tuple[str, ...]:
    """Return some addresses with one more, if it is not among them."""
    known = {each.casefold() for each in emails}
    return emails if address.casefold() in known else (*emails, address)


def with_identifier(entry: Entry, identifier: str, name: str) -> tuple[Entry, str]:
    """Return an entry with what GitHub Classroom's free identifier may say: an address, a number, a login, a name."""
    if "@" in identifier and " " not in identifier:
        entry = replace(entry, emails=also(entry.emails, identifier), has_weak_name=True)
        return entry, name or identifier
    words = _IN_BRACKETS.fullmatch(identifier)
    identifiers = (identifier, words[2]) if words else (identifier,)
    told = words[1] if words else identifier
    if name and _IS_A_NAME.fullmatch(told) and name_key(name) != name_key(told):
        name = told  # what its teacher calls somebody, rather than what they call themselves
    return replace(entry, identifiers=identifiers, has_weak_name=True), name or identifier


def with_remark(entry: Entry) -> Entry:
    """Return an entry with what stands in brackets around its name: that somebody has left, or what they are in the course."""
    found = _REMARK.search(entry.name)
    if found is None:
        return entry
    words, name = found[1] or found[2], _REMARK.sub("", entry.name, count=1)
    if header_name(words) in CERTAINLY_LEFT:
        return replace(entry, fields={**entry.fields, "name": name}, status=entry.status or words)
    if role := role_of(words):
        told = "role" in entry.fields or entry.role_words
        return replace(entry, fields={**entry.fields, "name": name, **({} if told else {"role": role})})
    return entry

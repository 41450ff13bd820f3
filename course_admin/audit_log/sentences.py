"""An audit event as a sentence: who did what to what, from what to what.

Fields are named as they are stored, without `_id` and `_at`; another row is named by what it is called now, and one that is gone
by its number. What a row was made of is said as far as it is not empty, and whose it is where the subject does not name them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.audit_log.stored_words import reason_in_words, subject_in_words
from course_admin.courses.audit import AUDITED
from course_admin.courses.models import AuditEvent, Enrollment, Group, Section
from course_admin.identity.models import User
from course_admin.manual_grading.models import Question, RubricItem
from course_admin.pages.moments import by_the_clock

CHARACTERS = 600  # of one value
NOBODY = _("The service")  # or a command of an operator's
NOTHING = _("nothing")
#: Field -> the table that its number is of. Their rows are named by their own columns alone.
NAMED: dict[str, type[Model]] = {
    "student_id": Enrollment,
    "enrollment_id": Enrollment,
    "section_id": Section,
    "other_sections": Section,
    "needs": Assignment,
    "group_id": Group,
    "assignment_id": Assignment,
    "suite_id": SuiteVersion,
    "account_id": User,
    "author_id": User,
    "set_by_id": User,
    "grader_id": User,
    "question_id": Question,
}
MARKS, ITEMS = "marks", "items"  # of a grading by hand: a question's number -> its items' numbers, and more
#: How the subject of something that is no change of one row begins -> what was done.
DEEDS = (
    ("regrade of ", pgettext_lazy("audit log", "asked for")),
    ("regrade preview of ", pgettext_lazy("audit log", "asked for")),
    ("comparison of ", pgettext_lazy("audit log", "asked for")),
    ("run ", pgettext_lazy("audit log", "asked for")),
    ("repositories of ", pgettext_lazy("audit log", "asked for")),
    ("calibration in ", pgettext_lazy("audit log", "began")),
    ("work of grading ", pgettext_lazy("audit log", "dealt out")),
    ("commit ", pgettext_lazy("audit log", "had graded")),
    ("repository ", pgettext_lazy("audit log", "said whose it is:")),
)
Names = Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One event as the page says it; `changes`: a line for each field."""

    event: AuditEvent
    who: str
    did: str
    changes: list[str]

    @property
    def what(self) -> str:
        """What it was done to."""
        return subject_in_words(self.event.subject)

    @property
    def why(self) -> str:
        """The reason, a person's as they wrote it."""
        return reason_in_words(self.event.reason)


def sentences_of(events: Iterable[AuditEvent]) -> list[Sentence]:
    """Return events, their actors and courses read already, as sentences; in one query for each kind of row that they name.

    Times are by the clock of an event's course.
    """
    read = list(events)
    names = _names(read)
    return [Sentence(each, str(each.actor or NOBODY), _did(each), _changes(each, names)) for each in read]


def _did(event: AuditEvent) -> str:
    """Return what somebody did; of what is no change of one row the subject says it."""
    match event.before, event.after:
        case None, {"viewed": _}:
            return gettext("looked at")
        case None, after if after is not None and _is_a_row(after):
            return pgettext("audit log", "added")
        case before, None if before is not None and _is_a_row(before):
            return pgettext("audit log", "removed")
        case before, after if before is not None and after is not None:
            return pgettext("audit log", "changed")
    deeds = (str(words) for begins, words in DEEDS if event.subject.startswith(begins))
    return next(deeds, pgettext("audit log", "did something about"))


def _is_a_row(values: Mapping[str, Any]) -> bool:
    return any(values.keys() == set(how.fields(model)) for model, how in AUDITED.items())


def _changes(event: AuditEvent, names: Names) -> list[str]:
    before, after = event.before or {}, event.after or {}
    zone: tzinfo = event.course.zone if event.course else UTC
    if event.before is not None and event.after is not None:
        fields = sorted({*before, *after})
        was, is_now = (
            {name: _said(name, values.get(name), names, zone) for name in fields} for values in (before, after)
        )
        return [
            gettext("{field}: another one, not told here").format(field=_words(name))
            if was[name] == is_now[name]
            else f"{_words(name)}: {was[name]} → {is_now[name]}"
            for name in fields
        ]
    lines = []
    for name, value in sorted((before or after).items()):  # a database keeps no order of them
        said = _said(name, value, names, zone)
        is_told = (name in NAMED and said in event.subject) or value == event.reason or name == "course_id"
        if not _is_empty(value) and value is not False and not is_told:
            lines.append(f"{_words(name)}: {said}")
    return lines


def _words(name: str) -> str:
    return pgettext("field", name.removesuffix("_id").removesuffix("_at").replace("_", " "))


def _said(name: str, value: Any, names: Names, zone: tzinfo) -> str:
    match value:
        case _ if _is_empty(value):
            return str(NOTHING)
        case bool():
            return gettext("yes") if value else gettext("no")
        case {"withheld": True}:
            return gettext("not told here")
        case int() if name in NAMED:
            return names.get((name, value), gettext("number {value}").format(value=value))
        case str() if name.endswith("_at") and (moment := _moment(value)) is not None:
            return by_the_clock(moment, zone)
        case list():
            return _short(", ".join(_said(name, each, names, zone) for each in value))
        case dict() if name == MARKS:
            return _short("; ".join(_marks(value, names)))
        case dict():
            return _short(", ".join(f"{key} {_said('', each, names, zone)}" for key, each in value.items()))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…"


def _marks(marks: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Yield what a grading by hand gave each question, in the words of its rubric."""
    for key, given in marks.items():
        question = names.get((MARKS, int(key)), key)
        items = [names.get((ITEMS, item), str(item)) for item in given.get(ITEMS, ())]
        told = [*items, *(f"{word} {given[word]}" for word in ("adjustment", "comment") if given.get(word))]
        yield f"{question}: {', '.join(told) or NOTHING}"


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _names(events: Iterable[AuditEvent]) -> Names:
    """Return what the rows are called that events have by number, by field and number."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for event in events:
        for values in (event.before or {}, event.after or {}):
            for key, given in (values.get(MARKS) or {}).items():
                wanted[Question].add(int(key))
                wanted[RubricItem].update(given.get(ITEMS, ()))
            for name in values.keys() & NAMED.keys():
                value = values[name]
                wanted[NAMED[name]] |= {
                    key for key in (value if isinstance(value, list) else [value]) if type(key) is int
                }
    found = {model: model._base_manager.in_bulk(keys) for model, keys in wanted.items() if keys}
    called = {(name, key): str(row) for name, model in NAMED.items() for key, row in found.get(model, {}).items()}
    parts = ((MARKS, Question), (ITEMS, RubricItem))
    return called | {(name, key): str(row) for name, model in parts for key, row in found.get(model, {}).items()}

"""What columns and words of a file mean that its reader does not know: each is asked about once. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Role
from course_admin.courses.roster.files import clean
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.entry import Entry, also
from course_admin.courses.roster.files.formats import role_of, state_of
from course_admin.courses.roster.files.roster_file import DoubtfulColumn, RosterFile
from course_admin.courses.roster.questions import Asked, Choice

IN_OR_OUT = (
    Choice("yes", _("They are in the course.")),
    Choice("no", _("They are not, or no longer, in the course.")),
)
NO_ROLE = "none"
SHOWN = 3  # cells of a column that a question shows


def with_doubtful_columns(file: RosterFile, asked: Asked) -> list[Entry]:
    """Return a file's entries, with the columns of unknown headers of which somebody says that they hold what they seem to."""
    entries = file.entries
    for column in file.doubtful_columns:
        shown = ", ".join(sorted(set(column.cells.values()))[:SHOWN])
        sentence = gettext('The column "{header}" is not known, and says: {shown}. Does it hold the {meaning}?').format(
            header=column.header, shown=shown, meaning=FIELDS[column.meaning]
        )
        choices = (Choice(column.meaning, _("Yes: read it.")), Choice("nothing", _("No: it is about something else.")))
        if asked.ask(f"column-{column.index}", 0, sentence, choices) == column.meaning:
            entries = [_with_cell(each, column) for each in entries]
    return entries


def _with_cell(entry: Entry, column: DoubtfulColumn) -> Entry:
    cell = column.cells.get(entry.line, "")
    if not cell:
        return entry
    match column.meaning:
        case "status":
            return replace(entry, status=cell)
        case "role":
            return replace(entry, fields={**entry.fields, "role": role_of(cell)})
        case "email":
            emails = entry.emails
            for address in clean.clean_emails(cell):
                emails = also(emails, address)
            return replace(entry, emails=emails)
        case meaning:
            return replace(entry, fields={**entry.fields, meaning: clean.CLEANERS[meaning](cell)})


def with_states(entries: list[Entry], asked: Asked) -> list[Entry]:
    """Return the entries with `status` yes or no, asking what words mean that are not known."""
    unknown = _counted(each.status for each in entries if state_of(each.status) is None)
    told: dict[str, bool] = {}
    for word, count in unknown.items():
        sentence = ngettext(
            'What does the status "{word}" mean, which {count} line has?',
            'What does the status "{word}" mean, which {count} lines have?',
            count,
        ).format(word=word, count=count)
        told[word] = asked.ask(f"status-{word}", 0, sentence, IN_OR_OUT) != "no"
    states = {each.line: told.get(each.status.casefold(), state_of(each.status)) for each in entries}
    empty = [each.line for each in entries if not each.status]
    is_told = any(each.status for each in entries) and all(asked.answer_of(f"status-{word}") for word in unknown)
    if empty and is_told and all(states.values()):  # a tick for some, nothing for the rest
        sentence = ngettext(
            "{count} line has no status, and others have. Is that person in the course?",
            "{count} lines have no status, and others have. Are these people in the course?",
            len(empty),
        ).format(count=len(empty))
        states |= dict.fromkeys(empty, asked.ask("no-status", 0, sentence, IN_OR_OUT) != "no")
    return [replace(each, status="yes" if states[each.line] else "no") for each in entries]


def with_roles(entries: list[Entry], asked: Asked) -> list[Entry]:
    """Return the entries with their roles, asking what words mean that are not known, or that name several."""
    told: dict[str, str] = {}
    for word, count in _counted(each.role_words for each in entries if each.role_words).items():
        sentence = ngettext(
            'What is somebody in this course whose role is "{word}", as in {count} line?',
            'What is somebody in this course whose role is "{word}", as in {count} lines?',
            count,
        ).format(word=word, count=count)
        choices = [*(Choice(role.value, role.label) for role in Role), Choice(NO_ROLE, IN_OR_OUT[1].words)]
        told[word] = asked.ask(f"roles-{word}", 0, sentence, choices)
    return [_with_role(each, told.get(each.role_words.casefold(), "")) for each in entries]


def _counted(words: Iterable[str]) -> dict[str, int]:
    """Return how many lines have each word, capitals aside, in the order of the words."""
    return dict(sorted(Counter(map(str.casefold, words)).items()))


def _with_role(entry: Entry, role: str) -> Entry:
    if role == NO_ROLE:
        return replace(entry, status="no")
    return replace(entry, fields={**entry.fields, "role": role}) if role else entry

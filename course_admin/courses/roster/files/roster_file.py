"""What a roster file says as a whole: its people, its errors, and the columns that were read, not read, or not known."""

from dataclasses import dataclass, field

from django.utils.translation import gettext

from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.roster.files.entry import Entry, Problem


@dataclass(frozen=True, slots=True)
class Column:
    """A column to ask about: where it stands, its header, some of its cells, and what it may be."""

    index: int
    header: str
    samples: list[str]
    guess: str


@dataclass(frozen=True, slots=True)
class DoubtfulColumn:
    """A column that is not read, since its header is unknown, and whose cells, by line, say what it may hold."""

    index: int
    header: str
    meaning: str
    cells: dict[int, str]


@dataclass(slots=True)
class RosterFile:
    """What a file says."""

    kind: str
    entries: list[Entry]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    joins: str = "semicolons"
    doubtful_columns: list[DoubtfulColumn] = field(default_factory=list)


class UnknownColumns(FileUnreadable):
    """No line of the file is a header that is known; `columns` is what to ask about."""

    def __init__(self, columns: list[Column]) -> None:
        super().__init__(
            gettext("The file names no columns of a roster that are known here: say what each of them holds.")
        )
        self.columns = columns

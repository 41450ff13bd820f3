"""A line of what was handed in: its file, for a notebook the cell, and its number; and the address that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from course_admin.submissions.models import Attempt


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of the student's; of a notebook, a line of one of its cells. `cell` is 0 for a file."""

    path: str
    line: int
    cell: int = 0

    @property
    def anchor(self) -> str:
        """Its name on the page of that file: `L12`, in a notebook `C3L12`."""
        return f"C{self.cell}L{self.line}" if self.cell else f"L{self.line}"

    @property
    def words(self) -> str:
        """What people call it, after the file."""
        if self.cell:
            return gettext("cell {cell}, line {line}").format(cell=self.cell, line=self.line)
        return gettext("line {line}").format(line=self.line)

    def query(self) -> str:
        """Return it as the parameters of an address."""
        named = {"file": self.path, "line": self.line} | ({"cell": self.cell} if self.cell else {})
        return urlencode(named)

    def url(self, attempt: Attempt) -> str:
        """Return the address where it stands among its file's lines."""
        return f"{reverse('attempt-code', args=[attempt.public_id])}?{urlencode({'file': self.path})}#{self.anchor}"


def place_in(sent: Mapping[str, str]) -> Place | None:
    """Return the line that parameters of an address, or a form, name; None if they name no file.

    A number that is none is line 0, which no file has.
    """
    path = sent.get("file", "")
    return Place(path, _number(sent.get("line", "")), _number(sent.get("cell", ""))) if path else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0

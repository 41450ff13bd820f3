"""A check's message taken apart: what was called, what was expected, what came back, where, and the hint.

The judge writes messages as text (`grader/judge/feedback.py`), suites their part of it (`test_suites/failure.py`); what does not
look like either stays whole. All of it is student text: it is only ever shown, and a message that imitates another shows itself.
"""

import re
from dataclasses import dataclass, field

from course_admin.submissions.reports.failures.heat import HeatMap, heat_map

LAST_CALLS = "Last calls: "
_ROW = re.compile(r"  ([a-z][a-z ]{1,9}):\s+(.*)")
_MORE = re.compile(r" {13}(.*)|\s*$")
_FRAME = re.compile(
    r'  File "(?P<path>[^"]+)", line (?P<line>\d{1,7}), in (?P<function>.*?)(?: \((?P<place>.* cell [^()]*)\))?$'
)
_PLACE = re.compile(r"(?P<notebook>.+), cell (?P<cell>[1-9]\d{0,6}), line (?P<line>\d{1,7})")
_KIND = re.compile(r"([a-z]+\d* \((?:\d+,? ?)*\))\s*")
_TOLERANCE = re.compile(r"rtol=([0-9.e+-]+), atol=([0-9.e+-]+)")
#: The rows that have a place of their own; others are shown as they come.
NAMED = ("given", "expected", "got", "differing", "first", "hint")


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a student's traceback; `place`: cell and line of the notebook that it was assembled from."""

    path: str
    line: int
    function: str
    code: str
    place: str = ""

    @property
    def notebook(self) -> str:
        """The notebook's path; empty if this is no line of a notebook."""
        found = _PLACE.fullmatch(self.place)
        return found["notebook"] if found else ""

    @property
    def cell(self) -> int:
        """The cell's number from 1; 0 if this is no line of a notebook."""
        found = _PLACE.fullmatch(self.place)
        return int(found["cell"]) if found else 0

    @property
    def cell_line(self) -> int:
        """The line's number within its cell; 0 if this is no line of a notebook."""
        found = _PLACE.fullmatch(self.place)
        return int(found["line"]) if found else 0


@dataclass(frozen=True, slots=True)
class Value:
    """One of the two values of a comparison: what kind it is, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message's parts; empty where it has none."""

    headline: str
    rows: dict[str, str] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    calls: str = ""
    more: tuple[str, ...] = ()  # what follows: hints of the engine about imports and files

    @property
    def cause(self) -> tuple[object, ...]:
        """What is the same in the messages of two checks that fail for one reason."""
        return self.headline, self.frames, self.more

    @property
    def expected(self) -> Value | None:
        """What was expected."""
        return _value(self.rows["expected"]) if "expected" in self.rows else None

    @property
    def got(self) -> Value | None:
        """What came back."""
        return _value(self.rows["got"]) if "got" in self.rows else None

    @property
    def tolerance(self) -> tuple[float, float]:
        """How far apart two numbers may be, relative and absolute."""
        found = _TOLERANCE.search(self.rows.get("differing", ""))
        try:
            return (float(found[1]), float(found[2])) if found else (0.0, 0.0)
        except ValueError:
            return 0.0, 0.0

    @property
    def heat(self) -> HeatMap | None:
        """Where a large array differs."""
        return heat_map(self.rows.get("where", ""))

    @property
    def other_rows(self) -> list[tuple[str, str]]:
        """The rows that have no place of their own."""
        named = (*NAMED, "where") if self.heat else NAMED
        return [(name, text) for name, text in self.rows.items() if name not in named]


def parse(text: str) -> Message:
    """Return a message's parts."""
    headline, *lines = text.split("\n")
    rows: dict[str, str] = {}
    frames: list[Frame] = []
    more: list[str] = []
    calls, last = "", ""
    for line in lines:
        if line.startswith(LAST_CALLS):
            calls, last = line.removeprefix(LAST_CALLS), ""
        elif found := _FRAME.fullmatch(line):
            frames.append(Frame(found["path"], int(found["line"]), found["function"], "", found["place"] or ""))
            last = "frame"
        elif last == "frame" and line.startswith("    "):
            before = frames[-1]
            frames[-1] = Frame(before.path, before.line, before.function, line.strip(), before.place)
            last = ""
        elif (row := _ROW.fullmatch(line)) and row[1] not in rows:
            last = row[1]
            rows[last] = row[2]
        elif last and last != "frame" and (continued := _MORE.fullmatch(line)):
            rows[last] += "\n" + (continued[1] or "")
        elif rows or frames or calls:
            more.append(line)
            last = ""
        else:
            headline += "\n" + line
    return Message(headline, rows, tuple(frames), calls, tuple(line for line in more if line.strip()))


def _value(text: str) -> Value:
    found = _KIND.match(text)
    if found is None or found.end() == len(text):
        return Value("", text)
    return Value(found[1], text[found.end() :])

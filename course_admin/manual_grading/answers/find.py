"""The answer to a question in a submission: a section of a Markdown file or of a notebook, or a whole file.

Patterns are tried in their order; of the files that fit the first that has the marker's heading is read. A section goes from
the line that holds the marker to the next heading of the same or a higher level, or to the next question's marker. A notebook reads
as its cells in their order, code in fences. Nothing is rendered and nothing is run.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from course_admin.courses.models import Enrollment
from course_admin.manual_grading.models import Question

HIDDEN = "[name]"
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s")
LEAST_CHARACTERS = 3  # of a name that is hidden: shorter ones are parts of words
MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer, and the file that it is in; empty where there is none."""

    path: str = ""
    text: str = ""


def find_answer(question: Question, files: Mapping[str, str], markers: Iterable[str]) -> Answer:
    """Return the answer in a submission's text files; `markers`: those of all questions, each of which ends a section."""
    marker = question.answer_marker
    others = [each for each in markers if each and each != marker]
    for pattern in question.answer_paths.split("\n"):
        for path in sorted(name for name in files if pattern and _fits(name, pattern)):
            text = _as_text(path, files[path])
            found = _section(text, marker, others) if marker else text.strip()
            if found:
                return Answer(path, found[:MOST_CHARACTERS])
    return Answer()


def without_names(text: str, people: Iterable[Enrollment]) -> str:
    """Return a text in which what tells who wrote it is hidden, as far as their lines of the roster know it."""
    known: set[str] = set()
    for each in people:
        known |= {each.name, *each.name.split(), each.email, each.github_login, each.student_id}
    for name in sorted((each for each in known if len(each) >= LEAST_CHARACTERS), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return text


def _fits(path: str, pattern: str) -> bool:
    """Say whether a path, or what of it is below a folder, fits a pattern, capitals aside."""
    name, wanted = path.casefold(), pattern.casefold()
    return fnmatchcase(name, wanted) or fnmatchcase(name, f"*/{wanted}")


def _as_text(path: str, data: str) -> str:
    return _cells(data) if path.casefold().endswith(".ipynb") else data.replace("\r\n", "\n")


def _cells(data: str) -> str:
    """Return a notebook as text; empty if it is none."""
    try:
        notebook: Any = json.loads(data)
        cells = notebook["cells"]
        parts = [_cell(each["cell_type"], each["source"]) for each in cells]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return "\n\n".join(filter(None, parts))


def _cell(kind: Any, source: Any) -> str:
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    if not text.strip():
        return ""
    return text if kind != "code" else f"```python\n{text}\n```"


def _section(text: str, marker: str, others: Iterable[str]) -> str:
    """Return what stands below the first line that holds a marker; empty if nothing does."""
    lines = text.split("\n")
    folded, ends = marker.casefold(), [each.casefold() for each in others]
    start = next((place for place, line in enumerate(lines) if folded in line.casefold()), None)
    if start is None:
        return ""
    level = _level(lines[start])
    below: list[str] = []
    is_code = False
    for line in lines[start + 1 :]:
        is_code ^= line.lstrip().startswith("```")
        own = 0 if is_code else _level(line)
        if (own and (own <= level or not level)) or any(each in line.casefold() for each in ends):
            break
        below.append(line)
    return "\n".join(below).strip()


def _level(line: str) -> int:
    found = _HEADING.match(line)
    return len(found[1]) if found else 0

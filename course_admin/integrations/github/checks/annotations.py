"""Annotations: what failed, at the student's own line; of a notebook at its file, with cell and line in words."""

import re
from typing import Any

from course_admin.submissions.reports.failures.groups import Grouped, Row
from course_admin.submissions.reports.failures.sources import Sources
from grader.sanitize import clean

MOST = 50  # of one request; later ones would add to them, and nothing can be taken back
MESSAGE_BYTES, MESSAGE_LINES = 4_000, 40
TITLE_BYTES = 250
_PLACE = re.compile(r"(?P<notebook>.+), (?P<place>cell \d+, line \d+)")


def annotations(groups: Grouped, sources: Sources) -> list[dict[str, Any]]:
    """Return the annotations of a report's failed checks, those that cost most first; one for a cause, 50 at most."""
    rows = [groups.cause] if groups.cause else [row for group in groups.failed for row, _ in group.distinct]
    found: dict[tuple[str, int, str], dict[str, Any]] = {}
    for row in rows:
        one = _annotation(row, sources)
        if one is not None:
            found.setdefault((one["path"], one["start_line"], one["message"]), one)
    return list(found.values())[:MOST]


def _annotation(row: Row, sources: Sources) -> dict[str, Any] | None:
    frame = row.frame
    if frame is None:
        return None
    message = row.check.message
    notebook = _PLACE.fullmatch(frame.place)
    if notebook is not None:  # its file's own lines are JSON, which nobody has written
        path, line, message = notebook["notebook"], 1, f"In {notebook['place']}: {message}"
    else:
        there = sources.path_of(frame.path)
        if there is None or not sources.around(there, frame.line):
            return None
        path, line = there, frame.line
    return {
        "path": path,
        "start_line": line,
        "end_line": line,
        "annotation_level": "warning" if row.check.verdict == "over_budget" else "failure",
        "title": clean(row.check.name, TITLE_BYTES, 1),
        "message": clean(message, MESSAGE_BYTES, MESSAGE_LINES) or row.check.label,
    }

"""Annotations: what failed, at the student's own line; of a notebook at its file, with cell and line in words."""

from typing import Any

from course_admin.submissions.reports.failures.groups import Grouped, Row
from grader.sanitize import clean

MOST = 50  # of one request; later ones would add to them, and nothing can be taken back
MESSAGE_BYTES, MESSAGE_LINES = 4_000, 40
TITLE_BYTES = 250


def annotations(groups: Grouped) -> list[dict[str, Any]]:
    """Return the annotations of a report's failed checks, those that cost most first; one for a cause, 50 at most."""
    rows = [groups.cause] if groups.cause else [row for group in groups.failed for row, _ in group.distinct]
    found: dict[tuple[str, int, str], dict[str, Any]] = {}
    for row in rows:
        one = _annotation(row)
        if one is not None:
            found.setdefault((one["path"], one["start_line"], one["message"]), one)
    return list(found.values())[:MOST]


def _annotation(row: Row) -> dict[str, Any] | None:
    frame = row.frame
    if frame is None:
        return None
    message = row.check.message
    if frame.notebook:  # its file's own lines are JSON, which nobody has written
        path, line, message = frame.notebook, 1, f"In cell {frame.cell}, line {frame.cell_line}: {message}"
    elif row.place is not None:
        path, line = row.place.path, row.place.line
    else:
        return None
    return {
        "path": path,
        "start_line": line,
        "end_line": line,
        "annotation_level": "warning" if row.check.verdict == "over_budget" else "failure",
        "title": clean(row.check.name, TITLE_BYTES, 1),
        "message": clean(message, MESSAGE_BYTES, MESSAGE_LINES) or row.check.label,
    }

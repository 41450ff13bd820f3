"""Asking Canvas what it says of a course's assignments, and keeping the answer until somebody looks at it.

The page only asks for it: the request is made in the queue `sync`, where waiting holds nobody up.
"""

from datetime import datetime
from typing import Any

from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import AssignmentReading, CanvasCourse
from course_admin.integrations.outbox.enquiry.asking import Step, answer, note
from course_admin.integrations.times import moment_of
from course_admin.policy import Action, require
from grader.sanitize import clean

NAME_BYTES = 1000  # an assignment's title here is shorter; what is cut could not be taken over anyhow
TELL_EVERY = 50  # assignments


def ask(*, link: CanvasCourse, actor: Any, at: datetime) -> AssignmentReading:
    """Note that who leads a course wants to know what Canvas says; return it. Raises Refused. The caller sends the task."""
    require(actor, Action.SET_UP, link.course)
    return note(AssignmentReading, link, at)


def read(*, asked: AssignmentReading, lms: Canvas, at: datetime) -> None:
    """Ask Canvas, and keep what it says of the assignments that are linked, or why it says nothing."""

    def find(step: Step) -> dict[str, Any]:
        numbers = set(lms.assignments().values())
        rows = {}
        for count, told in enumerate(lms.client.assignments(), 1):
            if str(told["id"]) in numbers:
                rows[str(told["id"])] = _row(told)
            if count % TELL_EVERY == 0:
                step(count, None)
        return {"rows": rows}

    answer(asked=asked, find=find, at=at)


def _row(told: dict[str, Any]) -> dict[str, str]:
    """Return an assignment's name and due time, in UTC; empty where Canvas says none that can be read."""
    name, utc = told.get("name"), moment_of(told.get("due_at"))
    return {
        "name": clean(name, NAME_BYTES).strip() if isinstance(name, str) else "",
        "due_at": utc.isoformat() if utc else "",
    }

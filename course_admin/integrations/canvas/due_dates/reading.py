"""Asking Canvas what it says of a course's assignments, and keeping the answer until somebody looks at it.

The page only asks for it: the request is made in the queue `sync`, where waiting holds nobody up.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import AssignmentReading, CanvasCourse
from course_admin.integrations.outbox.lms import LmsProblem
from course_admin.integrations.times import moment_of
from course_admin.policy import Action, require
from grader.sanitize import clean

NAME_BYTES = 1000  # an assignment's title here is shorter; what is cut could not be taken over anyhow


def ask(*, link: CanvasCourse, actor: Any, at: datetime) -> None:
    """Note that who leads a course wants to know what Canvas says. Raises Refused. The caller sends the task."""
    require(actor, Action.SET_UP, link.course)
    told: dict[str, Any] = {"asked_at": at, "read_at": None, "words": "", "rows": {}}
    AssignmentReading.objects.update_or_create(link=link, defaults=told)


def read(*, link: CanvasCourse, lms: Canvas, at: datetime) -> None:
    """Ask Canvas, and keep what it says of the assignments that are linked, or why it says nothing."""
    numbers = set(lms.assignments().values())
    try:
        told = lms.client.assignments()
        rows = {str(each["id"]): _row(each) for each in told if str(each["id"]) in numbers}
        noted: dict[str, Any] = {"rows": rows, "read_at": at, "words": ""}
    except LmsProblem as problem:
        noted = {"rows": {}, "words": str(problem)}
    with transaction.atomic():
        # A link that was corrected meanwhile leads to another course, of which this says nothing.
        asked = {"pk": link.pk, "address": link.address, "canvas_id": link.canvas_id}
        if CanvasCourse.objects.select_for_update().filter(**asked).first() is not None:
            AssignmentReading.objects.filter(link=link).update(**noted)


def _row(told: dict[str, Any]) -> dict[str, str]:
    """Return an assignment's name and due time, in UTC; empty where Canvas says none that can be read."""
    name, utc = told.get("name"), moment_of(told.get("due_at"))
    return {
        "name": clean(name, NAME_BYTES).strip() if isinstance(name, str) else "",
        "due_at": utc.isoformat() if utc else "",
    }

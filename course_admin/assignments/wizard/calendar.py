"""The calendar of the wizard's dates: what is due already, what is being planned, and a day that is chosen by a click."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.course_setup.term_calendar import Month, months
from course_admin.assignments.models import Assignment
from course_admin.assignments.wizard.forms import DatesForm
from course_admin.courses.models import Course

DUE_AT_CLOCK = "23:59"
FEWEST_WEEKS = 6  # so far the calendar reaches at least
OWN = {"releases_at": _("opens"), "due_at": _("due"), "closes_at": _("closes")}
EARLIEST_DAYS = 31  # of what is over, so much


def calendar_of(course: Course, form: DatesForm, at: datetime) -> list[Month]:
    """Return the months that matter to a new assignment, with the course's due times and the form's own."""
    marks = due_marks(course.assignments.exclude(due_at=None), course.zone)
    own = _own(form, course.zone)
    today = at.astimezone(course.zone).date()
    far = [day for day in (*marks, *own) if day >= today - timedelta(days=EARLIEST_DAYS)]
    return months([today, today + timedelta(weeks=FEWEST_WEEKS), *far], course.free_days, marks, own)


def due_marks(assignments: Iterable[Assignment], zone: ZoneInfo) -> dict[date, list[str]]:
    """Return the short names of assignments by the day on which they are due."""
    found: dict[date, list[str]] = defaultdict(list)
    for each in assignments:
        if each.due_at is not None:
            found[each.due_at.astimezone(zone).date()].append(each.slug)
    return found


def _own(form: DatesForm, zone: ZoneInfo) -> dict[date, list[str]]:
    if not form.is_bound:
        return {}
    found: dict[date, list[str]] = defaultdict(list)
    for name, word in OWN.items():
        moment = _typed_moment(form, name)
        if moment is not None:
            found[moment.astimezone(zone).date()].append(str(word))
    return found


def typed_moments(form: DatesForm) -> list[tuple[str, datetime]]:
    """Return the moments that were typed and can be read, each with its label."""
    read = ((str(form.fields[name].label), _typed_moment(form, name)) for name in OWN) if form.is_bound else ()
    return [(label, moment) for label, moment in read if moment is not None]


def _typed_moment(form: DatesForm, name: str) -> datetime | None:
    """Return a moment that can be read, also where the form refuses it for another reason."""
    try:
        return cast(datetime | None, form.fields[name].clean(form[name].data))
    except ValidationError:
        return None


def with_day_picked(posted: QueryDict) -> QueryDict:
    """Return what was posted, with the day that was clicked in the calendar as the due day, at the time that was typed."""
    picked = posted.get("due_day", "")
    if not picked:
        return posted
    changed = posted.copy()
    _, _, clock_time = posted.get("due_at", "").replace(" ", "T").partition("T")
    changed["due_at"] = f"{picked}T{clock_time or DUE_AT_CLOCK}"
    return changed

"""Times in the back office, in lists, on pages and where they are typed: by the clock of the row's course, which each names.

What belongs to no course is by the service's own clock, UTC; and so are the days of a list of several courses, whose clocks differ.
"""

import functools
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course
from course_admin.pages.moments import by_the_clock
from course_admin.pages.times import CourseTimeField, CourseTimeInput
from course_admin.policy import Right, rows_in_table, viewer
from course_admin.policy.subjects import subject_of

BY_ITS_CLOCK = _("By the course's clock: {zone}.")
BY_ANY_CLOCK = _("By the clock of the course that you choose.")
KEY_DIGITS = 18  # no column holds more
CHOSEN = "__id__exact"  # what Django's filters put behind the name of another table


class CourseTimes(BaseModelAdmin):
    """A page, or an inline, whose times are typed by the clock of their course; the page makes its zone the current one."""

    formfield_overrides = {models.DateTimeField: {"form_class": CourseTimeField, "widget": CourseTimeInput}}

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the zone beside each time."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, CourseTimeField):
            match = request.resolver_match
            is_new = match is not None and (match.url_name or "").endswith("_add")
            words = BY_ANY_CLOCK if is_new else BY_ITS_CLOCK.format(zone=timezone.get_current_timezone_name())
            field.help_text = f"{field.help_text} {words}".strip()
        return field


def zone_of(row: models.Model) -> tzinfo:
    """Return the zone of a row's course."""
    path = subject_of(type(row)).course
    steps = path.split("__") if path else []
    course: Any = (
        None if path is None else functools.reduce(lambda here, name: here and getattr(here, name), steps, row)
    )
    return course.zone if course is not None else UTC


def said(moment: datetime, row: models.Model) -> str:
    """Return a moment of a row as people of its course read it."""
    return by_the_clock(moment, zone_of(row))


@functools.cache
def column(model: Any, name: str) -> Callable[[Any], str | None]:
    """Return the column of a list that shows a field of moments."""

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)
    def shown(row: Any) -> str | None:
        moment = getattr(row, name)
        return said(moment, row) if moment is not None else None

    shown.__name__ = name
    return shown


def is_of_moments(model: type[models.Model], name: Any) -> bool:
    """Say whether something that a list shows is a field of moments."""
    own = {each.name: each for each in model._meta.concrete_fields}
    return isinstance(name, str) and isinstance(own.get(name), models.DateTimeField)


def zone_of_list(page: admin.ModelAdmin, request: HttpRequest) -> tzinfo:
    """Return the zone of the courses whose rows a list shows, as it is filtered; UTC where that is not one."""
    if subject_of(page.model).course is None:
        return UTC
    courses = rows_in_table(viewer(request), Right.VIEW, Course.objects.all())
    for name, value in request.GET.dict().items():
        is_choice = name.endswith(CHOSEN) and page.lookup_allowed(name, value, request)
        if is_choice and value.isascii() and value.isdecimal() and len(value) <= KEY_DIGITS:
            courses = courses.filter(pk__in=_courses_of(page.model, name.removesuffix(CHOSEN), int(value)))
    zones = list(courses.order_by("time_zone").values_list("time_zone", flat=True).distinct()[:2])
    return zoneinfo.ZoneInfo(zones[0]) if len(zones) == 1 else UTC


def _courses_of(model: type[models.Model], path: str, key: int) -> models.QuerySet:
    """Return the courses of the row that a filter chooses of another table; all, if that belongs to none."""
    chosen: Any = get_fields_from_path(model, path)[-1].related_model
    course = subject_of(chosen).course
    return Course.objects.values("pk") if course is None else chosen.objects.filter(pk=key).values(course or "pk")


class DayFilter(admin.DateFieldListFilter):
    """A filter by days of the list's zone, which it names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = f"{self.title} ({timezone.get_current_timezone_name()})"


admin.FieldListFilter.register(lambda field: isinstance(field, models.DateTimeField), DayFilter, take_priority=True)

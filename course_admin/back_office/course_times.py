"""Times in the back office, in lists, on pages and where they are typed: by the clock of the row's course, which each names.

What belongs to no course is by the service's own clock, UTC.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.pages.moments import by_the_clock
from course_admin.pages.times import CourseTimeField, CourseTimeInput
from course_admin.policy.subjects import subject_of

BY_ITS_CLOCK = _("By the course's clock: {zone}.")
BY_ANY_CLOCK = _("By the clock of the course that you choose.")


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

"""Fields of times in the back office: the browser's own inputs, by the clock of the row's course, which each of them names."""

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.pages.times import CourseTimeField, CourseTimeInput

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

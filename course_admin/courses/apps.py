"""The app `courses`."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    """Courses, sections, enrolments."""

    name = "course_admin.courses"
    label = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        """Check the pages of the back office at start."""
        from course_admin.back_office.page_checks import check_pages

        checks.register(check_pages, "admin")

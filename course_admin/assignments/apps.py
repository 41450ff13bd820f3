"""The app `assignments`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssignmentsConfig(AppConfig):
    """Assignments and the versions of their suites."""

    name = "course_admin.assignments"
    label = "assignments"
    verbose_name = _("Assignments")

    def ready(self) -> None:
        """Say how its tables are audited."""
        from course_admin.assignments.audit import register

        register()

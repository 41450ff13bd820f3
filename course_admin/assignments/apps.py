"""The app `assignments`."""

from django.apps import AppConfig


class AssignmentsConfig(AppConfig):
    """Assignments and the versions of their suites."""

    name = "course_admin.assignments"
    label = "assignments"

    def ready(self) -> None:
        """Say how its tables are audited."""
        from course_admin.assignments.audit import register

        register()

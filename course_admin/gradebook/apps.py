"""The app `gradebook`."""

from django.apps import AppConfig


class GradebookConfig(AppConfig):
    """Grades, computed from what the database holds; only overrides and choices are stored."""

    name = "course_admin.gradebook"
    label = "gradebook"

    def ready(self) -> None:
        """Say how overrides are audited."""
        from course_admin.courses.audit import AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.gradebook.models import Override

        AUDITED[Override] = Audited(
            AuditKind.GRADE, ("points",), lambda row: row.assignment.course, lambda row: f"{row}"
        )

"""The app `submissions`."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Pushes, attempts, runs, checks."""

    name = "course_admin.submissions"
    label = "submissions"

    def ready(self) -> None:
        """Say why its tables are not audited."""
        from course_admin.submissions.audit import register

        register()

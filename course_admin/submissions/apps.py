"""The app `submissions`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubmissionsConfig(AppConfig):
    """Pushes, attempts, runs, checks."""

    name = "course_admin.submissions"
    label = "submissions"
    verbose_name = _("Submissions")

    def ready(self) -> None:
        """Say why its tables are not audited."""
        from course_admin.submissions.audit import register

        register()

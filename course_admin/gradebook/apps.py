"""The app `gradebook`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradebookConfig(AppConfig):
    """Grades, computed from what the database holds; only overrides and choices are stored."""

    name = "course_admin.gradebook"
    label = "gradebook"
    verbose_name = _("Gradebook")

    def ready(self) -> None:
        """Say how overrides and choices are audited."""
        from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.gradebook.models import Choice, Override

        own = {"set_by": "the event says who", "set_at": "the event says when"}
        AUDITED[Override] = Audited(AuditKind.GRADE, lambda row: f"{row}", own)
        AUDITED[Choice] = Audited(
            AuditKind.GRADE, lambda row: f"choice of {row.student} in {row.assignment}", {"chosen_at": own["set_at"]}
        )
        NOT_AUDITED["gradebook.previewfigures"] = "worked out from what is audited, and nothing is published by it"

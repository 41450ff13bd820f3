"""The app `outbox`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    """Grades that wait to be sent to an LMS, were sent, or could not be."""

    name = "course_admin.integrations.outbox"
    label = "outbox"
    verbose_name = _("Grades to learning platforms")

    def ready(self) -> None:
        """Say why its tables are not audited."""
        from course_admin.courses.audit import NOT_AUDITED

        NOT_AUDITED["outbox.link"] = "half of a row of its LMS's own table, which is audited whole"
        NOT_AUDITED["outbox.comparison"] = "what an LMS said; nothing follows from it by itself"
        NOT_AUDITED["outbox.gradedelivery"] = "made by rounds; what staff decide about one has an event of its own"

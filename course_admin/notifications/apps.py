"""The app `notifications`."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What people are told, and how often."""

    name = "course_admin.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Say why its tables are not audited."""
        from course_admin.courses.audit import NOT_AUDITED

        NOT_AUDITED["notifications.news"] = "worked out from what happened, which is audited where it did"
        NOT_AUDITED["notifications.preference"] = "a person's own, and decides nothing but their mails"

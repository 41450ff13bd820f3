"""The app `outbox`."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Grades that wait to be sent to an LMS, were sent, or could not be."""

    name = "course_admin.integrations.outbox"
    label = "outbox"

"""The app `invitations`."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    """How people get accounts and places by themselves, where the course's staff let them."""

    name = "course_admin.invitations"
    label = "invitations"

    def ready(self) -> None:
        """Say how its tables are audited."""
        from course_admin.invitations.audit import register

        register()

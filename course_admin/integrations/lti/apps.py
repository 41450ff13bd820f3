"""The app `lti`."""

from django.apps import AppConfig


class LtiConfig(AppConfig):
    """Platforms that launch us, our keys there, which courses and assignments are which, and the client that sends grades."""

    name = "course_admin.integrations.lti"
    label = "lti"
    verbose_name = "LTI"

    def ready(self) -> None:
        """Say how its tables are audited, and what asks a platform."""
        from course_admin.integrations.lti.advantage.lms import LtiLms
        from course_admin.integrations.lti.audit import register
        from course_admin.integrations.outbox.lms import KINDS

        register()
        KINDS["lticourse"] = LtiLms

"""The app `api`."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, and what can be done with them."""

    name = "course_admin.api"
    label = "api"

    def ready(self) -> None:
        """Say how its tables are audited."""
        from course_admin.api.audit import register

        register()

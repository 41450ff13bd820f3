"""The app `canvas`."""

from django.apps import AppConfig


class CanvasConfig(AppConfig):
    """Which courses, assignments and students here are which in Canvas, and the client that sends grades there."""

    name = "course_admin.integrations.canvas"
    label = "canvas"
    verbose_name = "Canvas"

    def ready(self) -> None:
        """Say how its tables are audited, and what asks a Canvas."""
        from course_admin.integrations.canvas.audit import register
        from course_admin.integrations.canvas.lms import Canvas
        from course_admin.integrations.outbox.lms import KINDS

        register()
        KINDS["canvascourse"] = Canvas

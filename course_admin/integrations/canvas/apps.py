"""The app `canvas`."""

from django.apps import AppConfig


class CanvasConfig(AppConfig):
    """Which courses, assignments and students here are which in Canvas, and the client that sends grades there."""

    name = "course_admin.integrations.canvas"
    label = "canvas"

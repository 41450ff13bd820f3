"""The app `submissions`."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Pushes, attempts, runs, checks."""

    name = "course_admin.submissions"
    label = "submissions"

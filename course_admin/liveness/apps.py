"""The app `liveness`."""

from django.apps import AppConfig


class LivenessConfig(AppConfig):
    """Signs of life."""

    name = "course_admin.liveness"
    label = "liveness"

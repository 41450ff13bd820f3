"""The app `identity`."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """What ties allauth's accounts to rosters; it has no tables of its own."""

    name = "course_admin.identity"
    label = "identity"

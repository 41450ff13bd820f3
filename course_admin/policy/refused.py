"""Refused: somebody asked for what they may not do."""

from django.core.exceptions import PermissionDenied


class Refused(PermissionDenied):
    """A service refuses, and nothing has changed; the text is a sentence for whoever asked."""

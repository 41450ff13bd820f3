"""Requests as views see them once somebody has logged in."""

from django.contrib.auth.models import User
from django.http import HttpRequest


class LoggedInRequest(HttpRequest):
    """A request behind `login_required` or a page of the back office; for annotations only, none is ever made."""

    user: User

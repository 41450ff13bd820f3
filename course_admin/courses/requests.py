"""Requests as views see them once somebody has logged in."""

from django.http import HttpRequest

from course_admin.identity.models import User


class LoggedInRequest(HttpRequest):
    """A request behind `login_required` or a page of the back office; for annotations only, none is ever made."""

    user: User

"""Whom a session looks at: begun and ended by a button, asked of the policy again at each request."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Enrollment, Student
from course_admin.identity.models import User
from course_admin.policy import Action, may, require

KEY = "viewing_as"
#: Of a place on the roster that nobody holds: there are no pages that somebody sees.
NO_ACCOUNT = gettext_noop(
    "{name} has not joined the course with an account yet, so that there is nothing that they see."
)


class NotToView(ValueError):
    """A student's pages cannot be looked at; the text is a sentence."""


def begin(*, request: HttpRequest, student: Enrollment, actor: User, at: datetime) -> None:
    """Let a session look at a student's pages from now on. Raises NotToView, or Refused."""
    require(actor, Action.VIEW_AS_STUDENT, student)
    if student.account is None or not student.account.is_active:
        raise NotToView(gettext(NO_ACCOUNT).format(name=student.name))
    subject = f"the pages of {student.name}, as a student sees them"
    event = new_event(student.course_id, AuditKind.ACCESS, subject, actor=actor, at=at, reason="")
    event.after = {"viewed": True}
    record([event])
    request.session[KEY] = student.pk


def end(request: HttpRequest) -> Any:
    """Let a session be its own again; return the key of the student whose pages it looked at, None if of nobody."""
    return request.session.pop(KEY, None)


def student_of(request: HttpRequest) -> Enrollment | None:
    """Return the student whose pages a session looks at, as long as its own account may."""
    key = request.session.get(KEY)
    if key is None or not request.user.is_authenticated:
        return None
    places = Student.objects.active().filter(pk=key, account__is_active=True)
    place = places.select_related("account", "course", "section").first()
    if place is None or not may(request.user, Action.VIEW_AS_STUDENT, place):
        end(request)
        return None
    return place

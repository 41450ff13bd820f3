"""What allauth asks us about log-ins elsewhere, where an invitation or a course's code lets somebody in.

The link was opened in this browser before, and stands in its session. It opens making an account, and nothing else: an account
that is there is joined by its owner alone.
"""

from typing import Any

from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from course_admin.courses.models import Course
from course_admin.identity.adapters import RosterAdapter, proven
from course_admin.invitations.enrolling import JoinRefused, admits, domain_of, join
from course_admin.invitations.inviting import NotInvited, accept, invitation_of

INVITATION, JOINING = "invitation", "joining"  # in a session: a link's token; a course's slug and a code


class InvitingAdapter(RosterAdapter):
    """An identity gets an account if a roster has a free place for it, or its owner was let in otherwise."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Say whether some roster waits for this identity, or the browser came by an invitation or a code."""
        return super().is_open_for_signup(request, sociallogin) or _is_let_in(request, sociallogin)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Make the account, and give it the place that it was made for."""
        account = super().save_user(request, sociallogin, form)
        at = timezone.now()
        try:
            if token := request.session.pop(INVITATION, None):
                accept(token=token, account=account, at=at)
            elif (course := _course(request)) is not None:
                join(course=course, account=account, code=request.session.pop(JOINING)["code"], at=at)
        except (NotInvited, JoinRefused) as refusal:
            messages.error(request, str(refusal))
        return account


def _is_let_in(request: HttpRequest, sociallogin: SocialLogin) -> bool:
    if token := request.session.get(INVITATION):
        try:
            return bool(invitation_of(token, timezone.now()))
        except NotInvited:
            return False
    course = _course(request)
    if course is None:
        return False
    return admits(course, request.session[JOINING]["code"], {domain_of(each) for each in proven(sociallogin).emails})


def _course(request: HttpRequest) -> Course | None:
    joining = request.session.get(JOINING)
    return Course.objects.filter(slug=joining["course"]).first() if joining else None

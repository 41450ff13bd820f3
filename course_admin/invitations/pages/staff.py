"""The page of a course's invitations, for who leads it: who was invited, who has joined, who waits, and who may join."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses.models import Course, Enrollment
from course_admin.courses.requests import LoggedInRequest
from course_admin.invitations.enrolling import JoinRefused, decide, set_self_enrolment
from course_admin.invitations.inviting import can_be_invited, invite, take_back
from course_admin.invitations.mail import link_of
from course_admin.invitations.models import Invitation, JoinRequest, RequestState, SelfEnrolment
from course_admin.invitations.pages.forms import SelfEnrolmentForm
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, leads, may, viewer

SHOWN = 500


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def invitations(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show them, and do what was asked: invite, take back, let in, or say who may join."""
    course = get_object_or_404(allowed(viewer(request), Action.INVITE, Course.objects.all()), slug=slug)
    chosen = SelfEnrolment.objects.filter(course=course).first() or SelfEnrolment(course=course)
    form = SelfEnrolmentForm(
        request.POST if "settings" in request.POST else None,
        initial={
            "is_open": chosen.is_open,
            "with_code": bool(chosen.code),
            "email_domains": chosen.email_domains,
            "needs_approval": chosen.needs_approval,
        },
    )
    if request.method == "POST":
        try:
            messages.success(request, _act(request, course, form))
            return redirect("invitations", slug=slug)
        except JoinRefused as refusal:
            messages.error(request, str(refusal))
            if not form.is_bound:
                return redirect("invitations", slug=slug)
    at = clock.now()
    mine = _of_lines_that_may_be_changed(request, course)
    sent = Invitation.objects.filter(enrollment__in=mine).select_related("enrollment", "account")[:SHOWN]
    shown = {
        "course": course,
        "form": form,
        "chosen": chosen,
        "join_link": request.build_absolute_uri(reverse("join-start", args=[slug]))
        + (f"?code={chosen.code}" if chosen.code else ""),
        "rows": [(each, link_of(each) if each.is_good(at) else "") for each in sent],
        "uninvited": (can_be_invited(course) & mine)[:SHOWN],
        "requests": JoinRequest.objects.filter(course=course).exclude(state=RequestState.ACCEPTED)[:SHOWN],
    }
    return render(request, "invitations/invitations.html", shown)


def _of_lines_that_may_be_changed(request: HttpRequest, course: Course):  # type: ignore[no-untyped-def]
    """Return the lines whose links the viewer may see: those of who leads are an instructor's to invite."""
    rows = Enrollment.objects.filter(course=course)
    if may(viewer(request), Action.APPOINT, course):
        return rows
    return rows.exclude(role__in=[role for role, _ in Enrollment._meta.get_field("role").choices or () if leads(role)])


def _act(request: LoggedInRequest, course: Course, form: SelfEnrolmentForm) -> str:
    """Do what a form asks, and return what was done. Raises JoinRefused."""
    told: dict[str, Any] = {"actor": request.user, "at": clock.now()}
    if form.is_bound:
        if not form.is_valid():
            raise JoinRefused(gettext("Nothing was saved: look at what is marked."))
        chosen = set_self_enrolment(course=course, **form.cleaned_data, **told)
        return (
            gettext("Students may join by themselves now.")
            if chosen.is_open
            else gettext("Nobody joins by themselves now.")
        )
    lines = _of_lines_that_may_be_changed(request, course)
    if public_id := request.POST.get("take_back"):
        held = Invitation.objects.filter(enrollment__in=lines, public_id=public_id).first()
        done = held is not None and take_back(invitation=held, **told)
        return gettext("Taken back: its link is worth nothing now.") if done else gettext("It was over already.")
    if key := request.POST.get("let_in") or request.POST.get("decline"):
        asked = JoinRequest.objects.filter(course=course, pk=key if key.isdecimal() and len(key) < 18 else 0).first()
        if asked is None:
            raise JoinRefused(gettext("Nobody asks under this number any more."))
        decide(request=asked, lets_in="let_in" in request.POST, **told)
        words = gettext("{name} is in the course now.") if "let_in" in request.POST else gettext("{name} was declined.")
        return words.format(name=asked.account)
    people = can_be_invited(course) & lines
    if "everybody" not in request.POST:
        keys = [key for key in request.POST.getlist("person") if key.isdecimal() and len(key) < 18]
        people = lines.active().filter(account__isnull=True, pk__in=keys)
    made = invite(people=people.select_related("course"), origin=request.build_absolute_uri("/").rstrip("/"), **told)
    by_mail = sum(bool(each.email) for each in made)
    words = ngettext(
        "{count} invited, {mails} of them by mail.", "{count} invited, {mails} of them by mail.", len(made)
    )
    said = words.format(count=len(made), mails=by_mail)
    if rest := len(made) - by_mail:
        words = ngettext(
            "{count} has no address: give them their link.", "{count} have no address: give them their links.", rest
        )
        said += f" {words.format(count=rest)}"
    return said

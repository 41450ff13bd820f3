"""Pages for who comes in: an invitation's link, joining a course, an address that is proven by its mail."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.identity.adapters import MADE
from course_admin.identity.guards.client_address import client_address
from course_admin.identity.guards.guesses import join_guess
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.email import fold_email
from course_admin.identity.proven.proofs import Proof, keep
from course_admin.identity.proven.roster_claims import take_places
from course_admin.invitations.adapters import INVITATION, JOINING
from course_admin.invitations.enrolling import CLOSED, THERE, JoinRefused, admits, domain_of, join, what_came_of
from course_admin.invitations.inviting import NotInvited, accept, has_accepted, invitation_of
from course_admin.invitations.mail import send_address_mail
from course_admin.invitations.models import JoinRequest, SelfEnrolment
from course_admin.invitations.pages.forms import AddressForm, CodeForm, NewAccountForm
from course_admin.liveness import clock
from course_admin.web.mailed_links import mailed_origin

ADDRESS_SALT = "assay.invitations.address"
ADDRESS_SECONDS = 24 * 3600
WAIT = _("Too many tries from where you are. Please wait an hour, or ask your course staff for an invitation.")
SENT = _("We sent a mail to {address}. Open the link in it to go on; it may take a few minutes.")
NOT_SENT = _("The mail could not be sent, for a reason on our side. Please try again in a few minutes.")
OVER = _("This link is over or was changed. Begin again from your course's page.")
IN_IT = _("You are in {course} now.")
ASKED = _("You asked to join {course}. Your course staff let you in; this page shows the course then.")
HAS_ACCOUNT = _("This address has an account already: log in with it, then join the course.")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def person(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, and accept it: for the account that is logged in, or for a new one with a password."""
    try:
        invitation = invitation_of(token, clock.now())
        form = NewAccountForm(
            request.POST if request.method == "POST" and not request.user.is_authenticated else None,
            address=invitation.email,
            initial={"name": invitation.enrollment.name},
        )
        if request.method == "POST" and request.user.is_authenticated:
            place = accept(token=token, account=request.user, at=clock.now())
            messages.success(request, IN_IT.format(course=place.course))
            return redirect("home")
        if request.method == "POST":
            guess = join_guess(client_address(request))
            if not guess.begin():  # the form says of an address whether it has an account
                return render(request, "invitations/refused.html", {"sentence": WAIT}, status=429)
            if form.is_valid():
                with transaction.atomic():
                    account = _make_account(form.cleaned_data)
                    accept(token=token, account=account, at=clock.now())
                guess.was_right()
                return _log_in(request, account)
    except NotInvited as refusal:
        if has_accepted(
            token=token, account=request.user
        ):  # as after the first log-in elsewhere, which leads back here
            return redirect("home")
        return render(request, "invitations/refused.html", {"sentence": str(refusal)}, status=404)
    request.session[INVITATION] = token
    shown = {"invitation": invitation, "form": form, "here": request.get_full_path()}
    return render(request, "invitations/join.html", shown)


def _make_account(chosen: dict[str, Any]) -> User:
    at = clock.now()
    account = User(email=fold_email(chosen["email"]), name=chosen["name"], credential_set_at=at)
    account.set_password(chosen["password"])
    save_audited(thing=account, actor=account, at=at, reason=MADE)
    return account


def _log_in(request: HttpRequest, account: User) -> HttpResponse:
    for key in (INVITATION, JOINING):
        request.session.pop(key, None)
    account.backend = "django.contrib.auth.backends.ModelBackend"
    return perform_login(request, account, redirect_url=reverse("home"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def course(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Let somebody with an account join a course, or ask to."""
    found = _open_course(slug)
    if request.method != "POST" and (done := what_came_of(found, request.user)):  # as after a first log-in elsewhere
        messages.success(request, _what_came_of(done))
        return redirect("home")
    joining = request.session.get(JOINING, {})
    known = joining.get("code", "") if joining.get("course") == slug else ""
    form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", known)})
    sentence = ""
    if request.method == "POST" and form.is_valid():
        guess = join_guess(client_address(request))
        try:
            if not guess.begin():
                raise JoinRefused(WAIT)
            done = join(course=found, account=request.user, code=form.cleaned_data["code"], at=clock.now())
        except JoinRefused as refusal:
            sentence = str(refusal)
            if sentence != str(CLOSED):
                guess.was_right()
        else:
            guess.was_right()
            messages.success(request, _what_came_of(done))
            return redirect("home")
    return render(request, "invitations/course.html", {"course": found, "form": form, "sentence": sentence})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Show visitors how they get an account for a course, and send the mail that proves an address."""
    found = _open_course(slug)
    if request.user.is_authenticated:
        return redirect(f"{reverse('join-course', args=[slug])}?{request.GET.urlencode()}".rstrip("?"))
    form = AddressForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    sentence, told = "", ""
    if request.method == "POST" and form.is_valid():
        address, code = form.cleaned_data["email"], form.cleaned_data["code"]
        guess = join_guess(client_address(request))
        if not guess.begin():
            sentence = str(WAIT)
        elif not admits(found, code, {domain_of(address)}):
            sentence = str(CLOSED)
        else:
            told = SENT.format(address=address) if _send_link(request, found, address, code) else ""
            sentence = "" if told else str(NOT_SENT)
            request.session[JOINING] = {"course": slug, "code": code}
    shown = {"course": found, "form": form, "sentence": sentence, "told": told}
    shown["here"] = f"{reverse('join-course', args=[slug])}?{request.GET.urlencode()}"
    return render(request, "invitations/start.html", shown)


@require_POST
@never_cache
def elsewhere(request: HttpRequest, slug: str) -> HttpResponse:
    """Remember for which course, and with which code, somebody logs in elsewhere for the first time."""
    found, form = _open_course(slug), CodeForm(request.POST)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    if not join_guess(client_address(request)).begin():
        messages.error(request, WAIT)
        return redirect("join-start", slug=slug)
    request.session[JOINING] = {"course": found.slug, "code": code}
    return redirect(f"{reverse('login')}?next={reverse('join-course', args=[slug])}")


def _send_link(request: HttpRequest, found: Course, address: str, code: str) -> bool:
    """Send the mail that fits an address; the page says the same, whether it has an account or not."""
    has_account = _has_account(address)
    told = {"course": found.slug, "email": address, "code": code}
    path = reverse("join-course", args=[found.slug])
    if not has_account:
        path = reverse("join-address", args=[signing.dumps(told, salt=ADDRESS_SALT)])
    link = mailed_origin(request) + path
    return send_address_mail(address=address, course=found, link=link, has_account=has_account)


def _has_account(address: str) -> bool:
    folded = fold_email(address)
    proven = ProvenIdentity.objects.filter(kind=IdentityKind.EMAIL, issuer="", subject=folded)
    return proven.exists() or User.objects.filter(email=folded).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def address(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account of an address that its link proves, with the places that it proves, and join the course."""
    try:
        told = signing.loads(token, salt=ADDRESS_SALT, max_age=ADDRESS_SECONDS)
    except signing.BadSignature:
        return render(request, "invitations/refused.html", {"sentence": OVER}, status=404)
    found = _open_course(told["course"])
    if _has_account(told["email"]):
        return render(request, "invitations/refused.html", {"sentence": HAS_ACCOUNT}, status=404)
    form = NewAccountForm(request.POST or None, address=told["email"])
    if request.method == "POST" and form.is_valid():
        at = clock.now()
        try:
            with transaction.atomic():
                account = _make_account(form.cleaned_data)
                subject = fold_email(told["email"])
                proof = Proof(IdentityKind.EMAIL, subject, label=told["email"])
                keep(proof=proof, account=account, at=at)
                take_places(account=account, proof=proof, at=at)
                messages.success(request, _join_or_there(found, account, told["code"], at))
        except JoinRefused as refusal:
            return render(request, "invitations/refused.html", {"sentence": str(refusal)}, status=404)
        return _log_in(request, account)
    return render(request, "invitations/address.html", {"course": found, "form": form, "email": told["email"]})


def _join_or_there(found: Course, account: User, code: str, at: Any) -> str:
    """Join, unless what was proven has given a place in the course already; return what to say. Raises JoinRefused."""
    try:
        return _what_came_of(join(course=found, account=account, code=code, at=at))
    except JoinRefused as refusal:
        if str(refusal) == str(THERE):
            return IN_IT.format(course=found)
        raise


def _what_came_of(done: Any) -> str:
    if isinstance(done, JoinRequest):
        return ASKED.format(course=done.course)
    return IN_IT.format(course=done.course)


def _open_course(slug: str) -> Course:
    """Return a course that can be joined; any other does not exist."""
    found = get_object_or_404(Course, slug=slug)
    if not SelfEnrolment.objects.filter(course=found, is_open=True).exists():
        raise Http404
    return found

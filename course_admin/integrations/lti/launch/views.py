"""The second step of a launch, where the platform's word arrives; and the third, in a window where sessions are known."""

from dataclasses import asdict

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from course_admin.integrations.lti.launch import deep_linking
from course_admin.integrations.lti.launch import enter as entering
from course_admin.integrations.lti.launch import state as kept
from course_admin.integrations.lti.launch.claims import DEEP_LINKING, Launch
from course_admin.integrations.lti.launch.login import COOKIE, framed, note_refusal, refused
from course_admin.integrations.lti.launch.platform_keys import key_of
from course_admin.integrations.lti.launch.refused import LaunchRefused
from course_admin.integrations.lti.launch.verify import verify
from course_admin.integrations.lti.models import Platform
from course_admin.integrations.lti.services import note_launch
from course_admin.integrations.safe_http import origin_of

STATE = _(
    "The launch answers no log-in that this browser began here in the last ten minutes. Open it again from your course."
)
NOBODY = "No account here is known by it, no roster names it, and nobody is logged in who could connect it."
USED = _("This launch was opened before, or ten minutes ago. Open it again from your course.")


@csrf_exempt  # the platform's page posts it; its token and the browser's secret are what counts
@require_POST
@never_cache
def launch(request: HttpRequest) -> HttpResponse:
    """Take the platform's word, if every check of it holds; then leave its frame."""
    state = request.POST.get("state", "")
    try:
        begun = kept.begun(state)
        if begun is None:
            raise LaunchRefused(STATE)
        waiting = _unbound(request, state, begun)
        if waiting is not None:
            return waiting
        told = _told(request, begun) if kept.use(state) else None
        if told is None:
            raise LaunchRefused(STATE)
        note_launch(launch=told, our_address=_origin(request), at=timezone.now())
        if told.message == DEEP_LINKING:
            return deep_linking.offer(request, told)
    except LaunchRefused as refusal:
        return refused(request, refusal)
    return _leave(request, told, state)


def _unbound(request: HttpRequest, state: str, begun: kept.Begun) -> HttpResponse | None:
    """Return None for the browser that began the log-in; else the page that finds its secret, or a window for it."""
    secret = request.COOKIES.get(f"{COOKIE}{state[:16]}") or request.POST.get("binding", "")
    if secret and kept.digest(secret) == begun.binding:
        return None
    is_window = request.headers.get("Sec-Fetch-Dest") == "document"
    if secret or is_window:
        raise LaunchRefused(STATE)
    again = f"{reverse('lti-login')}?{begun.query}"
    if begun.storage_target and "binding" not in request.POST:
        platform = Platform.objects.get(pk=begun.platform)
        shown = {
            "target": begun.storage_target,
            "origin": origin_of(platform.auth_login_url),
            "key": state,
            "again": again,
        }
        shown |= {"token": request.POST.get("id_token", ""), "state": state}
        return framed(render(request, "lti/find.html", shown))
    return framed(render(request, "lti/window.html", {"again": again}))


def _told(request: HttpRequest, begun: kept.Begun) -> Launch:
    platform = Platform.objects.filter(pk=begun.platform).first()
    if platform is None:
        raise LaunchRefused(_("This learning platform is no longer registered here."))
    if "error" in request.POST:
        raise LaunchRefused(_("The learning platform did not say who you are. Log in there, and open it again."))
    return verify(
        token=request.POST.get("id_token", ""),
        platform=platform,
        begun=begun,
        origin=_origin(request),
        key_of=lambda kid: key_of(platform, kid),
        at=timezone.now(),
    )


def _origin(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _leave(request: HttpRequest, told: Launch, state: str) -> HttpResponse:
    """Go on where sessions are known: at once in a window of the browser, by a link out of a frame."""
    secret = request.COOKIES.get(f"{COOKIE}{state[:16]}", "")
    is_window = request.headers.get("Sec-Fetch-Dest") == "document" and bool(secret)
    ticket = kept.keep(kept.Ticket({**asdict(told)}, kept.digest(secret) if is_window else ""))
    url = f"{reverse('lti-enter')}?ticket={ticket}&state={state[:16]}"
    if is_window:
        return HttpResponseRedirect(url, status=303)
    return framed(render(request, "lti/leave.html", {"url": url, "title": told.context_title}))


@require_http_methods(["GET", "POST"])
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Log in whom a launch proved; or say what is missing. Only the browser that made the launch is not asked first."""
    name = (request.POST if request.method == "POST" else request.GET).get("ticket", "")
    ticket = kept.look(name)
    if ticket is None:
        return refused(request, LaunchRefused(USED))
    told = entering.launch_of(ticket)
    secret = request.COOKIES.get(f"{COOKIE}{request.GET.get('state', '')[:16]}", "")
    is_same_browser = bool(ticket.binding) and kept.digest(secret) == ticket.binding
    found = entering.owner_of(told)
    is_connecting = found is None and request.user.is_authenticated
    if request.user.is_authenticated and request.user == found:
        is_same_browser = True  # nobody becomes anybody else
    if (is_connecting or not is_same_browser) and request.method != "POST":
        shown = {"launch": told, "ticket": name, "connects": is_connecting, "account": found or request.user}
        return render(request, "lti/enter.html", shown)
    try:
        if not kept.take(name):
            raise LaunchRefused(USED)
        account = entering.account_for(launch=told, user=request.user, at=timezone.now())
    except entering.NobodyYet:
        note_refusal(LaunchRefused(NOBODY))
        again = f"{reverse('lti-enter')}?ticket={kept.keep(ticket)}"
        return render(request, "lti/nobody.html", {"launch": told, "again": again}, status=403)
    except LaunchRefused as refusal:
        return refused(request, refusal)
    if account != request.user:
        return perform_login(request, account, redirect_url=entering.page_of(told, account))
    return redirect(entering.page_of(told, account))

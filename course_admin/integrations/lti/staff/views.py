"""Pages about learning platforms: of administrators, who register them, and of who leads a course, who links it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.lti.keys import key_set, rotate
from course_admin.integrations.lti.launch.enter import linking_told
from course_admin.integrations.lti.launch.login import framed, refused
from course_admin.integrations.lti.models import Platform, ToolKey
from course_admin.integrations.lti.services import NotToLink, link_course
from course_admin.integrations.lti.staff import dynamic
from course_admin.policy import Action, Right, allowed, may_in_table, viewer

IN_THE_PAGE = "replaced on the page of learning platforms"


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Show our public keys to whoever asks."""
    answer = JsonResponse(key_set(timezone.now()))
    answer.headers["Cache-Control"] = "public, max-age=600"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def platforms(request: LoggedInRequest) -> HttpResponse:
    """Show administrators what to paste, the platforms and the keys; make invitations, replace the key."""
    if not may_in_table(viewer(request), Right.ADD, Platform):
        raise Http404
    invitation = ""
    if "rotate" in request.POST:
        rotate(actor=request.user, at=timezone.now(), reason=IN_THE_PAGE)
        messages.success(request, gettext("A new key signs from now on."))
        return redirect("lti-platforms")
    if "invite" in request.POST:
        url = request.build_absolute_uri(reverse("lti-register"))
        invitation = f"{url}?invitation={dynamic.invite(request.user)}"
    key_set(timezone.now())  # the first look makes the first key
    away, paused = Q(courses__away_since__isnull=False), Q(courses__is_paused=True)
    counts = {
        "linked": Count("courses"),
        "paused": Count("courses", filter=paused),
        "away": Count("courses", filter=away),
    }
    shown = {
        "addresses": [(name, request.build_absolute_uri(reverse(page))) for name, page in ADDRESSES],
        "invitation": invitation,
        "platforms": Platform.objects.annotate(**counts),
        "keys": ToolKey.objects.published(timezone.now()),
    }
    return render(request, "lti/platforms.html", shown)


ADDRESSES = (
    (_("Initiate login URL"), "lti-login"),
    (_("Redirection URI, tool URL and deep linking URL"), "lti-launch"),
    (_("Public keyset"), "lti-keys"),
)


@require_GET
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Register a platform that opens an invitation's address."""
    pages = {"login": "lti-login", "launch": "lti-launch", "keys": "lti-keys"}
    try:
        platform = dynamic.register(
            invitation=request.GET.get("invitation", ""),
            configuration_url=request.GET.get("openid_configuration", ""),
            token=request.GET.get("registration_token", ""),
            addresses={name: request.build_absolute_uri(reverse(page)) for name, page in pages.items()},
            at=timezone.now(),
        )
    except dynamic.NotRegistered as problem:
        return refused(request, problem)
    answer = framed(render(request, "lti/registered.html", {"platform": platform}))
    # A platform that opened a window for this is told that it is over.
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def link(request: LoggedInRequest) -> HttpResponse:
    """Link the platform's course that the viewer came from to one that they lead."""
    signed = (request.POST if request.method == "POST" else request.GET).get("launch", "")
    told = linking_told(signed, request.user)
    if told is None:
        raise Http404
    courses = allowed(viewer(request), Action.LINK_PLATFORM_COURSE, Course.objects.filter(lms__isnull=True))
    if request.method == "POST":
        course = get_object_or_404(courses, slug=request.POST.get("course", ""))
        origin = request.build_absolute_uri("/").rstrip("/")
        try:
            link_course(course=course, told=told, our_address=origin, actor=request.user, at=timezone.now())
        except NotToLink as refusal:
            messages.error(request, str(refusal))
        else:
            return redirect("gradebook", slug=course.slug)
    shown = {"launch": signed, "title": told["title"], "courses": courses}
    return render(request, "lti/link.html", shown)

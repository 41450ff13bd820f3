"""The viewer's news and how often they want mails; and the page by which a mail's reader wants no more, logged in or not."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.notifications.models import How, Kind, News
from course_admin.notifications.preferences import choices_of, read_token, set_preferences, wanted_by
from course_admin.notifications.words import page_of, sentence

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def news(request: LoggedInRequest) -> HttpResponse:
    """List what the viewer was told, the newest first."""
    mine = News.objects.filter(account=request.user).select_related("assignment__course", "attempt")
    page = Paginator(mine, ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "news": [(each, sentence(each)) for each in page]}
    return render(request, "notifications/news.html", shown)


@require_safe
@login_required
@never_cache
def open_news(request: LoggedInRequest, news_id: int) -> HttpResponse:
    """Lead to what a piece of news is about; it counts as read."""
    mine = News.objects.filter(account=request.user).select_related("assignment__course", "attempt")
    found = get_object_or_404(mine, pk=news_id)
    News.objects.filter(pk=found.pk, read_at__isnull=True).update(read_at=clock.now())
    return redirect(page_of(found))


@require_POST
@login_required
def read_all(request: LoggedInRequest) -> HttpResponse:
    """Count everything as read."""
    News.objects.unread(request.user).update(read_at=clock.now())
    return redirect("news")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def preferences(request: LoggedInRequest) -> HttpResponse:
    """Show and keep how often the viewer wants mails of each kind."""
    if request.method == "POST":
        set_preferences(account=request.user, wanted={kind: request.POST.get(kind, "") for kind in Kind.values})
        messages.success(request, gettext("Kept: from now on mails leave as you chose."))
        return redirect("news-settings")
    wanted = wanted_by([request.user.pk])[request.user.pk]
    kinds = [(kind, wanted[kind], [(how, how.label) for how in choices_of(kind)]) for kind in Kind]
    return render(request, "notifications/settings.html", {"kinds": kinds})


@csrf_exempt  # mail programs post here on their own, without a page of ours: RFC 8058
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Send no more mails of the kinds that a link names; looking at the page changes nothing, for machines look at links."""
    found = read_token(token)
    if found is None:
        raise Http404
    account, kinds = found
    if request.method == "POST":
        set_preferences(account=account, wanted=dict.fromkeys(kinds, How.NEVER))
    shown = {"kinds": [Kind(kind).label for kind in kinds], "is_done": request.method == "POST", "token": token}
    return render(request, "notifications/unsubscribe.html", shown)

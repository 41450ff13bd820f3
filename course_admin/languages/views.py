"""The choice of a language, from the viewer's menu."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from course_admin.courses.requests import LoggedInRequest
from course_admin.languages.own import choose_language


@require_POST
@login_required
def choose(request: LoggedInRequest) -> HttpResponse:
    """Keep the viewer's language and show the page they came from; an unknown language changes nothing."""
    choose_language(account=request.user, language=request.POST.get("language", ""))
    came_from = request.POST.get("next", "")
    if came_from.startswith("/") and url_has_allowed_host_and_scheme(came_from, None):
        return HttpResponseRedirect(came_from)
    return redirect("home")

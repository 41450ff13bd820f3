"""Another identity is joined to an account by its owner's own click: a form of ours, never a link from elsewhere.

allauth begins to connect on any request for a provider's log-in page with `process=connect`, so that a picture on a
foreign page could. Here such a request gets a page with one button; the button's form begins. Its answer leads to another
host, which our policy forbids browsers to follow from a form: so it is a page that leads there.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


class ConnectByPost:
    """Middleware: connecting an account is a POST."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if _connects(request) and request.method not in ("POST", "OPTIONS"):
            return render(request, "socialaccount/connect.html", {"to": request.get_full_path()})
        response = self.get_response(request)
        if _connects(request) and response.status_code in (301, 302, 303):
            target = response.headers["Location"]
            if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
                return render(request, "socialaccount/leaving.html", {"to": target})
        return response


def _connects(request: HttpRequest) -> bool:
    return request.path.startswith("/accounts/") and request.GET.get("process") == "connect"

"""Webhooks are answered before everything that is for people: no session, no log-in, no messages, no second factor.

Hosts prove themselves by what they sign, and may announce a hundred pushes a second; what pages need would cost as much as the
work itself. What makes an answer safe comes before this, and holds for them as well.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

PREFIX = "/hooks/"


class HooksFirst:
    """Middleware: webhooks get no further than here; everything else does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a webhook at once, and hand on what is none."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.get_host()  # refuses the names that are not ours, as it does for pages
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        return match.func(request, *match.args, **match.kwargs)

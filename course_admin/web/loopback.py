"""The settings of development answer to this machine, whatever the server listens on and whatever host is asked for.

A proxy on this machine makes everybody look local. Most say that they pass something on; of one that says nothing the sign is the
old version of HTTP that no browser speaks. One that gives neither cannot be told from a browser here: nobody must put one before
these settings (docs/deployment.md). A page of another host may lead here, as log-ins elsewhere and learning platforms do.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from grader.public_addresses import is_this_machine

#: Headers that proxies add; whatever begins with X-Forwarded- is one, too.
FORWARDED = (
    "Forwarded",
    "Via",
    "X-Real-Ip",
    "X-Client-Ip",
    "X-Cluster-Client-Ip",
    "X-Original-Forwarded-For",
    "True-Client-Ip",
    "Cf-Connecting-Ip",
    "Fastly-Client-Ip",
)
OF_PROXIES = "HTTP/1.0"


class LoopbackOnly:
    """Middleware: a request of another machine, or one that a proxy passes on for another, is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of this machine."""
        if not is_this_machine(request.META.get("REMOTE_ADDR", "")) or _is_passed_on(request):
            raise PermissionDenied("The settings of development answer to this machine alone.")
        return self.get_response(request)


def _is_passed_on(request: HttpRequest) -> bool:
    names = {name.title() for name in request.headers}
    if not names.isdisjoint(FORWARDED) or any(name.startswith("X-Forwarded-") for name in names):
        return True
    return request.META.get("SERVER_PROTOCOL") == OF_PROXIES

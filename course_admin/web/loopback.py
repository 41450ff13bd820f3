"""The settings of development answer to this machine, whatever the server listens on and whatever host is asked for.

A proxy on this machine makes everybody look local. Most say that they pass something on; of one that says nothing the signs are
the old version of HTTP that no browser speaks, and pages of another host that lead here. One that gives none of these cannot be
told from a browser here: nobody must put one before these settings (docs/deployment.md).
"""

from collections.abc import Callable
from urllib.parse import urlsplit

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
LED_HERE_BY = ("Origin", "Referer")  # where a browser names the page that it is on
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
    if request.META.get("SERVER_PROTOCOL") == OF_PROXIES:
        return True
    return any(not _is_ours(request.headers.get(name, "")) for name in LED_HERE_BY)


def _is_ours(page: str) -> bool:
    """Say whether a page that a browser names is of this machine, or none: a browser says null for one without a host."""
    if page in ("", "null"):
        return True
    try:
        host = urlsplit(page).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or is_this_machine(host)

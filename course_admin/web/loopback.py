"""The settings of development answer to this machine, whatever the server listens on and whatever host is asked for."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from grader.public_addresses import is_this_machine

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


class LoopbackOnly:
    """Middleware: a request of another machine, or one that a proxy passes on for another, is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of this machine."""
        if not is_this_machine(request.META.get("REMOTE_ADDR", "")) or any(map(request.headers.get, FORWARDED)):
            raise PermissionDenied("The settings of development answer to this machine alone.")
        return self.get_response(request)

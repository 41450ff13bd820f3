"""Whose language holds: a person's own, which they chose in their menu; else the first of their browser's that we have.

Programs are answered in the language of the sources, whatever they ask for: what they read and store does not depend on it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

if TYPE_CHECKING:
    from course_admin.identity.models import User

FOR_PROGRAMS = ("/api/", "/hooks/", "/health/")
SAME_FOR_ALL = ("/institution/",)  # nobody's account is looked up for them


def language_of(account: "User | None") -> str:
    """Return the language of what is written to somebody, such as a mail; that of the sources, if they chose none."""
    chosen = account.language if account else ""
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def choose_language(*, account: "User", language: str) -> bool:
    """Keep somebody's language, or none for their browser's; False, and nothing changes, for one that we do not have."""
    if language and language not in dict(settings.LANGUAGES):
        return False
    account.language = language
    account.save(update_fields=["language"])
    return True


class BrowserLanguage(LocaleMiddleware):
    """Middleware, the first one: a page is in the browser's language until the viewer is known."""

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, and leave nothing of the language to what this thread does next."""
        before = translation.get_language() or settings.LANGUAGE_CODE
        try:
            return super().__call__(request)
        finally:
            translation.activate(before)

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language that holds from here on."""
        if request.path_info.startswith(FOR_PROGRAMS):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say in which language the answer is."""
        return response if request.path_info.startswith(FOR_PROGRAMS) else super().process_response(request, response)


class OwnLanguage:
    """Middleware, after the one that knows the viewer: their own language goes before their browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the viewer's language."""
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES
        if is_known and not request.path_info.startswith(FOR_PROGRAMS + SAME_FOR_ALL):
            chosen = getattr(request.user, "language", "")
            if chosen in dict(settings.LANGUAGES):
                translation.activate(chosen)
        return self.get_response(request)

"""What every page's answer forbids the browser, in one place.

No page of ours has inline script or style, and nothing is loaded from elsewhere; so the policy can say so, and text of
a student's that slipped through escaping would still not run. The pages by which an LMS launches us are opened in its
frames: they may say so, and nothing else (`widen`).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Directive -> what it allows. Source: W3C, "Content Security Policy Level 3".
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
WIDENED = "_widened_policy"


def _header(policy: dict[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


HEADER = _header(POLICY)


class ContentSecurityPolicy:
    """Middleware: every answer carries the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with the policy in the answer."""
        response = self.get_response(request)
        wider = getattr(response, WIDENED, {})
        response.headers["Content-Security-Policy"] = _header({**POLICY, **wider}) if wider else HEADER
        return response


def widen(response: HttpResponse, directives: dict[str, str]) -> HttpResponse:
    """Let one answer be framed, or its form lead elsewhere: for pages of an LMS's launch, which know no session.

    Only `frame-ancestors` and `form-action` may be said; what runs or loads on a page is the same everywhere.
    """
    if not set(directives) <= {"frame-ancestors", "form-action"}:
        raise ValueError(f"No page may say {', '.join(directives)} for itself.")
    setattr(response, WIDENED, directives)
    response.xframe_options_exempt = "frame-ancestors" in directives
    return response

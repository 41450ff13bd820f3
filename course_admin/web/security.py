"""What every page's answer forbids the browser, in one place.

No page of ours has inline script or style, and nothing is loaded from elsewhere; so the policy can say so, and text of
a student's that slipped through escaping would still not run.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Directive -> what it allows. Source: W3C, "Content Security Policy Level 3".
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADER = "; ".join(f"{directive} {sources}" for directive, sources in POLICY.items())


class ContentSecurityPolicy:
    """Middleware: every answer carries the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with the policy in the answer."""
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = HEADER
        return response

"""Pages leave compressed, for whoever reads on a telephone; static files have been compressed when they were collected."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class GzippedPages(GZipMiddleware):
    """Middleware: Django's, for pages; archives and tables are downloads, of which some are compressed already.

    What a page holds of secrets, the token of its forms, is masked anew in each answer, and each answer gets padding of a
    random length. Source: Django's documentation, "GZip middleware", on BREACH.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer, compressed if it is a page and its reader takes that."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        return super().process_response(request, response) if is_page else response

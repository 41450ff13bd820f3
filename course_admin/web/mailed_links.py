"""Where the links lead of mails that strangers can ask for: to the service's own address, whatever host a request names."""

from django.conf import settings
from django.http import HttpRequest


def mailed_origin(request: HttpRequest) -> str:
    """Return scheme and host of a link in a mail; where there is no installation, but one machine, those that are in use."""
    in_use: str = request.build_absolute_uri("/").rstrip("/")
    return str(settings.ASSAY_SITE_URL) if settings.SECURE_SSL_REDIRECT else in_use

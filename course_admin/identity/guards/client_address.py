"""Whose address a request comes from: the peer's, or what the proxies that we trust say of theirs.

Each trusted proxy adds the address of its own peer at the right end of X-Forwarded-For. What stands further left is the
client's own word, and counts for nothing. Where a proxy that we trust says nothing, nobody can be told from anybody else: all are
`UNKNOWN`, with limits that one client does not reach by typing errors, and staff are told (back_office/readiness.py).
"""

import ipaddress
import logging
import re

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from grader.public_addresses import is_this_machine

log = logging.getLogger(__name__)

IPV6_PREFIX = 64  # what one customer has; counted as one address
UNKNOWN = "unknown"
SILENT_PROXY = "a-proxy-does-not-say-for-whom"  # in the cache, while that is so
TOLD_SECONDS = 24 * 3600
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d+)?|([^:]*):\d+", re.ASCII)  # as some proxies write it


def client_address(request: HttpRequest | None) -> str:
    """Return the address that failures are counted for: an IPv4 address, or the network of an IPv6 one; or UNKNOWN."""
    if request is None:
        return UNKNOWN
    if not settings.ASSAY_TRUSTED_PROXIES and not settings.SECURE_PROXY_SSL_HEADER:
        return _as_counted(request.META.get("REMOTE_ADDR", "")) or UNKNOWN
    found = _told_by_proxies(request)
    if not found:
        _note_silence()
    return found or UNKNOWN


def _told_by_proxies(request: HttpRequest) -> str:
    """Return the address that the last of our proxies tells; empty if it tells none, or one more proxy of this machine."""
    given = request.headers.get("X-Forwarded-For", "").split(",")
    trusted = min(settings.ASSAY_TRUSTED_PROXIES, len(given))  # with fewer entries than proxies, the nearest one's word
    found = _as_counted(given[-trusted].strip()) if trusted else ""
    return "" if is_this_machine(found) and len(given) > trusted else found


def is_proxy_silent() -> bool:
    """Say whether a proxy has lately passed somebody on without saying whom."""
    return bool(cache.get(SILENT_PROXY))


def _note_silence() -> None:
    if cache.add(SILENT_PROXY, True, TOLD_SECONDS):
        log.error(
            "A proxy passes requests on without the client's address in X-Forwarded-For, or ASSAY_TRUSTED_PROXIES is too small: "
            "failed log-ins of everybody are counted together."
        )


def _as_counted(text: str) -> str:
    with_port = _WITH_PORT.fullmatch(text)
    bare = with_port[1] or with_port[2] if with_port else text
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, IPV6_PREFIX), strict=False).network_address)
    return str(address)

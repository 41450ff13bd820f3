"""Whose address a request comes from: the peer's, or what the proxies that we trust say of theirs.

Each trusted proxy adds the address of its own peer at the right end of X-Forwarded-For. What stands further left is the
client's own word, and counts for nothing.
"""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64  # what one customer has; counted as one address
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d+)?|([^:]*):\d+", re.ASCII)  # as some proxies write it


def client_address(request: HttpRequest | None) -> str:
    """Return the address that failures are counted for: an IPv4 address, or the network of an IPv6 one."""
    if request is None:
        return UNKNOWN
    given = request.headers.get("X-Forwarded-For", "").split(",")
    trusted = min(settings.ASSAY_TRUSTED_PROXIES, len(given))  # with fewer entries than proxies, the nearest one's word
    chosen = given[-trusted] if trusted else request.META.get("REMOTE_ADDR", "")
    return _as_counted(chosen.strip()) or _as_counted(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def _as_counted(text: str) -> str:
    with_port = _WITH_PORT.fullmatch(text)
    bare = with_port[1] or with_port[2] if with_port else text
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, IPV6_PREFIX), strict=False).network_address)
    return str(address)

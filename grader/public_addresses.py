"""Which addresses are of the public Internet: the one check of where an outgoing request may lead. Side: worker (and the service).

An IPv6 address that only wraps an IPv4 address is refused whatever it wraps: a gateway would unwrap it, and lead to a
neighbour that nobody judged. Source: RFC 4291 (compatible and mapped), RFC 6052 and 8215 (NAT64), RFC 3056 (6to4),
RFC 4380 (Teredo), RFC 3879 (site-local).
"""

import ipaddress

#: What Python calls global although no request of ours should go there.
REFUSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "::/96",  # IPv4-compatible
            "::ffff:0:0/96",  # IPv4-mapped
            "::ffff:0:0:0/96",  # IPv4-translated
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",  # NAT64 of a network's own
            "2001::/32",  # Teredo
            "2002::/16",  # 6to4
            "fec0::/10",  # site-local, deprecated and still routed in places
            "192.88.99.0/24",  # the relays of 6to4
        ),
    )
)


def is_public(address: str) -> bool:
    """Say whether an address, as a resolver gives it, is one of the public Internet; a text that is none is not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        return False
    return not any(parsed in network for network in REFUSED if network.version == parsed.version)


def is_this_machine(address: str) -> bool:
    """Say whether an address never leaves this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

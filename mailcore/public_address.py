"""Which addresses of the Internet a stranger may make us connect to: the public ones (SECURITY D09).

Whoever names a server for us to visit (a picture in a letter, a mailbox elsewhere) could name one of our own network.
A name is resolved once, every address it has must be public, and the caller connects to the very address that was
looked at, so a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

from mailcore import dns

_NUMBER = re.compile(r"(0x[0-9a-f]*|\d+)\.?\Z", re.IGNORECASE)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str], Sequence[str]]
Allowed = Callable[[str], bool]


class NotPublic(Exception):
    """Nothing that we connect to at a stranger's wish; the reason is for the log."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open Internet, also when it is wrapped in another."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local or int(ip) >> 32 == 0:  # ::a.b.c.d, long deprecated
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Whether an IP address lies in one of the networks (`10.0.0.0/8`)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(network, strict=False) for network in networks)


def of(host: str, *, resolve: Resolve = dns.addresses, allowed: Allowed = is_public) -> str:
    """The address of a host to connect to. Raises NotPublic, and what `resolve` raises."""
    try:
        found = [str(ipaddress.ip_address(host))]
    except ValueError:
        # 2130706433, 0x7f.1, 127.1: numbers that other resolvers take for addresses.
        if not host or _NUMBER.match(host.rpartition(".")[2]):
            raise NotPublic("a number for a name") from None
        found = list(resolve(host))
    if not found or not all(map(allowed, found)):
        raise NotPublic(f"{host} is not a public address")
    return found[0]

"""Which way a destination lies: here, by a route that an admin set, by its MX. RFC 5321 §5.1, RFC 7505.

In this order: a domain of ours is delivered here; a `Route` row for the domain, then for `*`, then MAIL_SMART_HOST name
the next hop; an address literal names itself; else DNS decides. Exchangers that are ourselves, and all that are less
preferred, are left out: mail handed to them would come back (RFC 5321 §5.1).
"""

from __future__ import annotations

import ipaddress
import random
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from mailcore import dns
from mailcore.identity import routes
from mailcore.models import Domain, Route
from mailcore.outbound import tls_policy
from mailcore.outbound.channel import Target
from mailcore.outbound.reply import Reply, ours
from mailcore.outbound.smtp_client import Credentials
from mailcore.outbound.tls_policy import Policy

MOST_HOSTS = 8
MOST_TARGETS = 12
WILDCARDS = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Here:
    """Ours after all: the domain was added while mail for it waited, or an author may still take it back."""


@dataclass(frozen=True, slots=True)
class Hop:
    """The hosts to try, in order, and how."""

    targets: tuple[Target, ...]
    policy: Policy = tls_policy.OPPORTUNISTIC
    credentials: Credentials | None = None


class NoWay(Exception):
    """There is none, for now (4yz) or at all (5yz)."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


def of(domain: str) -> Here | Hop:
    """The way to `domain`; raises `NoWay`."""
    if Domain.objects.filter(name=domain, is_active=True).exists():
        return Here()
    if route := _admins_route(domain):
        return _by_route(route)
    if settings.MAIL_SMART_HOST:
        host, port = _host_and_port(settings.MAIL_SMART_HOST)
        return Hop(_named_targets(host, port))
    if domain.startswith("["):
        return Hop((_literal(domain),))
    return Hop(_by_mx(domain))


# --- set by an admin


def _admins_route(domain: str) -> Route | None:
    found = {
        row.domain: row
        for row in Route.objects.filter(domain__in=[domain, routes.EVERYTHING], is_active=True)
    }
    return found.get(domain) or found.get(routes.EVERYTHING)


def _by_route(route: Route) -> Hop:
    credentials = Credentials(route.username, routes.password(route)) if route.username else None
    return Hop(_named_targets(route.host, route.port), tls_policy.BY_NAME[route.tls], credentials)


def _host_and_port(text: str) -> tuple[str, int]:
    """`host`, `host:port` or `[v6]:port`."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or ("]" not in host and ":" in host):
        return text.strip("[]"), settings.MAIL_OUTBOUND_PORT
    return host.strip("[]"), int(port)


def _named_targets(host: str, port: int) -> tuple[Target, ...]:
    """The addresses of a host that an admin named: whatever is wrong with it is ours to mend, so mail waits."""
    try:
        targets = tuple(Target(host, address, port) for address in _addresses(host))
    except dns.NoSuchName:
        targets = ()
    except dns.TemporaryFailure as problem:
        raise NoWay(ours(451, "4.4.3", str(problem))) from None
    if not targets:
        raise NoWay(ours(451, "4.4.4", f"The next hop {host} has no address"))
    return targets[:MOST_TARGETS]


def _addresses(host: str) -> Sequence[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return dns.addresses(host)


# --- found in DNS


def _literal(domain: str) -> Target:
    text = domain.strip("[]").removeprefix("IPv6:").removeprefix("ipv6:")
    try:
        address = str(ipaddress.ip_address(text))
    except ValueError:
        raise NoWay(ours(550, "5.1.2", f"{domain} is no address")) from None
    if _is_us("", address):
        raise NoWay(ours(550, "5.4.6", f"Mail for {domain} would come back to us"))
    return Target(address, address, settings.MAIL_OUTBOUND_PORT)


def _by_mx(domain: str) -> tuple[Target, ...]:
    try:
        exchangers = dns.mx(domain)
        if exchangers == [dns.NULL_MX]:
            raise NoWay(ours(556, "5.1.10", f"{domain} does not accept mail"))  # RFC 7505 §4.1
        implicit = not exchangers
        hosts = exchangers or [dns.Exchanger(0, domain)]
        targets = _targets(domain, hosts)
    except dns.NoSuchName:
        raise NoWay(ours(550, "5.1.2", f"The domain {domain} does not exist")) from None
    except dns.TemporaryFailure as problem:
        raise NoWay(ours(451, "4.4.3", str(problem))) from None
    if not targets and implicit:
        raise NoWay(ours(550, "5.1.2", f"The domain {domain} has no mail server and no address"))
    if not targets:
        raise NoWay(ours(451, "4.4.4", f"The mail servers of {domain} have no address"))
    return targets


def _targets(domain: str, exchangers: list[dns.Exchanger]) -> tuple[Target, ...]:
    """Best first, equals in any order (RFC 5321 §5.1), as far as the first one that is ourselves."""
    targets: list[Target] = []
    silent: dns.TemporaryFailure | None = None
    for _, group in groupby(exchangers[:MOST_HOSTS], key=lambda item: item.preference):
        hosts = [item.host for item in group]
        random.shuffle(hosts)
        resolved: list[Target] = []
        for host in hosts:
            try:
                found = dns.addresses(host)
            except dns.NoSuchName:
                if host == domain:
                    raise
                continue
            except dns.TemporaryFailure as problem:
                silent = problem
                continue
            resolved += [Target(host, address, settings.MAIL_OUTBOUND_PORT) for address in found]
        if _any_is_us(resolved):
            if not targets:
                raise NoWay(ours(550, "5.4.6", f"Mail for {domain} would come back to us"))
            break
        targets += resolved
    if not targets and silent:
        raise silent
    return tuple(targets[:MOST_TARGETS])


def _any_is_us(targets: Iterable[Target]) -> bool:
    return any(_is_us(target.host, target.address) for target in targets)


def _is_us(host: str, address: str) -> bool:
    if host and host == settings.MAIL_HOSTNAME.lower():
        return True
    if settings.MAIL_OUTBOUND_PORT != settings.MAIL_PORT_SMTP:
        return False
    if settings.MAIL_BIND in WILDCARDS:
        return _is_this_machine(address)
    return address == settings.MAIL_BIND


def _is_this_machine(address: str) -> bool:
    """Only an address of one of our own interfaces can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True

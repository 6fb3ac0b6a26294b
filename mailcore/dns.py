"""Questions to DNS, over dnspython: cached, bounded in time and size, with typed failures.

Three outcomes and no others: values (perhaps none: the name exists, the record type does not), `NoSuchName`,
or `TemporaryFailure`, which covers everything that may be otherwise tomorrow: SERVFAIL, silence, nonsense,
CNAME chains without end (SECURITY A34). It comes within `LIFETIME_SECONDS` and holds up its thread alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.inet
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename
from django.conf import settings
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TLSA import TLSA
from dns.rdtypes.txtbase import TXTBase

from mailcore.sender_auth import lookups
from mailcore.store import errors

LIFETIME_SECONDS = 8.0
TRY_SECONDS = 2.5
CACHED_ANSWERS = 5_000
MOST_RECORDS = 64  # of one answer; a domain with more exchangers than that has other troubles
MOST_TXT_OCTETS = 16_384


class TemporaryFailure(errors.TemporaryFailure, lookups.TemporaryFailure):
    """DNS gave no answer that can be believed."""


class NoSuchName(errors.MailError):
    """The name does not exist at all (NXDOMAIN), or cannot exist."""


@dataclass(frozen=True, slots=True, order=True)
class Exchanger:
    """One MX record: RFC 5321 §5.1; the lowest preference is tried first."""

    preference: int
    host: str


NULL_MX = Exchanger(0, "")  # RFC 7505: this domain takes no mail


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One TLSA record: RFC 6698 §2.1. `is_secure`: the answer was validated by DNSSEC."""

    usage: int
    selector: int
    matching: int
    data: bytes
    is_secure: bool


def mx(domain: str) -> list[Exchanger]:
    """The exchangers of a domain, best first; empty if it names none; `[NULL_MX]` if it refuses mail."""
    found = [
        Exchanger(record.preference, _text(record.exchange))
        for record in _records(domain, "MX")
        if isinstance(record, MX)
    ]
    named = sorted(item for item in found if item.host)
    return named or ([NULL_MX] if found else [])


def addresses(host: str) -> list[str]:
    """IPv6 and IPv4 addresses of a host; empty if it has none."""
    return [str(record) for kind in ("AAAA", "A") for record in _records(host, kind)]


def txt(name: str) -> list[bytes]:
    """The TXT records of a name, each with its strings joined; empty if there are none, or no such name."""
    try:
        records = _records(name, "TXT")
    except NoSuchName:
        return []
    return [b"".join(record.strings)[:MOST_TXT_OCTETS] for record in records if isinstance(record, TXTBase)]


def ptr(address: str) -> list[str]:
    """The names an IP address claims for itself; empty if it claims none."""
    try:
        name = dns.reversename.from_address(address).to_text()
        return [_text(record.target) for record in _records(name, "PTR")]  # type: ignore[attr-defined]
    except (NoSuchName, dns.exception.SyntaxError, ValueError):
        return []


def tlsa(name: str) -> list[Tlsa]:
    """TLSA records of `_port._tcp.host` (RFC 6698 §3); empty if there are none, or no such name."""
    try:
        answer = _resolve(name, "TLSA")
    except NoSuchName:
        return []
    if answer is None:
        return []
    is_secure = bool(answer.response.flags & dns.flags.AD)
    return [
        Tlsa(record.usage, record.selector, record.mtype, record.cert, is_secure)
        for record in list(answer)[:MOST_RECORDS]
        if isinstance(record, TLSA)
    ]


def forget() -> None:
    """Empty the cache and read the settings again."""
    global _resolver
    with _making:
        _resolver = None


# --- beneath ---

_resolver: dns.resolver.Resolver | None = None
_making = threading.Lock()


def _the_resolver() -> dns.resolver.Resolver:
    global _resolver
    with _making:
        if _resolver is None:
            _resolver = _make_resolver(settings.MAIL_DNS_SERVERS)
        return _resolver


def _make_resolver(servers: Sequence[str]) -> dns.resolver.Resolver:
    try:
        made = dns.resolver.Resolver(configure=not servers)
    except dns.resolver.NoResolverConfiguration:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
    if servers:
        made.nameservers = [_nameserver(server) for server in servers]
    made.lifetime = LIFETIME_SECONDS
    made.timeout = TRY_SECONDS
    made.cache = dns.resolver.LRUCache(CACHED_ANSWERS)
    made.use_edns(0, 0, 1232)  # fits every path; longer answers come over TCP
    made.flags = dns.flags.RD | dns.flags.AD
    return made


def _nameserver(server: str) -> dns.nameserver.Do53Nameserver:
    """From `host`, `host:port` or `[v6]:port`."""
    host, port = server, "53"
    if server.startswith("["):
        host, _, rest = server[1:].partition("]")
        port = rest.removeprefix(":") or "53"
    elif server.count(":") == 1:
        host, _, port = server.partition(":")
    return dns.nameserver.Do53Nameserver(host, int(port))


def _records(name: str, kind: str) -> list[dns.rdata.Rdata]:
    answer = _resolve(name, kind)
    return [] if answer is None else list(answer)[:MOST_RECORDS]


def _resolve(name: str, kind: str) -> dns.resolver.Answer | None:
    """None: the name exists and has no such record."""
    try:
        question = dns.name.from_text(name, idna_codec=dns.name.IDNA_2003_Practical)
    except (dns.exception.DNSException, UnicodeError):
        raise NoSuchName(f"{name[:80]!r} is not a name") from None
    try:
        return _the_resolver().resolve(question, kind, search=False, raise_on_no_answer=True)
    except dns.resolver.NoAnswer:
        return None
    except dns.resolver.NXDOMAIN:
        raise NoSuchName(f"{name[:80]} does not exist") from None
    except (dns.exception.DNSException, OSError, ValueError) as problem:
        raise TemporaryFailure(f"DNS gave no answer for {name[:80]}") from problem


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().rstrip(".")

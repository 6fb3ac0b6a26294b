"""Refuse senders whose domain declares that it takes no mail: null MX, RFC 7505 §4.2.

Only the declaration counts. A domain that cannot be looked up right now, or that has no MX, is not refused
for that: our own resolver's bad day is no reason to turn mail away. Answers are remembered, failures too,
so that a resolver that is away costs one wait a minute and not one a message.
"""

from __future__ import annotations

import time

from mailcore import dns
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict

REMEMBER_SECONDS = 300.0
FAILURE_SECONDS = 60.0
SLOW_SECONDS = 2.0  # a failure that took that long
AT_HAND_SECONDS = 1.0  # what is promised to be at hand stays so for long enough to be used
MOST = 10_000

_known: dict[str, tuple[float, bool]] = {}
_resolver_away_until = 0.0


def sender_domain(facts: Facts) -> Verdict:
    domain = facts.sender.domain
    if not domain or domain.startswith("[") or not declares_no_mail(domain):
        return ACCEPT
    return Reject(550, "5.7.27", "Sender domain does not accept mail, so it cannot send any")


def is_known(domain: str) -> bool:
    """Whether the answer is at hand without asking anybody."""
    entry = _known.get(domain)
    soon = time.monotonic() + AT_HAND_SECONDS
    if not domain or domain.startswith("[") or soon < _resolver_away_until:
        return True
    return entry is not None and entry[0] > soon


def declares_no_mail(domain: str) -> bool:
    """Whether its only MX is `.` (RFC 7505 §3)."""
    global _resolver_away_until
    entry = _known.get(domain)
    now = time.monotonic()
    if entry and entry[0] > now:
        return entry[1]
    if now < _resolver_away_until:
        return False
    keep_seconds = REMEMBER_SECONDS
    try:
        is_null = dns.mx(domain) == [dns.NULL_MX]
    except dns.NoSuchName:
        is_null = False
    except dns.TemporaryFailure:
        if time.monotonic() - now >= SLOW_SECONDS:  # not that domain's servers: our resolver
            _resolver_away_until = time.monotonic() + FAILURE_SECONDS
        is_null, keep_seconds = False, FAILURE_SECONDS
    if len(_known) >= MOST:
        _known.clear()
    _known[domain] = (time.monotonic() + keep_seconds, is_null)
    return is_null


def forget() -> None:
    """Ask again (tests)."""
    global _resolver_away_until
    _known.clear()
    _resolver_away_until = 0.0

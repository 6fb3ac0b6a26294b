"""Refuse before it is sent what would be too big: RFC 1870 §6.1."""

from __future__ import annotations

from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict


def size(facts: Facts) -> Verdict:
    if facts.declared_bytes > facts.max_message_bytes:
        return Reject(552, "5.3.4", f"Message too big, the limit is {facts.max_message_bytes} octets")
    return ACCEPT

"""Refuse what goes round in circles: too many Received fields (RFC 5321 §6.3), or our own Delivered-To."""

from __future__ import annotations

from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict

MAX_RECEIVED = 100


def loop(received_count: int) -> Verdict:
    if received_count >= MAX_RECEIVED:
        return Reject(554, "5.4.6", "Too many hops: the message is looping")
    return ACCEPT

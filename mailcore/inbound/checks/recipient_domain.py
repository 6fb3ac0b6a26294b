"""Tell our own users at once that a domain takes no mail: null MX, RFC 7505 §4.1."""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.sender_domain import declares_no_mail
from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict
from mailcore.smtp.wire.path import Address


def recipient_domain(facts: Facts, recipient: Address, targets: Sequence[Target]) -> Verdict:
    is_elsewhere = bool(facts.account_id) and all(target.kind is Kind.REMOTE for target in targets)
    if is_elsewhere and not recipient.domain.startswith("[") and declares_no_mail(recipient.domain):
        return Reject(556, "5.1.10", "That domain does not accept mail")
    return ACCEPT

"""Refuse to carry a stranger's mail to strangers: RFC 5321 §3.6.2. A gateway's domains are the exception."""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.identity import routes
from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict
from mailcore.smtp.wire.path import Address


def relay_permitted(facts: Facts, recipient: Address, targets: Sequence[Target]) -> Verdict:
    if facts.account_id:
        return ACCEPT
    is_elsewhere = (
        len(targets) == 1
        and targets[0].kind is Kind.REMOTE
        and targets[0].address.endswith(f"@{recipient.domain}")
    )
    if recipient.domain.startswith("[") or (is_elsewhere and not routes.is_gateway_for(recipient.domain)):
        return Reject(550, "5.7.1", "Relaying denied: neither sender nor recipient is ours")
    return ACCEPT

"""The order of the checks: greeting, sender, recipient, content. The first that objects decides.

Each stage can also say whether its answer is at hand (`…_is_known`): then no database and no resolver is
asked, and the listener runs the command on the loop itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks import quota as quota_check
from mailcore.inbound.checks import sender_domain as sender_domain_check
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.helo_name import helo_name
from mailcore.inbound.checks.loop import loop
from mailcore.inbound.checks.recipient_domain import recipient_domain
from mailcore.inbound.checks.recipient_exists import recipient_exists
from mailcore.inbound.checks.relay_permitted import relay_permitted
from mailcore.inbound.checks.size import size
from mailcore.inbound.checks.verdict import ACCEPT, Verdict
from mailcore.smtp.wire.path import Address


def greeting(name: str) -> Verdict:
    """EHLO and HELO."""
    return helo_name(name)


def sender(facts: Facts) -> Verdict:
    """MAIL. Whoever proved to be one of ours is not asked where they are from."""
    verdict = size(facts)
    if verdict is ACCEPT and not facts.account_id:
        verdict = sender_domain_check.sender_domain(facts)
    return verdict


def sender_is_known(facts: Facts) -> bool:
    """Whether `sender` answers at once."""
    return bool(facts.account_id) or sender_domain_check.is_known(facts.sender.domain)


def recipient(facts: Facts, address: Address, targets: Sequence[Target]) -> Verdict:
    """RCPT."""
    verdict = relay_permitted(facts, address, targets)
    if verdict is ACCEPT:
        verdict = recipient_exists(targets)
    if verdict is ACCEPT:
        verdict = recipient_domain(facts, address, targets)
    if verdict is ACCEPT:
        verdict = quota_check.quota(facts, targets)
    return verdict


def recipient_is_known(facts: Facts, targets: Sequence[Target]) -> bool:
    """Whether `recipient` answers at once."""
    return all(target.kind is Kind.ACCOUNT for target in targets) and quota_check.is_known(facts, targets)


def content(received_count: int) -> Verdict:
    """After the final dot."""
    return loop(received_count)

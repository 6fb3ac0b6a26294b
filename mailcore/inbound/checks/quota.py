"""Say early that there is no room: 452 while it may get better, 552 when it never fits (RFC 5321 §4.2.2)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.verdict import ACCEPT, Defer, Reject, Verdict
from mailcore.store import quota as room

PLENTY = 64 << 20  # with that much left we do not look again for a moment; the write itself always checks
REMEMBER_SECONDS = 3.0
AT_HAND_SECONDS = 1.0  # what is promised to be at hand stays so for long enough to be used

_has_plenty: dict[int, float] = {}


def quota(facts: Facts, targets: Sequence[Target]) -> Verdict:
    for target in targets:
        if target.kind is Kind.ACCOUNT and target.account_id is not None:
            verdict = _room_for(facts.declared_bytes, target.account_id)
            if verdict is not ACCEPT:
                return verdict
    return ACCEPT


def is_known(facts: Facts, targets: Sequence[Target]) -> bool:
    """Whether the answer is at hand without asking the database: there was plenty a moment ago."""
    now = time.monotonic()
    return facts.declared_bytes < PLENTY and all(
        _has_plenty.get(target.account_id or 0, 0.0) > now + AT_HAND_SECONDS for target in targets
    )


def _room_for(size: int, account_id: int) -> Verdict:
    now = time.monotonic()
    if size < PLENTY and _has_plenty.get(account_id, 0.0) > now:
        return ACCEPT
    usage = room.usage(account_id)
    if 0 < usage.allowed < size:
        return Reject(552, "5.2.2", "Message is bigger than the whole mailbox may be")
    if usage.left <= size:
        return Defer(452, "4.2.2", "Mailbox full")
    if usage.left > 2 * PLENTY:
        if len(_has_plenty) > 20_000:
            _has_plenty.clear()
        _has_plenty[account_id] = now + REMEMBER_SECONDS
    return ACCEPT


def forget() -> None:
    """Look again (tests)."""
    _has_plenty.clear()

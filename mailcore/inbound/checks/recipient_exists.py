"""Refuse at once whom nobody could deliver to, so that no bounce is ever needed: RFC 5321 §3.3, SECURITY A24."""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict


def recipient_exists(targets: Sequence[Target]) -> Verdict:
    kinds = {target.kind for target in targets}
    if kinds & {Kind.ACCOUNT, Kind.REMOTE}:
        return ACCEPT
    if Kind.DISABLED in kinds:
        return Reject(550, "5.2.1", "Mailbox disabled, not accepting messages")
    return Reject(550, "5.1.1", "No such user here")

"""What the checks may know about whoever is talking to us."""

from __future__ import annotations

from dataclasses import dataclass

from mailcore.smtp.wire.path import Address


@dataclass(frozen=True, slots=True)
class Facts:
    """One transaction: the peer's address, the name it gave, whose account it proved to be (0: a stranger)."""

    peer: str
    helo: str
    sender: Address
    account_id: int = 0
    declared_bytes: int = 0
    max_message_bytes: int = 150 << 20

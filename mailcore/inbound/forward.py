"""Mail for an alias that leads out of the house: into the queue, sender unchanged (RFC 5321 §3.9.1)."""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.outbound import queue
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store.blobs import Stored

NOBODY = 0  # the queue's account for mail that none of our users sent


def forward(
    sender: str,
    targets: Sequence[tuple[str, Recipient]],
    stored: Stored,
    *,
    prefix: bytes,
    account_id: int = NOBODY,
    ret: str = "",
    envid: str = "",
) -> None:
    """Queue one copy for all remote `targets`, each with what the sender asked to be told about it."""
    recipients = [
        Recipient(mailbox(address), asked.notify, asked.orcpt or f"rfc822;{asked.address}")
        for address, asked in targets
    ]
    queue.put(account_id, sender, recipients, stored, prefix=prefix, ret=ret, envid=envid)

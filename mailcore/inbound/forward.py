"""Mail that goes on to other hosts: aliases that lead out of the house, domains that we are the gateway for.

The sender stays what it was (RFC 5321 §3.9.1). What an alias sends on carries the alias in Delivered-To
(RFC 9228), so that a circle through other people's servers is noticed the second time round.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.inbound import trace
from mailcore.models.outbound import NOBODY
from mailcore.outbound import queue
from mailcore.outbound.letter import orcpt
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store.blobs import Stored


def forward(
    sender: str,
    asked: Recipient,
    addresses: Sequence[str],
    stored: Stored,
    *,
    prefix: bytes,
    account_id: int = NOBODY,
    ret: str = "",
    envid: str = "",
) -> None:
    """Queue a copy for the `addresses` that the recipient `asked` for leads to."""
    # For a report about somebody the sender has never heard of: ORCPT (RFC 3461 §5.2.7).
    own = str(asked.address)
    is_alias = [own] != list(addresses)
    recipients = [Recipient(mailbox(one), asked.notify, asked.orcpt or orcpt(own)) for one in addresses]
    queue.put(
        account_id,
        sender,
        recipients,
        stored,
        prefix=(trace.delivered_to(own) if is_alias else b"") + prefix,
        needs_smtputf8=not (sender + "".join(addresses)).isascii(),
        ret=ret,
        envid=envid,
    )

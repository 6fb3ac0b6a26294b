"""The one door for accepted mail: envelope and octets in, mailboxes and queue rows out.

What returns from `deliver` is durable: the caller may say 250. What raises has changed nothing that a
second try would not change again; a message for several mailboxes is in all of them or in none.
"""

from __future__ import annotations

import logging
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mailcore.identity import addresses
from mailcore.identity.addresses import Kind, Target
from mailcore.inbound import filing, forward, trace
from mailcore.inbound.errors import LoopDetected, RecipientUnknown
from mailcore.message.summary import Summary, summarize
from mailcore.smtp.wire.envelope import Recipient
from mailcore.store import blobs, messages
from mailcore.store.blobs import Stored
from mailcore.store.errors import MailboxNotFound

logger = logging.getLogger(__name__)

MAX_PARSED_BYTES = 64 << 20  # only where no buffer is at hand


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message: where it is, and how many copies went on to other hosts."""

    appended: list[messages.Appended]
    forwarded: int


def deliver(
    sender: str,
    recipients: Sequence[Recipient],
    stored: Stored,
    buffer: bytes | mmap.mmap | None = None,
    *,
    hop: trace.Hop | None = None,
    prefix: bytes = b"",
    summary: Summary | None = None,
    delivered_to: Sequence[str] = (),
    ret: str = "",
    envid: str = "",
    account_id: int = forward.NOBODY,
) -> Delivered:
    """Put a message into the mailboxes of its recipients, and into the queue for aliases that lead elsewhere.

    Every recipient must be one that we deliver for. `hop` makes the Received field; `prefix` is one made
    already. Raises RecipientUnknown, LoopDetected, QuotaExceeded, MailboxNotFound, TemporaryFailure.
    """
    at = datetime.now(UTC)
    here, elsewhere = _destinations(recipients)
    arrivals = []
    for target, asked in here:
        written_to = str(asked.address) if asked.address.domain else target.address
        if target.address in delivered_to:
            raise LoopDetected(f"Delivered to {target.address} before")
        if summary is None:
            summary = summarize(_octets(stored, buffer), at)
        arrivals.append(
            messages.Arrival(
                account_id=target.account_id or 0,
                mailbox_id=filing.mailbox_id(target.account_id or 0, target.detail),
                stored=stored,
                summary=summary,
                prefix=trace.delivery(sender, target.address) + _received(hop, prefix, written_to, at),
            )
        )
    try:
        appended = messages.append(arrivals)
    except MailboxNotFound:
        filing.forget()  # deleted since we looked: the next try will find what is there
        raise
    if elsewhere:
        forward.forward(
            sender,
            elsewhere,
            stored,
            prefix=_received(hop, prefix, "", at),
            account_id=account_id,
            ret=ret,
            envid=envid,
        )
    return Delivered(appended, len(elsewhere))


def _destinations(
    recipients: Sequence[Recipient],
) -> tuple[list[tuple[Target, Recipient]], list[tuple[str, Recipient]]]:
    """Accounts, each once however many of its addresses were named; and addresses on other hosts, each once."""
    here: dict[int, tuple[Target, Recipient]] = {}
    elsewhere: dict[str, Recipient] = {}
    for recipient in recipients:
        is_reached = False
        for target in addresses.resolve(address_of(recipient)):
            if target.kind is Kind.ACCOUNT and target.account_id is not None:
                here.setdefault(target.account_id, (target, recipient))
                is_reached = True
            elif target.kind is Kind.REMOTE:
                elsewhere.setdefault(target.address, recipient)
                is_reached = True
        if not is_reached:
            raise RecipientUnknown(f"Nobody here is called {recipient.address}")
    return list(here.values()), list(elsewhere.items())


def address_of(recipient: Recipient) -> str:
    """The address to resolve; `<Postmaster>` alone means ours (RFC 5321 §4.5.1)."""
    if not recipient.address.domain:
        return addresses.postmaster() or str(recipient.address)
    return str(recipient.address)


def _received(hop: trace.Hop | None, prefix: bytes, recipient: str, at: datetime) -> bytes:
    return trace.received(hop, recipient, at) if hop is not None else prefix


def _octets(stored: Stored, buffer: bytes | mmap.mmap | None) -> bytes | mmap.mmap:
    if buffer is not None:
        return buffer
    if stored.content is not None:
        return stored.content
    return blobs.slice(stored.digest, 0, min(stored.size, MAX_PARSED_BYTES))

"""The one door for accepted mail: envelope and octets in, mailboxes and queue rows out.

What returns from `deliver` is durable: the caller may say 250. What raises has changed nothing that a
second try would not change again; a message for several mailboxes is in all of them or in none.
"""

from __future__ import annotations

import logging
import mmap
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from mailcore.identity import addresses
from mailcore.identity.addresses import Kind, Target
from mailcore.identity.errors import AddressInvalid
from mailcore.inbound import blocking, filing, forward, trace
from mailcore.inbound.errors import LoopDetected, RecipientUnknown
from mailcore.message.summary import Summary, summarize
from mailcore.models.outbound import NOBODY
from mailcore.outbound import bounce
from mailcore.smtp.wire.envelope import Recipient
from mailcore.store import blobs, messages, writing
from mailcore.store.blobs import Stored
from mailcore.store.errors import MailboxNotFound, MailError

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
    account_id: int = NOBODY,
) -> Delivered:
    """Put a message into the mailboxes of its recipients, and into the queue for aliases that lead elsewhere.

    Every recipient must be one that we deliver for. `hop` makes the Received field; `prefix` is one made
    already. Raises RecipientUnknown, LoopDetected, QuotaExceeded, MailboxNotFound, TemporaryFailure.
    """
    at = datetime.now(UTC)
    here, elsewhere = _destinations(recipients, {_folded(address) for address in delivered_to})
    arrivals = []
    if here and summary is None:
        summary = summarize(_octets(stored, buffer), at)
    unwanted: set[int] = set()
    if summary is not None:
        ids = [target.account_id or 0 for target, _ in here]
        unwanted = blocking.who_blocks(ids, blocking.senders(sender, summary.sender)) if ids else set()
    for target, asked in here:
        assert summary is not None
        written_to = str(asked.address) if asked.address.domain else target.address
        arrivals.append(
            messages.Arrival(
                account_id=target.account_id or 0,
                mailbox_id=filing.mailbox_id(
                    target.account_id or 0, target.detail, is_junk=target.account_id in unwanted
                ),
                stored=stored,
                summary=summary,
                prefix=trace.delivery(sender, target.address) + _received(hop, prefix, written_to, at),
            )
        )
    passed_on = _received(hop, prefix, "", at)
    with _one_transaction(arrivals, account_id) if elsewhere else nullcontext():
        try:
            appended = messages.append(arrivals)
        except MailboxNotFound:
            filing.forget()  # deleted since we looked: the next try will find what is there
            raise
        for asked, targets in elsewhere:
            forward.forward(
                sender, asked, targets, stored, prefix=passed_on, account_id=account_id, ret=ret, envid=envid
            )
    _report(sender, envid, [asked for _, asked in here if asked.notify], stored, passed_on, ret)
    return Delivered(appended, sum(len(targets) for _, targets in elsewhere))


@contextmanager
def _one_transaction(arrivals: Sequence[messages.Arrival], account_id: int) -> Iterator[None]:
    """Mailboxes and queue together: a message that is tried again must not have been sent on already."""
    locked = {arrival.account_id for arrival in arrivals} | ({account_id} - {NOBODY})
    if locked:
        with writing.accounts(locked):
            yield
    else:
        with writing.exclusive(), transaction.atomic():
            yield


def _destinations(
    recipients: Sequence[Recipient], delivered_to: Set[str]
) -> tuple[list[tuple[Target, Recipient]], list[tuple[Recipient, list[str]]]]:
    """Accounts, each once however many of its addresses were named; and addresses on other hosts, each once."""
    here: dict[int, tuple[Target, Recipient]] = {}
    elsewhere: dict[str, Recipient] = {}
    for recipient in recipients:
        address = address_of(recipient)
        targets = addresses.resolve(address)
        if not any(target.kind in (Kind.ACCOUNT, Kind.REMOTE) for target in targets):
            raise RecipientUnknown(f"Nobody here is called {recipient.address}")
        if delivered_to and delivered_to & {_folded(address), *(target.address for target in targets)}:
            raise LoopDetected(f"Delivered to {address} before")
        for target in targets:
            if target.kind is Kind.ACCOUNT and target.account_id is not None:
                here.setdefault(target.account_id, (target, recipient))
            elif target.kind is Kind.REMOTE:
                elsewhere.setdefault(target.address, recipient)
    grouped: dict[Recipient, list[str]] = {}
    for address, recipient in elsewhere.items():
        grouped.setdefault(recipient, []).append(address)
    return list(here.values()), list(grouped.items())


def _folded(address: str) -> str:
    try:
        return addresses.canonical(address)
    except AddressInvalid:
        return address


def _report(
    sender: str, envid: str, asking: Sequence[Recipient], stored: Stored, prefix: bytes, ret: str
) -> None:
    """NOTIFY=SUCCESS (RFC 3461 §4.1). The message is delivered: a report that fails must not undo that."""
    if not asking:
        return
    try:
        bounce.delivered(sender, envid, asking, stored, prefix=prefix, ret=ret)
    except MailError:
        logger.exception("report_failed")


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

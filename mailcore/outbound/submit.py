"""Accept a message from one of our users: the one way out for SMTP submission and for the browser.

All in one transaction: local recipients have it, remote ones are rows in the queue, the copy is in Sent; or nothing
happened. A message that may still be taken back (`hold_until`) is rows only, local recipients included.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from django.conf import settings

from mailcore.identity import addresses
from mailcore.identity.addresses import Kind
from mailcore.identity.errors import AddressInvalid
from mailcore.inbound import receive
from mailcore.inbound.errors import RecipientUnknown
from mailcore.message.summary import Summary, summarize
from mailcore.models.entry import SEEN
from mailcore.models.mailbox import SENT
from mailcore.outbound import queue
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import Address, PathInvalid, mailbox
from mailcore.store import blobs, mailboxes, messages, writing
from mailcore.store.blobs import Stored
from mailcore.store.messages import Appended


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it: the queue's message, if any of it waits there; the copy in Sent, if one was asked for."""

    outbound_id: int | None
    sent: Appended | None


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Recipients by where they are: `here` resolves to mailboxes of ours (or aliases), `remote` does not."""

    here: list[Recipient]
    remote: list[Recipient]
    account_ids: set[int]


def submit(
    account_id: int,
    sender: str,
    recipients: Sequence[Recipient | str],
    stored: Stored,
    *,
    buffer: bytes | mmap.mmap | None = None,
    prefix: bytes = b"",
    save_sent: bool = False,
    sent_prefix: bytes = b"",
    hold_until: int = 0,
    ret: str = "",
    envid: str = "",
    sign_as: str | None = None,
) -> Submitted:
    """Send a message of `account_id`; durable on return. `sent_prefix` is for the author's own copy (Bcc);
    `sign_as` is the domain that vouches for a message from nobody.

    Raises RecipientUnknown, QuotaExceeded, LoopDetected, TemporaryFailure; then nothing was sent.
    """
    found = _sort(recipients)
    if not found.here and not found.remote:
        raise RecipientUnknown("A message needs a recipient")
    is_held = hold_until > time.time()
    here, queued = ([], [*found.here, *found.remote]) if is_held else (found.here, found.remote)
    trace = prefix or _by_browser()
    outbound_id: int | None = None
    sent: Appended | None = None
    summary = _summary(stored, buffer) if here or save_sent else None  # before anybody waits
    # One lock for everybody concerned, in order of account; within it each step counts for itself. A single step has
    # its own: many at once share a transaction then.
    concerned = {account_id, *(found.account_ids if here else ())}
    is_single = not save_sent and not (here and queued)
    with nullcontext() if is_single else writing.accounts(concerned):
        if queued:
            outbound_id = queue.put(
                account_id,
                sender,
                queued,
                stored,
                prefix=trace,
                sign_as=queue.domain_of(sender) if sign_as is None else sign_as,
                needs_smtputf8=not sender.isascii() or not all(one.address.is_ascii for one in queued),
                ret=ret,
                envid=envid,
                hold_until=hold_until,
            )
        if here:
            receive.deliver(
                sender,
                here,
                stored,
                buffer,
                prefix=trace,
                summary=summary,
                ret=ret,
                envid=envid,
                account_id=account_id,
            )
        if save_sent and summary is not None:
            sent = _file_in_sent(account_id, stored, summary, sent_prefix)
    return Submitted(outbound_id, sent)


def recall(account_id: int, outbound_id: int) -> bool:
    """Undo send: True if nothing of it had left, and now never will."""
    return queue.recall(account_id, outbound_id)


def _sort(recipients: Sequence[Recipient | str]) -> _Sorted:
    """Each address once, however often it was written or is behind an alias; all of them known."""
    here: dict[str, Recipient] = {}
    remote: dict[str, Recipient] = {}
    behind_aliases: set[str] = set()
    account_ids: set[int] = set()
    for item in recipients:
        recipient = item if isinstance(item, Recipient) else Recipient(_path(item))
        address = receive.address_of(recipient)
        targets = addresses.resolve(address)
        if not any(target.kind in (Kind.ACCOUNT, Kind.REMOTE) for target in targets):
            raise RecipientUnknown(f"Nobody here is called {recipient.address}")
        is_direct = (
            len(targets) == 1 and targets[0].kind is Kind.REMOTE and _same(targets[0].address, address)
        )
        if is_direct:
            remote.setdefault(targets[0].address, recipient)
            continue
        here.setdefault(address, recipient)
        for target in targets:
            if target.kind is Kind.ACCOUNT and target.account_id is not None:
                account_ids.add(target.account_id)
            elif target.kind is Kind.REMOTE:
                behind_aliases.add(target.address)
    return _Sorted(
        list(here.values()),
        [recipient for address, recipient in remote.items() if address not in behind_aliases],
        account_ids,
    )


def _path(address: str) -> Address:
    try:
        return mailbox(address)
    except PathInvalid as problem:
        raise RecipientUnknown(f"{address[:80]!r} is not an address") from problem


def _same(one: str, other: str) -> bool:
    try:
        return one == addresses.canonical(other)
    except AddressInvalid:
        return False


def _summary(stored: Stored, buffer: bytes | mmap.mmap | None) -> Summary:
    if buffer is None:
        buffer = stored.content if stored.content is not None else blobs.slice(stored.digest, 0, 16 << 20)
    return summarize(buffer, datetime.now(UTC))


def _file_in_sent(account_id: int, stored: Stored, summary: Summary, prefix: bytes) -> Appended:
    target = mailboxes.special(account_id, SENT)
    arrival = messages.Arrival(account_id, target.id, stored, summary, prefix, flags=SEEN)
    return messages.append([arrival])[0]


def _by_browser() -> bytes:
    """The first hop of what was written in the browser: pushed to us over HTTP."""
    when = format_datetime(datetime.now(UTC))
    return f"Received: by {settings.MAIL_HOSTNAME} with HTTP; {when}\r\n".encode()

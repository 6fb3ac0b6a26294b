"""Take in messages from files, in batches; what a batch committed stays, whatever happens to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from mailcore.message.summary import summarize
from mailcore.store import blobs, entries, mail_files, mailboxes, messages
from mailcore.store.errors import MailboxNotFound, MessageTooBig
from mailcore.store.mail_files import Found
from mailcore.store.messages import Arrival

BATCH_MESSAGES = 200
BATCH_OCTETS = 8 << 20


@dataclass(slots=True)
class Tally:
    """How far it got."""

    taken: int = 0
    octets: int = 0
    known: int = 0  # left out because the mailbox has them


def take(
    account_id: int,
    found: Iterable[Found],
    *,
    top: str = "INBOX",
    skip_known: bool = False,
    progress: Callable[[Tally], object] = lambda tally: None,
) -> Tally:
    """Append every message to the mailbox it stood in, `top` for those at the top; mailboxes are made.

    Raises QuotaExceeded, MessageTooBig, TemporaryFailure: what was committed so far is in `progress`.
    """
    tally = Tally()
    batch: list[Arrival] = []
    targets: dict[str, int] = {}
    known: dict[int, set[bytes]] | None = {} if skip_known else None
    for message in found:
        name = mail_files.standard_name(message.mailbox) or top
        if name not in targets:
            targets[name] = _mailbox(account_id, name)
        batch.append(_arrival(account_id, targets[name], message))
        if len(batch) >= BATCH_MESSAGES or sum(arrival.size for arrival in batch) >= BATCH_OCTETS:
            _commit(batch, tally, known)
            progress(tally)
    _commit(batch, tally, known)
    progress(tally)
    return tally


def _mailbox(account_id: int, name: str) -> int:
    try:
        return mailboxes.named(account_id, name).pk
    except MailboxNotFound:
        return mailboxes.create(account_id, name).pk


def _arrival(account_id: int, mailbox_id: int, message: Found) -> Arrival:
    with blobs.upload() as upload:
        for chunk in message.chunks():
            if upload.size + len(chunk) > settings.MAIL_MAX_MESSAGE_BYTES:
                raise MessageTooBig(f"{message.path}: a message is bigger than MAIL_MAX_MESSAGE_BYTES")
            upload.write(chunk)
        when = (
            datetime.now(UTC) if message.received is None else datetime.fromtimestamp(message.received, UTC)
        )
        summary = summarize(upload.buffer(), when)
        received = message.received if message.received is not None else int(summary.sent.timestamp())
        stored = upload.finish()
    return Arrival(account_id, mailbox_id, stored, summary, flags=message.flags, internaldate=received)


def _commit(batch: list[Arrival], tally: Tally, known: dict[int, set[bytes]] | None) -> None:
    arrivals = batch if known is None else [arrival for arrival in batch if _is_new(arrival, known)]
    messages.append(arrivals)
    tally.taken += len(arrivals)
    tally.octets += sum(arrival.size for arrival in arrivals)
    tally.known += len(batch) - len(arrivals)
    batch.clear()


def _is_new(arrival: Arrival, known: dict[int, set[bytes]]) -> bool:
    mailbox_id = arrival.mailbox_id
    if mailbox_id not in known:
        held = entries.rows(arrival.account_id, mailbox_id, None, ["m.digest"], with_message=True)
        known[mailbox_id] = {bytes(row[0]) for row in held}
    return arrival.stored.digest not in known[mailbox_id]

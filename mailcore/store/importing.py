"""Take in messages from anywhere, in batches; what a batch committed stays, whatever happens to the next."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from django.conf import settings
from django.db import connection

from mailcore.message.summary import summarize
from mailcore.models.mailbox import JUNK, SEPARATOR, TRASH
from mailcore.store import blobs, labels, mail_files, mailboxes, messages
from mailcore.store.errors import MailboxNotFound, MailError, MessageTooBig
from mailcore.store.messages import Arrival

BATCH_MESSAGES = 200
BATCH_OCTETS = 8 << 20
BATCH_SECONDS = 3.0  # a slow source is seen to move all the same
MOST_KEYWORDS = 30  # of one message
_USES = {name: use for use, name in mailboxes.SPECIAL.items()}


class NotTaken(MailError):
    """A message that cannot be read where it comes from."""


class Incoming(Protocol):
    """A message on its way in, wherever it comes from."""

    @property
    def mailbox(self) -> str: ...  # where it stood; "" at the top
    @property
    def flags(self) -> int: ...
    @property
    def received(self) -> int | None: ...  # seconds since 1970
    @property
    def keywords(self) -> frozenset[str]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...  # as people call them
    @property
    def place(self) -> str: ...  # for complaints

    def chunks(self) -> Iterator[bytes]:
        """Its octets with CRLF line ends."""
        ...


@dataclass(slots=True)
class Tally:
    """How far it got."""

    taken: int = 0
    octets: int = 0
    known: int = 0  # left out because they were here
    refused: int = 0  # too big, or beyond reading


def take(
    account_id: int,
    found: Iterable[Incoming],
    *,
    top: str = "INBOX",
    skip_known: bool = False,
    before: int = 0,
    skip_refused: bool = False,
    progress: Callable[[Tally], object] = lambda tally: None,
) -> Tally:
    """Append every message to the mailbox it stood in, `top` for those at the top; mailboxes are made.

    With `skip_known` a message stays out whose octets the mailbox holds; also one that any mailbox but Trash and Junk
    held before the message id `before` was given out: a later look at the same file adds nothing to what has been
    filed since. When `progress` is called, whatever `found` has given is committed.

    Raises QuotaExceeded, TemporaryFailure, and MessageTooBig or NotTaken unless `skip_refused`: what was committed so
    far is in `progress`.
    """
    intake = _Intake(account_id, top, skip_known, before)
    for message in found:
        try:
            intake.add(message)
        except (MessageTooBig, NotTaken):
            if not skip_refused:
                raise
            intake.tally.refused += 1
        if intake.is_full():
            intake.commit()
            progress(intake.tally)
    intake.commit()
    progress(intake.tally)
    return intake.tally


class _Intake:
    """The batch at hand."""

    def __init__(self, account_id: int, top: str, skip_known: bool, before: int) -> None:
        self.account_id, self.top, self.skip_known, self.before = account_id, top, skip_known, before
        self.tally = Tally()
        self._batch: list[Arrival] = []
        self._octets = 0
        self._began = time.monotonic()
        self._targets: dict[str, int] = {}
        self._keywords: dict[str, str] = {}

    def add(self, message: Incoming) -> None:
        name = mail_files.standard_name(message.mailbox) or self.top
        if name not in self._targets:
            self._targets[name] = _mailbox(self.account_id, name)
        named = (self._keyword(label) for label in message.labels)
        keywords = frozenset(sorted({*message.keywords, *filter(None, named)})[:MOST_KEYWORDS])
        arrival = _arrival(self.account_id, self._targets[name], message, keywords)
        self._batch.append(arrival)
        self._octets += arrival.size

    def is_full(self) -> bool:
        return (
            len(self._batch) >= BATCH_MESSAGES
            or self._octets >= BATCH_OCTETS
            or time.monotonic() - self._began >= BATCH_SECONDS
        )

    def commit(self) -> None:
        arrivals = self._new() if self.skip_known else self._batch
        messages.append(arrivals)
        self.tally.taken += len(arrivals)
        self.tally.octets += sum(arrival.size for arrival in arrivals)
        self.tally.known += len(self._batch) - len(arrivals)
        self._batch, self._octets, self._began = [], 0, time.monotonic()

    def _new(self) -> list[Arrival]:
        """Those of the batch that are not here yet, each once."""
        held, anywhere = _held(
            self.account_id, {arrival.stored.digest for arrival in self._batch}, self.before
        )
        fresh: list[Arrival] = []
        for arrival in self._batch:
            key = (arrival.mailbox_id, arrival.stored.digest)
            if key not in held and arrival.stored.digest not in anywhere:
                held.add(key)
                fresh.append(arrival)
        return fresh

    def _keyword(self, label: str) -> str:
        """The keyword of a label, which is made where there is none; "" where there may be no more."""
        if label not in self._keywords:
            try:
                known = labels.named(self.account_id, label) or labels.create(self.account_id, label)
                self._keywords[label] = known.keyword
            except MailError:  # a name that ours cannot have, or too many: the message matters more
                self._keywords[label] = ""
        return self._keywords[label]


def _held(account_id: int, digests: set[bytes], before: int) -> tuple[set[tuple[int, bytes]], set[bytes]]:
    """Which of these octets lie in which mailbox, and which of them lay somewhere before that message id."""
    if not digests:
        return set(), set()
    gone = {box.id for box in mailboxes.listing(account_id) if box.special_use in (TRASH, JUNK)}
    marks = ",".join(["%s"] * len(digests))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.mailbox_id, m.digest, m.id FROM mailcore_message m"
            " JOIN mailcore_entry e ON e.account_id = m.account_id AND e.message_id = m.id"
            f" WHERE m.account_id = %s AND NOT e.expunged AND m.digest IN ({marks})",
            [account_id, *digests],
        )
        rows = [(row[0], bytes(row[1]), row[2]) for row in cursor.fetchall()]
    return {row[:2] for row in rows}, {row[1] for row in rows if row[2] <= before and row[0] not in gone}


def _mailbox(account_id: int, name: str) -> int:
    try:
        return mailboxes.named(account_id, name).pk
    except MailboxNotFound:
        use = _USES.get(name)  # ours may be called otherwise by now
        return (mailboxes.special(account_id, use) if use else mailboxes.create(account_id, name)).pk


def possible_name(name: str) -> str:
    """A mailbox name that ours can have, as near as may be to one from elsewhere; "" where nothing is left."""
    levels = []
    for level in name.split(SEPARATOR)[: mailboxes.MOST_LEVELS - 2]:
        level = re.sub(r"[\x00-\x1f\x7f-\x9f%*\ud800-\udfff]", "_", level).strip()
        if level and level not in (".", ".."):
            levels.append(level[:200].strip())
    return SEPARATOR.join(levels)[: mailboxes.MOST_NAME_CHARACTERS - 300].rstrip(f"{SEPARATOR} ")


def _arrival(account_id: int, mailbox_id: int, message: Incoming, keywords: frozenset[str]) -> Arrival:
    with blobs.upload() as upload:
        for chunk in message.chunks():
            if upload.size + len(chunk) > settings.MAIL_MAX_MESSAGE_BYTES:
                raise MessageTooBig(f"{message.place}: a message is bigger than MAIL_MAX_MESSAGE_BYTES")
            upload.write(chunk)
        when = (
            datetime.now(UTC) if message.received is None else datetime.fromtimestamp(message.received, UTC)
        )
        summary = summarize(upload.buffer(), when)
        received = message.received if message.received is not None else int(summary.sent.timestamp())
        stored = upload.finish()
    return Arrival(account_id, mailbox_id, stored, summary, b"", message.flags, keywords, received)

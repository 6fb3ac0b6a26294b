"""APPEND: RFC 9051 §6.3.12, RFC 3502 (MULTIAPPEND), RFC 7888, RFC 6855 §4 (UTF8), RFC 4315 §3 (APPENDUID).

Messages are streamed to the store, never held. Whatever can be refused is refused before "+": a mailbox that is
not there, a message that is too big, an account that is full. When a non-synchronizing literal is refused its
octets are read and dropped, so that they are never taken for commands.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailcore.dialogue import Effect, ReceiveThenLine
from mailcore.imap.errors import Refused
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import flags, framing, response
from mailcore.imap.wire.dates import date_time
from mailcore.imap.wire.flags import Flags
from mailcore.imap.wire.framing import Literal
from mailcore.imap.wire.mailbox_name import BadName, mailbox_name
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.message.summary import summarize
from mailcore.models import Mailbox
from mailcore.store import blobs, mailboxes, messages, quota
from mailcore.store.errors import MailError, MessageTooBig, QuotaExceeded
from mailcore.store.messages import Arrival

log = logging.getLogger(__name__)

MOST_MESSAGES = 1000
MOST_HELD_OCTETS = 32 << 20  # of messages small enough to live in their rows: they wait here for the last one

_UTF8 = re.compile(rb"UTF8 +\((?=~?\{)", re.IGNORECASE)
_ANNOUNCED = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\Z")


@dataclass(frozen=True, slots=True)
class Announced:
    """One message to come: its flags, its date, how long it is, whether `UTF8 (` must be closed after it."""

    flags: Flags
    internaldate: datetime | None
    literal: Literal
    is_utf8: bool


def append(session: Session, request: Request) -> Commanded:
    announced = framing.announced(request.reader.data)
    try:
        mailbox, first = opening(session, request.reader, announced)
        with Incoming(session, mailbox) as incoming:
            yield from incoming.receive(first)
            appended = messages.append(incoming.arrivals)
    except LiteralRefused as refusal:
        yield from framing.skip(refusal.literal, session.limits_for_discarding())
        raise refusal.problem from None
    uids = [each.uid for each in appended]
    log.info("appended session=%s account=%s messages=%d", session.id, session.account_id, len(uids))
    return Done("APPEND completed", response.appenduid(appended[0].uidvalidity, uids))


class LiteralRefused(Exception):
    """A message is refused while its literal stands announced; `problem` is what the client will be told."""

    def __init__(self, problem: Exception, literal: Literal) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.literal = literal


def opening(session: Session, reader: Reader, announced: Literal | None) -> tuple[Mailbox, Announced]:
    """The mailbox and the first message; whatever is wrong with them, the literal must be got past."""
    try:
        reader.space()
        name = mailbox_name(reader)
        mailbox = mailboxes.named(session.account_id, name)
        first = _message(reader)
        if first is None:
            raise Malformed("Expected a message")
        return mailbox, first
    except (Malformed, MailError, BadName) as problem:
        if announced is None:
            raise
        raise LiteralRefused(problem, announced) from problem


class _Spool:
    """An upload that does not fail in the middle of a literal: there is more of the command to be read."""

    __slots__ = ("_problem", "_upload")

    def __init__(self, upload: blobs.Upload) -> None:
        self._upload = upload
        self._problem: MailError | None = None

    def write(self, data: bytes) -> None:
        if self._problem is None:
            try:
                self._upload.write(data)
            except MailError as problem:  # the disk is full
                self._problem = problem

    def finished(self) -> blobs.Upload:
        if self._problem is not None:
            raise self._problem
        return self._upload


class Incoming:
    """The messages of one APPEND, or the one of a REPLACE, on their way into the store."""

    def __init__(self, session: Session, mailbox: Mailbox, at_most: int = MOST_MESSAGES) -> None:
        self.session = session
        self.mailbox = mailbox
        self.at_most = at_most
        self.arrivals: list[Arrival] = []
        self._size = 0
        self._held = 0
        self._room = -1
        self._uploads = ExitStack()

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        self._uploads.close()

    def receive(self, announced: Announced | None) -> Generator[bytes | Effect, Any, None]:
        """One message after the other, until the command ends."""
        while announced is not None:
            literal = announced.literal
            self._check(literal)
            spool = _Spool(self._uploads.enter_context(blobs.upload()))
            line: bytes = yield ReceiveThenLine(
                framing.prompt_for(literal), spool, literal.size, self.session.limits.line
            )
            announced = self._stored(announced, spool, line)

    def _check(self, literal: Literal) -> None:
        self._size += literal.size
        try:
            if literal.size > self.session.max_message_bytes:
                raise MessageTooBig("Message too big")
            if not literal.size:
                raise Malformed("Empty message")
            if len(self.arrivals) >= self.at_most or self._held > MOST_HELD_OCTETS:
                raise Refused("Too much for one command", b"LIMIT")
            if self._room < 0:
                self._room = quota.usage(self.session.account_id).left
            if self._size > self._room:  # the write itself looks again
                raise QuotaExceeded
        except (MailError, Malformed, Refused) as problem:
            raise LiteralRefused(problem, literal) from problem

    def _stored(self, announced: Announced, spool: _Spool, line: bytes) -> Announced | None:
        """Keep what came; what `line` says is next. What fails now must still get past the rest of the command."""
        try:
            self._store(announced, spool.finished())
            return self._next(Reader(line, self.session.speaks_utf8), announced.is_utf8)
        except (MailError, Malformed) as problem:
            following = framing.announced(line)
            if following is None:
                raise
            raise LiteralRefused(problem, following) from problem

    def _store(self, announced: Announced, upload: blobs.Upload) -> None:
        when = announced.internaldate or datetime.now(UTC)
        stored = upload.finish()
        self._held += len(stored.content or b"")
        self.arrivals.append(
            Arrival(
                self.session.account_id,
                self.mailbox.id,
                stored,
                summarize(upload.buffer(), when),
                flags=announced.flags.bits,
                keywords=announced.flags.keywords,
                internaldate=int(when.timestamp()),
            )
        )
        upload.close()

    def _next(self, reader: Reader, is_utf8: bool) -> Announced | None:
        """What stands after a message: the end, or another one (RFC 3502 §6.3.11)."""
        if is_utf8:
            reader.expect(b")")
        return None if reader.at_end() else _message(reader)


def _message(reader: Reader) -> Announced | None:
    """[flags] [date-time] literal, up to the announcement of the literal."""
    reader.space()
    if reader.at_end():
        return None
    given, when = Flags(), None
    if reader.peek() == b"(":
        given = flags.flag_list(reader)
        reader.space()
    if reader.peek() == b'"':
        when = date_time(reader)
        reader.space()
    is_utf8 = reader.match(_UTF8) is not None
    found = reader.match(_ANNOUNCED)
    if not found:
        raise Malformed("Expected a message")
    return Announced(given, when, Literal(int(found[2]), not found[3], bool(found[1])), is_utf8)

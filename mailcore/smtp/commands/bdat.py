"""BDAT: the message in chunks of announced length, RFC 3030 §2. The length decides, whatever the octets look like."""

from __future__ import annotations

from mailcore.dialogue import Handler, Receive
from mailcore.inbound.clean import Cleaner
from mailcore.inbound.errors import Malformed
from mailcore.smtp import acceptance
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.dot_stuffing import has_strict_line_ends
from mailcore.smtp.wire.reply import reply
from mailcore.store.errors import MessageTooBig

MAX_SKIPPED = 1 << 30  # a refused chunk is read to its end up to here; beyond it nobody means well


class _Nowhere:
    """Takes the octets of a chunk that was refused."""

    def write(self, data: bytes) -> None:
        """Forget them."""


class _Lines:
    """Passes octets on and notices bare CR and LF, also across two chunks (RFC 5321 §2.3.8)."""

    __slots__ = ("_sink", "ends_in_cr", "is_bare")

    def __init__(self, sink: Cleaner, ends_in_cr: bool) -> None:
        self._sink = sink
        self.ends_in_cr = ends_in_cr
        self.is_bare = False

    def write(self, data: bytes) -> None:
        """Look and pass on."""
        text = b"\r" + data if self.ends_in_cr else data
        self.ends_in_cr = text.endswith(b"\r")
        if not has_strict_line_ends(text[:-1] if self.ends_in_cr else text):
            self.is_bare = True
        self._sink.write(data)


def bdat(session: Session, argument: str) -> Handler:
    size, is_last = _read(argument)
    problem = _problem(session, size)
    if problem is not None:
        yield Receive(_Nowhere(), size)  # the chunk comes anyway (§2): stay in step
        if session.transaction is not None:
            session.transaction.discard()
            session.transaction.has_failed = True
        if is_last:
            session.reset()
        raise problem
    transaction = session.current()
    if transaction.chunks is None:
        transaction.chunks = acceptance.sink(session)
    lines = _Lines(transaction.chunks, transaction.ends_in_cr)
    is_over = False
    try:
        yield Receive(lines, size)
        transaction.ends_in_cr = lines.ends_in_cr
        if lines.is_bare or (is_last and lines.ends_in_cr):
            raise Malformed
        if is_last:
            taken = acceptance.accept(session, transaction.chunks)
        is_over = is_last
    except Exception:
        transaction.discard()
        transaction.has_failed = True
        is_over = is_last
        raise
    finally:
        if is_over:
            session.reset()
    yield taken if is_last else reply(250, "2.0.0", f"{size} octets received")


def _read(argument: str) -> tuple[int, bool]:
    """`size [LAST]`. Without a size there is no telling where the next command begins."""
    words = argument.split(" ")
    is_sound = words[0].isascii() and words[0].isdecimal() and len(words[0]) <= 20
    if not is_sound or len(words) > 2 or (len(words) == 2 and words[1].upper() != "LAST"):
        raise Refused(501, "5.5.4", "BDAT size [LAST]; closing connection", closes=True)
    size = int(words[0])
    if size > MAX_SKIPPED:
        raise Refused(552, "5.3.4", "Chunk too big; closing connection", closes=True)
    return size, len(words) == 2


def _problem(session: Session, size: int) -> Exception | None:
    transaction = session.transaction
    if transaction is None:
        return Refused(503, "5.5.1", "MAIL first")
    if transaction.has_failed:
        return Refused(503, "5.5.1", "A chunk before this one was refused, RSET")
    if not transaction.recipient_count:
        return Refused(554, "5.5.1", "No valid recipients")
    before = transaction.chunks.received_bytes if transaction.chunks is not None else 0
    if before + size > session.policy.max_message_bytes:
        return MessageTooBig()
    return None

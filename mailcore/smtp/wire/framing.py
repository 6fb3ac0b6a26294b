"""Command lines out of a stream of octets: RFC 5321 §2.3.8, §4.5.3.1.4.

Only CRLF ends a line. A bare CR or LF, a NUL, or a line beyond the limit comes out as `Broken` with the
reason, never as two commands. A broken line end leaves no safe place to go on from, so those say
`is_fatal`.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_LINE = 2_048  # RFC 5321 asks for 512; SMTPUTF8, ORCPT and long paths need more
MAX_SASL_LINE = 12_288  # RFC 4954 §4
MAX_DISCARD = 65_536  # read at most this much of a line that is refused already


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no command."""

    code: int
    enhanced: str
    text: str
    is_fatal: bool = False


BARE = Broken(521, "5.5.2", "Lines must end with CR LF; closing connection", is_fatal=True)
ENDLESS = Broken(500, "5.5.6", "Line too long; closing connection", is_fatal=True)
TOO_LONG = Broken(500, "5.5.6", "Line too long")
NUL = Broken(500, "5.5.2", "NUL in command")
STRAY = Broken(500, "5.5.2", "This is a mail server; closing connection", is_fatal=True)

Line = bytes | Broken

# What a command, or an empty line, may begin with.
_BEGINNINGS = {letter.encode() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r"} | {b""}


class Framer:
    """`feed` octets, take `lines()`; what is not yet a line stays, up to a limit."""

    __slots__ = ("_buffer", "_discarded")

    def __init__(self, buffer: bytearray | None = None) -> None:
        self._buffer = bytearray() if buffer is None else buffer  # the connection's own: nothing is copied
        self._discarded = 0

    @property
    def pending(self) -> int:
        """Octets that are waiting here."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what the peer sent."""
        self._buffer += data

    def next_line(self) -> Line | None:
        """The next line without its CRLF, what is wrong with it, or None: feed more."""
        end = self._buffer.find(b"\n")
        if end < 0:
            return self._unfinished()
        line = bytes(self._buffer[:end])
        if not line.endswith(b"\r") or line.find(b"\r") != len(line) - 1:
            return BARE
        del self._buffer[: end + 1]
        if self._discarded or len(line) > _limit(line):
            self._discarded = 0
            return TOO_LONG
        if b"\0" in line:
            return NUL
        return line[:-1]

    def _unfinished(self) -> Broken | None:
        """A line still without its end: bare CRs show early, and endless lines are thrown away as they come."""
        if bytes(self._buffer[:1]) not in _BEGINNINGS and not self._discarded:
            return STRAY  # a TLS hello, random octets: its line end may never come (SECURITY A10)
        bare = self._buffer.find(b"\r")
        if 0 <= bare < len(self._buffer) - 1:
            return BARE
        if len(self._buffer) > MAX_SASL_LINE:
            self._discarded += len(self._buffer) - 1
            del self._buffer[:-1]  # the last may be a CR
        return ENDLESS if self._discarded > MAX_DISCARD else None


def _limit(line: bytes) -> int:
    return MAX_SASL_LINE if line[:5].upper() == b"AUTH " else MAX_LINE

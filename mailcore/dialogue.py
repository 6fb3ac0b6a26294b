"""What a protocol handler may say to the pump that runs it.

Handlers of SMTP, IMAP and POP3 are plain synchronous generators: they know no socket, no thread and no event
loop. They yield `bytes` (written to the peer as they are) and, when words are not enough, one of the effects
below; the pump performs it and `send()`s its answer back into the generator. A script of yields and sends is
therefore a whole conversation, which is how most protocol tests run.

No cursor, lock or transaction may be open across a `yield`: the next step may run on another thread, and a slow
peer must never hold up a writer.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol


class Sink(Protocol):
    """Takes octets as they arrive; `store.blobs.Upload` is one."""

    def write(self, data: bytes) -> object: ...


class ClientGone(Exception):
    """Thrown into a handler at its `yield` when its client vanished or took too long."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Write `prompt`, read one line; answered with the line without its CRLF (SASL challenges)."""

    prompt: bytes
    limit: int = 12_288


@dataclass(frozen=True, slots=True)
class Receive:
    """Read exactly `size` octets into `sink`; answered with None (BDAT, literals)."""

    sink: Sink
    size: int


@dataclass(frozen=True, slots=True)
class ReceiveThenLine:
    """Write `prompt`, read `size` octets into `sink`, then a line; answered with the line (IMAP literals).

    One effect instead of two, because each costs a change of threads.
    """

    prompt: bytes
    sink: Sink
    size: int
    limit: int = 65_536


@dataclass(frozen=True, slots=True)
class ReceiveDotted:
    """Read a dot-stuffed body up to CRLF.CRLF (RFC 5321 §4.1.1.4) into `sink`; answered with `Dotted`.

    Past `limit` octets reading goes on, so that the session stays in step, but nothing more is written.
    """

    sink: Sink
    limit: int


@dataclass(frozen=True, slots=True)
class Dotted:
    """How a dotted body ended: octets after unstuffing, whether it passed the limit, met a bare CR or LF."""

    size: int
    too_big: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class AwaitChanges:
    """Sleep until the account's modseq may have passed `since`, or the client speaks (IDLE).

    Answered with `Woken`. Holds no thread while it sleeps.
    """

    account_id: int
    since: int


@dataclass(frozen=True, slots=True)
class Woken:
    """Why a sleeper woke: the client's `line` (without CRLF), or None: look for changes."""

    line: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for a while, holding no thread; answered with None. Slows guessers down."""

    seconds: float


@dataclass(frozen=True, slots=True)
class UpgradeTls:
    """Flush, throw away what the client sent too early, and start TLS; answered with None."""


@dataclass(frozen=True, slots=True)
class Deflate:
    """From here on both directions are compressed (RFC 4978); answered with None."""


@dataclass(frozen=True, slots=True)
class Close:
    """Flush and hang up."""


Effect = Ask | Receive | ReceiveThenLine | ReceiveDotted | AwaitChanges | Pause | UpgradeTls | Deflate | Close
Handler = Generator[bytes | Effect, Any, None]

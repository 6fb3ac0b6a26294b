r"""Where a command ends: lines and literals. RFC 9051 §2.2.1, RFC 9051 §4.3, RFC 7888.

A command is a line, unless the line ends by announcing a literal; then it goes on after the literal:

    C: a LOGIN {5}                 the server says "+" before the octets are sent
    S: + Ready
    C: alice {6+}                  a non-synchronizing literal: they come at once
    C: secret

`collect()` is a generator of dialogue effects that gathers such a command whole, in memory, within `Limits`.
What it hands back is the command with its literals in place, ready for a `Reader`.

A literal that we refuse must not be run as commands. A synchronizing one is refused before "+", so its
octets never come. The octets of a non-synchronizing one are on their way: they are read and dropped as long
as that is bearable, and beyond it the only honest answer is to hang up.

APPEND and REPLACE are the exception: their message literals may be as large as a message may be, so `collect()`
stops at them and the handler streams them to the store.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from mailcore.dialogue import Effect, ReceiveThenLine

_ANNOUNCED = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\Z")
_ABSURD = re.compile(rb"~?\{-?[0-9]+[+-]?\}\Z")
_VERB = rb"[^ ]+ +(?:append|(?:uid +)?replace +[^ ]+) +"
_APPENDS = re.compile(_VERB + rb"(.)", re.IGNORECASE | re.DOTALL)
_NAMES_WITH_LITERAL = re.compile(_VERB + rb"\{[0-9]+\+?\}\Z", re.IGNORECASE)

GO_AHEAD = b"+ Ready for literal data\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a client's word we hold: octets."""

    line: int = 65_536
    command: int = 262_144
    discard: int = 1_048_576

    def strangers(self) -> Limits:
        """What applies before anybody has logged in."""
        return Limits(line=8_192, command=16_384, discard=65_536)


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal as announced at the end of a line."""

    size: int
    is_awaited: bool
    is_binary: bool


class TooLong(Exception):
    """The command passes the limits; what belonged to it has been read away, the session may go on."""


class OutOfStep(Exception):
    """Octets are coming that we neither want nor can skip: the connection must end."""


class Discard:
    """A sink for what nobody wants."""

    def write(self, data: bytes) -> None:
        pass


class Collected:
    """A sink for a small literal."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.parts.append(bytes(data))

    def octets(self) -> bytes:
        return b"".join(self.parts)


def announced(line: bytes) -> Literal | None:
    """The literal that this line announces at its end. Absurd sizes raise `OutOfStep`."""
    if not line.endswith(b"}"):
        return None
    found = _ANNOUNCED.search(line, max(0, len(line) - 32))
    if found:
        return Literal(int(found[2]), is_awaited=not found[3], is_binary=bool(found[1]))
    if _ABSURD.search(line):
        raise OutOfStep("Literal size out of bounds")
    return None


def prompt_for(literal: Literal) -> bytes:
    """What the client waits for before it sends this literal."""
    return GO_AHEAD if literal.is_awaited else b""


def collect(line: bytes, limits: Limits) -> Generator[bytes | Effect, Any, bytes]:
    """Gather the rest of the command that begins with `line`."""
    literal = announced(line)
    if literal is None:
        return line
    parts = [line]
    total = len(line)
    appends = _APPENDS.match(line)
    while literal is not None:
        if appends and not (len(parts) == 1 and _NAMES_WITH_LITERAL.match(line)):
            break
        if total + literal.size > limits.command:
            yield from skip(literal, limits)
            raise TooLong("Command too long")
        octets = Collected()
        rest: bytes = yield ReceiveThenLine(prompt_for(literal), octets, literal.size, limits.line)
        parts += [b"\r\n", octets.octets(), rest]
        total += literal.size + len(rest)
        literal = announced(rest)
    return b"".join(parts)


def skip(literal: Literal, limits: Limits) -> Generator[bytes | Effect, Any, None]:
    """Get past a literal that was refused, and past the rest of its command."""
    budget = limits.discard
    following: Literal | None = literal
    while following is not None and not following.is_awaited:
        budget -= following.size
        if budget < 0:
            raise OutOfStep("Literal too large")
        line: bytes = yield ReceiveThenLine(b"", Discard(), following.size, limits.line)
        following = announced(line)

"""POP3's bytes: command lines in, status lines and byte-stuffed multi-line answers out. RFC 1939 §3."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_LINE = 512  # RFC 2449 §4 says 255; UTF-8 names and long passwords need more
END = b".\r\n"
WRITE_OCTETS = 256 << 10

_NUMBER = re.compile(r"0*[1-9][0-9]{0,9}")


class Malformed(ValueError):
    """Not a command, or arguments that are none."""


@dataclass(frozen=True, slots=True)
class Command:
    """A verb in upper case and the rest of its line, as it came."""

    verb: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The arguments; more than one space between them is forgiven."""
        return self.rest.split()

    def number(self) -> int:
        """The one argument: a message number."""
        numbers = self.numbers()
        if len(numbers) != 1:
            raise Malformed(f"{self.verb} message")
        return numbers[0]

    def numbers(self) -> list[int]:
        """Every argument a message number."""
        if not all(_NUMBER.fullmatch(word) for word in self.words):
            raise Malformed("Message numbers are numbers")
        return [int(word) for word in self.words]


def command(line: bytes) -> Command:
    """Read a line without its CRLF. Bare CR and LF, NUL and what is not UTF-8 are refused."""
    try:
        text = line.decode()
    except UnicodeDecodeError as problem:
        raise Malformed("That is not UTF-8") from problem
    if any(character in text for character in "\0\r\n"):
        raise Malformed("Control characters in command")
    verb, _, rest = text.partition(" ")
    return Command(verb.upper(), rest)


def ok(text: str = "") -> bytes:
    """`+OK text`."""
    return f"+OK {_clean(text)}".rstrip(" ").encode() + b"\r\n"


def err(text: str, code: str = "") -> bytes:
    """`-ERR [code] text` (RFC 2449 §8)."""
    return f"-ERR {f'[{code}] ' if code else ''}{_clean(text)}\r\n".encode()


def _clean(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:400]


def lines(items: Iterable[str]) -> Iterator[bytes]:
    """A multi-line answer of short lines, none of which can begin with a dot."""
    batch: list[str] = []
    octets = 0
    for item in items:
        batch.append(item)
        octets += len(item) + 2
        if octets > WRITE_OCTETS:
            yield "".join(f"{line}\r\n" for line in batch).encode()
            batch, octets = [], 0
    yield "".join(f"{line}\r\n" for line in batch).encode() + END


class Stuffer:
    """Byte-stuffs octets as they come: a dot at the beginning of a line is doubled (RFC 1939 §3).

    A line begins behind every LF, also a bare one: some clients read lines that way, and to them an
    undoubled dot behind a bare LF would look like the end.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = b"\r\n"

    def stuff(self, data: bytes) -> bytes:
        """The next octets, stuffed."""
        if not data:
            return b""
        out = data.replace(b"\n.", b"\n..") if b"\n." in data else data
        if data.startswith(b".") and self._last.endswith(b"\n"):
            out = b"." + out
        self._last = (self._last + data[-2:])[-2:]
        return out

    def end(self) -> bytes:
        """What closes the answer; a last line without an end gets one."""
        return END if self._last == b"\r\n" else b"\r\n" + END


class Top:
    """Lets through the header, the blank line and `count` lines of the body (TOP: RFC 1939 §7)."""

    __slots__ = ("_held", "_in_body", "_left", "is_over")

    def __init__(self, count: int) -> None:
        self._left = count
        self._in_body = False
        self._held = b"\n"  # as if a line had just ended: there may be no header
        self.is_over = False

    def take(self, data: bytes) -> bytes:
        """The part of the next octets that belongs to the answer."""
        if self.is_over:
            return b""
        start = 0
        if not self._in_body:
            text = self._held + data
            found = re.search(rb"\n\r?\n", text)
            if found is None:
                # The blank line may be cut: look again with what is behind us.
                self._held = text[-2:]
                return data
            self._in_body = True
            start = max(0, found.end() - len(self._held))
        while self._left:
            end = data.find(b"\n", start)
            if end < 0:
                return data
            start = end + 1
            self._left -= 1
        self.is_over = True
        return data[:start]

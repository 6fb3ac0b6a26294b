r"""Plays RFC-style transcripts against a session: no socket, no thread, no event loop.

    C: a NOOP                     the client says this line
    S: * 3 EXISTS                 the server's next line is this
    S: a OK ...                   `...` inside a line is anything
    S: ...                        alone on its line: any lines, up to the next one that is expected
    2C: b NOOP                    client 2 (clients connect when they first speak or are expected to hear)
    S: * 2 EXPUNGE  ;; why        `;;` starts a comment

Inside a `C:` line, `\x00`-like escapes and `\r`, `\n` stand for those octets; backslashes before letters
that are not escapes stay (`\Seen`). A line that ends in `\` followed by nothing is not special. `C- text`
sends the text without a CRLF, `C<` hangs up. `S<` expects that the server has hung up.

Literals need nothing special: the player counts octets as a pump does. A transcript fails on a wrong, a
missing or an unread answer.

The seam to a protocol is `Peer`: how it greets, and what one line does. Both are generators of
`mailcore.dialogue` effects, exactly as the listener runs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mailcore.dialogue import (
    Ask,
    AwaitChanges,
    ClientGone,
    Close,
    Dotted,
    Handler,
    Receive,
    ReceiveDotted,
    ReceiveThenLine,
    UpgradeTls,
    Woken,
)


@dataclass(frozen=True, slots=True)
class Peer:
    """One connection's protocol: its greeting and its answer to a line (without CRLF)."""

    greet: Callable[[], Handler]
    answer: Callable[[bytes], Handler]


class Wire:
    """What the listener's pump does, in memory: octets in, octets out, effects performed in between."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.closed = False
        self.upgrades = 0
        self.handler: Handler | None = None
        self.wants: Any = None
        self.received = 0
        self._run(peer.greet())

    def send(self, data: bytes) -> None:
        if self.closed:
            return
        self.inbox += data
        self.pump()

    def hang_up(self) -> None:
        self.closed = True
        handler, self.handler, self.wants = self.handler, None, None
        if handler is not None:
            with suppress(ClientGone, StopIteration):
                handler.throw(ClientGone())

    def pump(self) -> None:
        """Go on for as long as there is something to go on with."""
        while not self.closed:
            if self.handler is None:
                line = self._line()
                if line is None:
                    return
                self._run(self.peer.answer(line))
            elif not self._satisfied():
                return

    def wake(self) -> None:
        """Tell a sleeper (IDLE) that something may have changed."""
        if isinstance(self.wants, AwaitChanges):
            self._step(Woken(None))
            self.pump()

    def _line(self) -> bytes | None:
        end = self.inbox.find(b"\n")
        if end < 0:
            return None
        line = bytes(self.inbox[:end]).removesuffix(b"\r")
        del self.inbox[: end + 1]
        return line

    def _satisfied(self) -> bool:
        """Try to give the suspended handler what it waits for."""
        wants = self.wants
        if isinstance(wants, Ask | AwaitChanges):
            line = self._line()
            if line is None:
                return False
            self._step(line if isinstance(wants, Ask) else Woken(line))
        elif isinstance(wants, Receive | ReceiveThenLine):
            chunk = bytes(self.inbox[: wants.size - self.received])
            del self.inbox[: len(chunk)]
            if chunk:
                wants.sink.write(chunk)
            self.received += len(chunk)
            if self.received < wants.size:
                return False
            line = self._line() if isinstance(wants, ReceiveThenLine) else None
            if line is None and isinstance(wants, ReceiveThenLine):
                return False
            self.received = 0
            self._step(line)
        elif isinstance(wants, ReceiveDotted):
            dotted = self._dotted(wants)
            if dotted is None:
                return False
            self._step(dotted)
        return True

    def _dotted(self, wants: ReceiveDotted) -> Dotted | None:
        if self.inbox.startswith(b".\r\n"):
            body, rest = b"", 3
        else:
            end = self.inbox.find(b"\r\n.\r\n")
            if end < 0:
                return None
            body, rest = bytes(self.inbox[: end + 2]), end + 5
        del self.inbox[:rest]
        body = re.sub(rb"(^|\r\n)\.", rb"\1", body)
        wants.sink.write(body[: wants.limit])
        bare = b"\r" in body.replace(b"\r\n", b"") or b"\n" in body.replace(b"\r\n", b"")
        return Dotted(len(body), len(body) > wants.limit, bare)

    def _run(self, handler: Handler) -> None:
        self.handler = handler
        self._step(None)

    def _step(self, answer: object) -> None:
        """Send `answer` into the handler and perform what it says until it must wait again."""
        self.wants = None
        assert self.handler is not None
        while True:
            try:
                said = self.handler.send(answer)
            except StopIteration:
                self.handler = None
                return
            answer = None
            match said:
                case bytes():
                    self.outbox += said
                case UpgradeTls():
                    self.inbox.clear()
                    self.upgrades += 1
                case Close():
                    self.closed = True
                    self.handler.close()
                    self.handler = None
                    return
                case Ask() | ReceiveThenLine():
                    self.outbox += said.prompt
                    self.wants = said
                    return
                case Receive() | ReceiveDotted() | AwaitChanges():
                    self.wants = said
                    return
                case _:  # a pause: nobody waits in a test
                    pass


_STEP = re.compile(r"^\s*(\d*)([CS])([:<-])[ ]?(.*)$")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|r(?![a-zA-Z])|n(?![a-zA-Z])|t(?![a-zA-Z])|0)")


def _octets(text: str) -> bytes:
    names = {"r": "\r", "n": "\n", "t": "\t", "0": "\0"}
    text = _ESCAPE.sub(lambda m: names.get(m[1]) or chr(int(m[1][1:], 16)), text)
    return b"".join(bytes([ord(c)]) if "\x80" <= c <= "\xff" and "\\x" in text else c.encode() for c in text)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("...")))


class Stage:
    """The clients of one test. `play()` may be called several times: the connections go on."""

    def __init__(self, connect: Callable[[], Peer]) -> None:
        self.connect = connect
        self.wires: dict[str, Wire] = {}

    def wire(self, who: str = "") -> Wire:
        if who not in self.wires:
            self.wires[who] = Wire(self.connect())
        return self.wires[who]

    def next_line(self, who: str) -> str | None:
        """The server's next line to this client; None when it has nothing more to say."""
        wire = self.wire(who)
        if b"\n" not in wire.outbox:
            wire.wake()
        end = wire.outbox.find(b"\n")
        if end < 0 and not wire.outbox:
            return None
        end = len(wire.outbox) if end < 0 else end + 1
        line = bytes(wire.outbox[:end]).removesuffix(b"\n").removesuffix(b"\r")
        del wire.outbox[:end]
        return line.decode("utf-8", "surrogateescape").rstrip(" ")

    def play(self, script: str) -> None:
        skipping: dict[str, bool] = {}
        for number, raw in enumerate(script.splitlines(), 1):
            text = re.split(r"\s*;;", raw, maxsplit=1)[0]
            if not text.strip():
                continue
            step = _STEP.match(text)
            assert step, f"line {number} is no step of a transcript: {raw!r}"
            who, side, kind, said = step[1], step[2], step[3], step[4]
            if side == "C":
                self._nothing_unread(who, skipping.pop(who, False), number)
                wire = self.wire(who)
                if kind == "<":
                    wire.hang_up()
                else:
                    wire.send(_octets(said) + (b"\r\n" if kind == ":" else b""))
            elif kind == "<":
                assert self.wire(who).closed, f"line {number}: the server should have hung up"
            elif said.strip() == "...":
                skipping[who] = True
            else:
                self._expect(who, said.rstrip(" "), skipping.pop(who, False), number)
        for who, skips in skipping.items():
            self._nothing_unread(who, skips, 0)
        for who in self.wires:
            self._nothing_unread(who, False, 0)

    def _expect(self, who: str, said: str, skips: bool, number: int) -> None:
        pattern, passed = _pattern(said), []
        while (line := self.next_line(who)) is not None:
            if pattern.fullmatch(line):
                return
            passed.append(line)
            if not skips:
                break
        heard = "\n    ".join(passed) or "nothing"
        raise AssertionError(f"line {number}: {who}S should say\n    {said}\nbut said\n    {heard}")

    def _nothing_unread(self, who: str, skips: bool, number: int) -> None:
        if who not in self.wires:
            return
        wire = self.wires[who]
        if skips:
            wire.outbox.clear()
        left = bytes(wire.outbox).decode("utf-8", "replace")
        assert not left, f"before line {number}: {who}S said what nobody expected:\n    {left}"

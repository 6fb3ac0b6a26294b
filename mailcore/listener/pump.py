"""Performs what handlers ask for, on one connection.

A protocol's pump (`listener/smtp.py`, `imap.py`, `pop3.py`) frames commands and calls `run` with a handler;
every effect of `mailcore.dialogue` is performed here, the same for all protocols. Nobody waits on a thread: a
handler holds one only from an effect's answer to its next effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Protocol

from mailcore.dialogue import (
    Ask,
    AwaitChanges,
    ClientGone,
    Close,
    Deflate,
    Dotted,
    Effect,
    Handler,
    Pause,
    Receive,
    ReceiveDotted,
    ReceiveThenLine,
    Sink,
    UpgradeTls,
    Woken,
)
from mailcore.listener import bridge as crossing
from mailcore.listener.connection import Connection
from mailcore.smtp.wire.dot_stuffing import Unstuffer

ANSWER_SECONDS = 300.0  # to answer a challenge, or to begin the data one was asked for (RFC 5321 §4.5.3.2.5)
SLEEP_SECONDS = 1800.0  # in IDLE: RFC 9051 §7.2.3 gives a client 30 minutes
SMALL = 64 << 10  # a sink takes this much at once on the loop; more goes to a thread
MAX_DISCARD = 64 << 10  # of a line that is too long we read this much further, looking for its end


class LineTooLong(Exception):
    """The client sent more than the limit without a CRLF; the line has been read to its end and dropped."""


class Endpoint(Protocol):
    """What a session may know about its door (`listener.endpoints`)."""

    @property
    def role(self) -> str: ...


class Sleepers(Protocol):
    """`changes.wakeups.Wakeups`."""

    async def wait(self, account_id: int, since: int, timeout: float | None = None) -> bool: ...


class Pump:
    """One session's hands."""

    __slots__ = ("_bridge", "_context", "_wakeups", "connection", "endpoint", "is_open", "on_account")

    def __init__(
        self,
        connection: Connection,
        endpoint: Endpoint,
        bridge: crossing.Bridge,
        wakeups: Sleepers,
        context: Callable[[], ssl.SSLContext],
        on_account: Callable[[int, str], bool] = lambda account_id, login_proof: True,
    ) -> None:
        self.connection = connection
        self.endpoint = endpoint
        self.is_open = True  # False once a handler said Close
        self.on_account = on_account
        self._bridge = bridge
        self._wakeups = wakeups
        self._context = context

    async def line(self, limit: int, seconds: float, *, idle: bool = True) -> bytes:
        """The client's next line without its CRLF. Only CRLF ends a line: a bare CR or LF is part of it.

        `idle`: the session is between two commands, where a server that drains may end it. Raises
        LineTooLong, ClientGone (also at the end of input) and its children TimedOut and ShuttingDown.
        """
        self.connection.allow(seconds, idle=idle)
        buffered = self.connection.buffered
        searched = 0
        while (end := buffered.find(b"\r\n", searched)) < 0:
            searched = max(0, len(buffered) - 1)
            if len(buffered) > limit + 1:
                await self._skip_line()
                raise LineTooLong(f"more than {limit} octets")
            if not await self.connection.fill():
                raise ClientGone("the client hung up")
            if searched == 0 and idle:
                self.connection.allow(
                    min(seconds, ANSWER_SECONDS)
                )  # a command has begun: it has to be finished
        line = bytes(buffered[:end])
        del buffered[: end + 2]
        if len(line) > limit:
            raise LineTooLong(f"more than {limit} octets")
        return line

    async def _skip_line(self) -> None:
        buffered = self.connection.buffered
        discarded = 0
        while (end := buffered.find(b"\r\n")) < 0:
            discarded += len(buffered) - 1
            del buffered[:-1]  # the last may be a CR
            if discarded > MAX_DISCARD:
                raise LineEndless("no end of line in sight")
            if not await self.connection.fill():
                raise ClientGone("the client hung up")
        del buffered[: end + 2]

    async def run(self, handler: Handler, *, here: bool = False, begin_here: bool = False) -> None:
        """Run a handler to its end. `here`: on the loop, because it touches no database and ends at once;
        `begin_here`: so does what it does before its first effect (DATA up to the message).

        What the handler raises comes out after everything it said has been written.
        """
        answer: Any = None
        error: BaseException | None = None
        ended = False
        try:
            while True:
                if here or begin_here:
                    step = crossing.step(handler, answer, error)
                    begin_here = begin_here and step.effect is None
                else:
                    step = await self._bridge.step(handler, answer, error)
                answer = error = None
                ended = step.ended
                if step.data:
                    await self.connection.write(step.data)
                if step.error is not None:
                    raise step.error
                if ended:
                    return
                if step.effect is not None:
                    answer, error = await self._attempt(step.effect)
        finally:
            if not ended:
                await self._abandon(handler, here)

    async def _attempt(self, effect: Effect) -> tuple[Any, BaseException | None]:
        """Perform an effect; what goes wrong is the handler's to know."""
        try:
            return await self._perform(effect), None
        except LineTooLong as problem:
            return None, ClientGone(str(problem))
        except Exception as problem:
            return None, problem

    async def _abandon(self, handler: Handler, here: bool) -> None:
        """Let a handler that will not be continued run its `finally` clauses, where it may use the database."""
        if here:
            handler.close()
        else:
            with contextlib.suppress(
                ValueError
            ):  # still running: we were cancelled in the middle of its step
                await asyncio.shield(self._bridge.call(handler.close))

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Ask(prompt, limit):
                await self.connection.write(prompt)
                return await self.line(limit, ANSWER_SECONDS, idle=False)
            case Receive(sink, size):
                return await self._receive(sink, size)
            case ReceiveThenLine(prompt, sink, size, limit):
                if prompt:
                    await self.connection.write(prompt)
                await self._receive(sink, size)
                return await self.line(limit, ANSWER_SECONDS, idle=False)
            case ReceiveDotted(sink, limit):
                return await self._receive_dotted(sink, limit)
            case AwaitChanges(account_id, since):
                return await self._await_changes(account_id, since)
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case UpgradeTls():
                return await self.connection.start_tls(self._context())
            case Deflate():
                return self.connection.deflate()
            case Close():
                self.is_open = False
                return await self.connection.close()

    async def _receive(self, sink: Sink, size: int) -> None:
        self.connection.allow(ANSWER_SECONDS)
        well = _Well(sink, self._bridge)
        buffered = self.connection.buffered
        while size:
            if not buffered and not await self.connection.fill():
                raise ClientGone("the client hung up in its data")
            data = bytes(buffered[:size])
            del buffered[: len(data)]
            size -= len(data)
            self.connection.progress(len(data))
            await well.pour(data)
        await well.close()

    async def _receive_dotted(self, sink: Sink, limit: int) -> Dotted:
        self.connection.allow(ANSWER_SECONDS)
        well = _Well(sink, self._bridge)
        unstuffer = Unstuffer()
        size = 0
        while not unstuffer.finished:
            raw = await self.connection.read()
            if not raw:
                raise ClientGone("the client hung up in its data")
            self.connection.progress(len(raw))
            data = unstuffer.feed(raw)
            size += len(data)
            if data and size <= limit:
                await well.pour(data)
        if unstuffer.rest:
            self.connection.unread(unstuffer.rest)
        await well.close()
        return Dotted(size, too_big=size > limit, bare=unstuffer.bare)

    async def _await_changes(self, account_id: int, since: int) -> Woken:
        """Until the account moves, or the client says something; a drain looks to the handler like nothing
        new.
        """
        connection = self.connection
        connection.allow(SLEEP_SECONDS, idle=True)
        if not connection.buffered:
            sleep = asyncio.ensure_future(self._wakeups.wait(account_id, since))
            connection.on_input(sleep.cancel)
            try:
                await asyncio.wait((sleep,))
            finally:
                connection.on_input(None)
                sleep.cancel()
            if not sleep.cancelled():
                sleep.result()
                return Woken()
        with contextlib.suppress(LineTooLong):
            return Woken(await self.line(limit=8192, seconds=ANSWER_SECONDS))
        return Woken(b"")


class LineEndless(ClientGone):
    """A line without an end: there is no safe place to go on from."""


class _Well:
    """Pours octets into a sink: a little at once where we are, a lot on a thread.

    A sink that fails (a full disk) is told no more, but the data is still read to its end so that the session
    stays in step; then `close` raises what went wrong.
    """

    __slots__ = ("_bridge", "_octets", "_parts", "_poured", "_problem", "_sink")

    def __init__(self, sink: Sink, bridge: crossing.Bridge) -> None:
        self._sink = sink
        self._bridge = bridge
        self._parts: list[bytes] = []
        self._octets = 0
        self._poured = 0
        self._problem: Exception | None = None

    async def pour(self, data: bytes) -> None:
        if self._problem is not None:
            return
        self._parts.append(data)
        self._octets += len(data)
        if self._octets >= SMALL:
            await self._empty()

    async def close(self) -> None:
        if self._octets:
            await self._empty()
        if self._problem is not None:
            raise self._problem

    async def _empty(self) -> None:
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._octets = 0
        try:
            if self._poured + len(data) <= SMALL:
                self._sink.write(data)
            else:
                await self._bridge.call(self._sink.write, data)
        except Exception as problem:
            self._problem = problem
        self._poured += len(data)

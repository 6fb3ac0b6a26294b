"""One socket of a client: reads with a deadline, writes with back-pressure, upgrades to TLS.

Three promises keep a strange peer from costing more than its socket:

* input is bounded: past `INPUT_HIGH` octets unread we stop reading from the kernel, and TCP slows the peer
  down;
* output is bounded: `write` returns only when little is left unsent, so a client that does not read stops its
  own session and nothing else;
* patience is bounded: every wait ends at `expires`, which a protocol sets with `allow` once per command, not
  once per octet. A client that sends one octet a second is out of time like one that sends none.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import socket
import ssl
import zlib
from collections.abc import Callable
from typing import cast

from mailcore.dialogue import ClientGone
from mailcore.listener.deadlines import Deadlines
from mailcore.listener.deflation import Deflation

INPUT_HIGH = 256 << 10
OUTPUT_HIGH = 64 << 10
DRAIN_SECONDS = 300.0  # to take what `write` is waiting on; the slowest acceptable reader: about 1 KiB/s
HANDSHAKE_SECONDS = 30.0
LINGER_SECONDS = 2.0
FLUSH_SECONDS = 10.0  # for the rest of our output, when we hang up
SLOWEST_OCTETS_PER_SECOND = 1024

_BOOT = secrets.token_hex(3)
_numbers = itertools.count(1)


class TimedOut(ClientGone):
    """The client was silent, or slow, for too long. It may still read our farewell."""


class ShuttingDown(ClientGone):
    """We are about to stop, and this session was between two commands."""


class Connection(asyncio.Protocol):
    """The transport's side of a session."""

    __slots__ = (
        "_deadlines",
        "_deflation",
        "_eof",
        "_input",
        "_is_idle",
        "_loop",
        "_lost",
        "_on_input",
        "_paused_reading",
        "_paused_writing",
        "_problem",
        "_reader",
        "_stopping",
        "_transport",
        "_writer",
        "expires",
        "is_tls",
        "local_port",
        "login",
        "peer",
        "session_id",
        "tooth",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, deadlines: Deadlines, peer: str, local_port: int
    ) -> None:
        self.peer = peer
        self.local_port = local_port
        self.session_id = f"{_BOOT}{next(_numbers):x}"
        self.is_tls = False
        self.login: tuple[int, str] | None = None  # whose session this is, and what let them in
        self.expires = 0.0
        self.tooth = 0
        self._loop = loop
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        self._deflation: Deflation | None = None
        self._input = bytearray()
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._on_input: Callable[[], object] | None = None
        self._eof = False
        self._lost = False
        self._paused_reading = False
        self._paused_writing = False
        self._is_idle = False
        self._stopping = False
        self._problem: ClientGone | None = None  # for the next read, when nobody was reading

    # --- opening --------------------------------------------------------------------------------------------
    async def open(self, accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        """Take over an accepted socket, with a TLS handshake first where the port wants one (RFC 8314 §3)."""
        try:
            if context is None:
                await self._loop.connect_accepted_socket(lambda: self, accepted)
            else:
                await self._loop.connect_accepted_socket(
                    lambda: self,
                    accepted,
                    ssl=context,
                    ssl_handshake_timeout=HANDSHAKE_SECONDS,
                    ssl_shutdown_timeout=LINGER_SECONDS,
                )
        except (OSError, ssl.SSLError, TimeoutError) as problem:
            self._lost = True
            raise ClientGone(_reason(problem)) from None
        self.is_tls = context is not None

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Upgrade. What the client sent before its hello is thrown away, never run (RFC 3207 §6,
        CVE-2011-0411).
        """
        transport = self._alive()
        self._input.clear()
        try:
            # start_tls stops reading before it first awaits: nothing more can slip in as plain text.
            upgraded = await self._loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=LINGER_SECONDS,
            )
        except (OSError, ssl.SSLError, TimeoutError) as problem:
            self.abort()
            raise ClientGone(_reason(problem)) from None
        if upgraded is None or self._lost:
            raise ClientGone("lost during the TLS handshake")
        self._transport = upgraded
        self._transport.set_write_buffer_limits(high=OUTPUT_HIGH)
        self._paused_reading = self._paused_writing = False
        self.is_tls = True

    def deflate(self) -> None:
        """Both directions are compressed from here; what has arrived already was sent after our OK."""
        early = bytes(self._input)
        self._input.clear()
        self._deflation = Deflation()
        self._take(early)

    # --- patience -------------------------------------------------------------------------------------------
    def allow(self, seconds: float, *, idle: bool = False) -> None:
        """From now the client has this long for what we wait for; `idle`: it owes us nothing but a new
        command.
        """
        self.expires = self._loop.time() + seconds
        self._is_idle = idle
        if not self._lost:
            self._deadlines.watch(self)

    def progress(self, octets: int) -> None:
        """Bulk data arrives: extend the deadline by what the slowest acceptable sender would have needed."""
        latest = self._loop.time() + DRAIN_SECONDS
        self.expires = min(self.expires + octets / SLOWEST_OCTETS_PER_SECOND, latest)

    def expire(self) -> None:
        """Called by the clock: whoever waits on this connection hears of it, a closing one is cut."""
        if self._transport is None or self._transport.is_closing():
            self.abort()
            return
        if self._writer is not None:
            self.abort()
        elif not self._end(TimedOut("the client took too long")):
            # We are computing, the client is not late. Look again soon.
            self.expires = self._loop.time() + 1
            self._deadlines.watch(self)

    def stop(self) -> None:
        """The server drains: end this session as soon as it is between two commands."""
        self._stopping = True
        if self._is_idle and not self._input:
            self._end(ShuttingDown("shutting down"))

    # --- reading --------------------------------------------------------------------------------------------
    @property
    def buffered(self) -> bytearray:
        """What has arrived and was not read yet; take from its front with `del`."""
        return self._input

    async def fill(self) -> bool:
        """Wait for more input than is buffered; False at the end of input."""
        if self._deflation is not None and self._deflation.holds:
            self._take(b"")
            return True
        if self._eof or self._lost:
            return False
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        if self._stopping and self._is_idle and not self._input:
            raise ShuttingDown("shutting down")
        self._resume_reading()  # even past INPUT_HIGH: who asks for more has a limit of its own
        before = len(self._input)
        while len(self._input) == before and not self._eof and not self._lost:
            await self._news()
        return len(self._input) > before

    async def read(self) -> bytes:
        """The next octets, whatever has arrived; b"" at the end of input. Raises TimedOut, ShuttingDown."""
        if not self._input and not await self.fill():
            return b""
        data = bytes(self._input)
        self._input.clear()
        self._resume_reading()
        return data

    def unread(self, data: bytes) -> None:
        """Give octets back: the next read begins with them."""
        self._input[:0] = data

    def on_input(self, callback: Callable[[], object] | None) -> None:
        """Call this once input arrives or the client goes (IDLE); None takes it back."""
        self._on_input = callback
        if callback is not None and (self._input or self._eof or self._lost or self._stopping):
            callback()
        elif callback is not None:
            self._resume_reading()

    # --- writing --------------------------------------------------------------------------------------------
    async def write(self, data: bytes) -> None:
        """Send; returns when the client keeps up. Raises ClientGone."""
        transport = self._alive()
        if data:
            transport.write(data if self._deflation is None else self._deflation.deflate(data))
        if self._paused_writing:
            await self._drained()

    async def _drained(self) -> None:
        idle, self._is_idle = self._is_idle, False
        expires = self.expires
        self.allow(DRAIN_SECONDS)
        while self._paused_writing and not self._lost:
            self._writer = self._loop.create_future()
            try:
                await self._writer
            finally:
                self._writer = None
        self._is_idle = idle
        self.expires = max(expires, self._loop.time() + 1)
        self._alive()

    # --- closing --------------------------------------------------------------------------------------------
    async def close(self) -> None:
        """Flush and hang up. What the client still sends is read and dropped for a moment, or TCP would reset
        the connection and our last words with it.
        """
        transport = self._transport
        if transport is None or self._lost:
            self._lost = True
            return
        self._input.clear()
        self._problem = None
        if not self.is_tls and not self._eof:
            with contextlib.suppress(
                OSError, RuntimeError
            ):  # gone already, and uvloop knows before it tells us
                transport.write_eof()
            await self._linger()
        transport.close()
        self.allow(LINGER_SECONDS + FLUSH_SECONDS)  # then `expire` cuts it
        while not self._lost:
            await self._news()

    async def _linger(self) -> None:
        self.allow(LINGER_SECONDS)
        dropped = 0
        with contextlib.suppress(ClientGone):
            while dropped < INPUT_HIGH and await self.fill():
                dropped += len(self._input)
                self._input.clear()

    async def _news(self) -> None:
        """Sleep until something arrives or changes."""
        self._reader = self._loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_lost(self) -> bool:
        """The client is gone."""
        return self._lost

    def _alive(self) -> asyncio.Transport:
        if self._transport is None or self._lost or self._transport.is_closing():
            raise ClientGone("connection lost")
        return self._transport

    # --- what the transport tells us ------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=OUTPUT_HIGH)

    def data_received(self, data: bytes) -> None:
        self._take(data)
        if self._is_full() and not self._paused_reading and self._transport is not None:
            self._paused_reading = True
            self._transport.pause_reading()
        self._wake_reader()

    def _take(self, data: bytes) -> None:
        if self._deflation is None:
            self._input += data
            return
        try:
            self._input += self._deflation.inflate(data, INPUT_HIGH)
        except zlib.error:  # no stream of ours: there is nothing to be said in it either
            self.abort()

    def _is_full(self) -> bool:
        return len(self._input) >= INPUT_HIGH or (self._deflation is not None and self._deflation.holds)

    def eof_received(self) -> bool:
        self._eof = True
        self._wake_reader()
        return (
            not self.is_tls
        )  # keep our half open: a client may shut down its side and still read our answers

    def pause_writing(self) -> None:
        self._paused_writing = True

    def resume_writing(self) -> None:
        self._paused_writing = False
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)

    def connection_lost(self, problem: Exception | None) -> None:
        self._lost = self._eof = True
        self._deadlines.forget(self)
        self.resume_writing()
        self._wake_reader()

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        if self._on_input is not None:
            self._on_input()

    def _end(self, problem: ClientGone) -> bool:
        """Tell whoever waits for input; False: nobody does."""
        if self._reader is not None and not self._reader.done():
            self._reader.set_exception(problem)
            return True
        if self._on_input is not None:
            self._problem = problem
            self._on_input()
            return True
        return False

    def _resume_reading(self) -> None:
        if self._deflation is not None and self._deflation.holds:
            return  # first what is here already: `fill` inflates it
        if self._paused_reading and self._transport is not None:
            self._paused_reading = False
            if not self._transport.is_closing():
                self._transport.resume_reading()


def _reason(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"

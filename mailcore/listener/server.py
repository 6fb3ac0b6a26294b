"""One listener process: accepts, supervises sessions, drains.

Sockets are opened with SO_REUSEPORT, one per listener process, so the kernel spreads connections and no
process waits for another. `up` opens them itself and hands each listener its own set, which outlives the
process: while a crashed listener is started again, its clients wait in the backlog instead of being refused.

Accepting pauses when descriptors or places run out (a listening socket is simply not read); a full table
never becomes a busy loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.db import DatabaseError

from mailcore.changes.wakeups import Wakeups
from mailcore.dialogue import ClientGone
from mailcore.identity import credentials
from mailcore.listener.bridge import Bridge
from mailcore.listener.connection import Connection
from mailcore.listener.deadlines import Deadlines
from mailcore.listener.endpoints import Endpoint
from mailcore.listener.farewells import TooMany, farewell
from mailcore.listener.limits import Limits, Slot
from mailcore.listener.pump import Pump
from mailcore.listener.tls import Certificates

BACKLOG = 1024
ACCEPTS_AT_ONCE = 64
PAUSE_SECONDS = 0.2
TELL_SECONDS = 60.0
REVOKE_SECONDS = 30.0  # how long a session may outlive the password that opened it
RESERVED_DESCRIPTORS = 24  # the loop, logs, Redis, listening sockets, and a few to say 421 with

log = logging.getLogger(__name__)
Serve = Callable[[Pump], Awaitable[None]]


class CannotOpen(Exception):
    """A port cannot be had; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket and what is behind it."""

    endpoint: Endpoint
    socket: socket.socket
    serve: Serve

    @property
    def port(self) -> int:
        """The port it is bound to."""
        port: int = self.socket.getsockname()[1]
        return port


def open_socket(host: str, port: int, name: str) -> socket.socket:
    """A listening socket that shares its port with the other listeners of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind((host, port))
        opened.listen(BACKLOG)
    except (OSError, OverflowError) as problem:
        opened.close()
        raise CannotOpen(f"Port {port} ({name}) on {host} cannot be opened: {_why(problem)}.") from None
    opened.setblocking(False)
    return opened


def _why(problem: Exception) -> str:
    match getattr(problem, "errno", None):
        case errno.EADDRINUSE:
            return "another program is using it"
        case errno.EACCES:
            return "ports below 1024 need root or CAP_NET_BIND_SERVICE"
        case errno.EADDRNOTAVAIL:
            return "this machine does not have that address"
    return getattr(problem, "strerror", None) or str(problem)


class Server:
    """Everything that one event loop serves."""

    def __init__(
        self,
        doors: list[Door],
        certificates: Certificates,
        limits: Limits,
        *,
        hostname: str,
        threads: int,
        most_connections: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._doors = doors
        self._certificates = certificates
        self._limits = limits
        self._hostname = hostname
        self._most = min(most_connections, _room_for_connections(threads))
        self._deadlines = Deadlines(self._loop)
        self._bridge = Bridge(threads)
        self._wakeups = Wakeups()
        self._sessions: dict[asyncio.Task[None], Connection] = {}
        self._is_accepting = False
        self._is_draining = False
        self._revoking: asyncio.Task[None] | None = None
        self._tell_again = 0.0

    def open(self) -> None:
        """Begin to accept."""
        if self._revoking is None:
            self._revoking = self._loop.create_task(self._end_revoked())
        if not self._is_accepting and not self._is_draining:
            self._is_accepting = True
            for door in self._doors:
                self._loop.add_reader(door.socket, self._accept, door)

    @property
    def sessions(self) -> int:
        """How many there are now."""
        return len(self._sessions)

    # --- accepting ------------------------------------------------------------------------------------------
    def _accept(self, door: Door) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            if len(self._sessions) >= self._most:
                self._pause("every place is taken")
                return
            try:
                accepted, address = door.socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # it left before we could greet it
            except OSError as problem:
                self._pause(problem.strerror or str(problem))
                return
            self._admit(door, accepted, address[0])

    def _pause(self, reason: str) -> None:
        now = self._loop.time()
        if now >= self._tell_again:  # it may last; a line for every pause would fill the disk
            self._tell_again = now + TELL_SECONDS
            log.warning("accept_paused sessions=%d reason=%r", self.sessions, reason)
        self._stop_accepting()
        self._loop.call_later(PAUSE_SECONDS, self.open)

    def _stop_accepting(self) -> None:
        self._is_accepting = False
        for door in self._doors:
            self._loop.remove_reader(door.socket)

    def _admit(self, door: Door, accepted: socket.socket, peer: str) -> None:
        slot = self._limits.admit(peer)
        if slot is None:
            log.info("refused peer=%s port=%s reason=too_many_connections", peer, door.endpoint.name)
            if not door.endpoint.implicit_tls:
                with contextlib.suppress(OSError):
                    accepted.setblocking(False)
                    accepted.send(farewell(door.endpoint.protocol, TooMany(), self._hostname))
            accepted.close()
            return
        accepted.setblocking(False)
        _keep_alive(accepted)
        connection = Connection(self._loop, self._deadlines, peer, door.port)
        task = self._loop.create_task(self._session(door, connection, accepted, slot))
        self._sessions[task] = connection
        task.add_done_callback(self._sessions.pop)

    # --- a session ------------------------------------------------------------------------------------------
    async def _session(self, door: Door, connection: Connection, accepted: socket.socket, slot: Slot) -> None:
        endpoint = door.endpoint
        log.debug(
            "connected session=%s peer=%s port=%s", connection.session_id, connection.peer, endpoint.name
        )
        try:
            await connection.open(accepted, self._certificates.current() if endpoint.implicit_tls else None)
            context = self._certificates.current

            def on_account(account_id: int, login_proof: str) -> bool:
                if not account_id:
                    connection.login = None
                    slot.signed_out()
                    return True
                connection.login = (account_id, login_proof)
                return slot.signed_in(account_id)

            pump = Pump(connection, endpoint, self._bridge, self._wakeups, context, on_account)
            await door.serve(pump)
        except ClientGone as problem:
            log.debug("ended session=%s reason=%r", connection.session_id, str(problem))
            await self._say_farewell(endpoint, connection, problem)
        except Exception as problem:
            log.exception("session_failed session=%s peer=%s", connection.session_id, connection.peer)
            await self._say_farewell(endpoint, connection, problem)
        finally:
            slot.release()
            await connection.close()

    async def _say_farewell(self, endpoint: Endpoint, connection: Connection, problem: Exception) -> None:
        with contextlib.suppress(ClientGone):
            await connection.write(farewell(endpoint.protocol, problem, self._hostname))

    async def _end_revoked(self) -> None:
        """Sessions of accounts that were closed, with passwords that were changed or revoked, end (SECURITY E09)."""
        while True:
            await asyncio.sleep(REVOKE_SECONDS)
            logins = {one.login for one in self._sessions.values() if one.login is not None}
            if not logins:
                continue
            try:
                gone = await self._bridge.call(credentials.revoked, logins)
            except DatabaseError as problem:
                log.warning("revocation_unknown reason=%r", problem)
                continue
            for connection in [one for one in self._sessions.values() if one.login in gone]:
                log.info("revoked session=%s", connection.session_id)
                connection.stop()

    # --- stopping -------------------------------------------------------------------------------------------
    async def drain(self, seconds: float) -> None:
        """Accept no more; let running commands finish, say goodbye to the rest, cut who is left after
        `seconds`.
        """
        self._is_draining = True
        if self._revoking is not None:
            self._revoking.cancel()
        self._stop_accepting()
        for door in self._doors:
            door.socket.close()
        for connection in self._sessions.values():
            connection.stop()
        if self._sessions:
            await asyncio.wait(list(self._sessions), timeout=seconds)
        left = list(self._sessions.items())
        for task, connection in left:
            connection.abort()
            task.cancel()
        if left:
            log.warning("drain_cut sessions=%d", len(left))
            await asyncio.wait([task for task, _ in left], timeout=2)
        await self._wakeups.close()
        self._bridge.close()


def _room_for_connections(threads: int) -> int:
    """How many connections the descriptor limit leaves room for; the soft limit is raised to the hard one
    first.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    # A database connection of SQLite holds three descriptors; a big message in flight one.
    return max(8, min(soft - RESERVED_DESCRIPTORS - 3 * threads, soft * 3 // 4))


def _keep_alive(accepted: socket.socket) -> None:
    """Clients that vanished without a word are found within some minutes, though IDLE may last half an hour."""
    with contextlib.suppress(OSError):
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 120)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)

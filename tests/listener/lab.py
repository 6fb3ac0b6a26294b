"""A listener on ephemeral ports that serves what a test gives it, on a loop and threads of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from mailcore.listener import tls
from mailcore.listener.endpoints import Endpoint
from mailcore.listener.limits import Counts, Limits
from mailcore.listener.pump import Pump
from mailcore.listener.server import Door, Server, open_socket
from mailcore.supervisor import certificate

Serve = Callable[[Pump], Awaitable[None]]


class Lab:
    """One server; `port` is plain, `tls_port` begins with a handshake."""

    def __init__(self, serve: Serve, folder: Path, role: str = "mx", **options: int) -> None:
        self._serve = serve
        self._role = role
        self._options = options
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        certificate.make(self.certificate, self.key, "mx.example.org")
        self._sockets = [open_socket("127.0.0.1", 0, name) for name in ("plain", "tls")]
        self.port, self.tls_port = (each.getsockname()[1] for each in self._sockets)
        self._thread = threading.Thread(target=lambda: uvloop.run(self._main()), daemon=True)
        self._started = threading.Event()
        self._clients: list[Client] = []

    async def _main(self) -> None:
        doors = [
            Door(Endpoint("smtp", "", "smtp", tls, self._role), opened, self._serve)
            for opened, tls in zip(self._sockets, (False, True), strict=True)
        ]
        self.server = Server(
            doors,
            tls.Certificates(self.certificate, self.key),
            Limits(
                Counts(b"key"),
                per_address=self._options.get("per_address", 50),
                per_account=self._options.get("per_account", 2),
            ),
            hostname="mx.example.org",
            threads=4,
            most_connections=self._options.get("most", 1000),
        )
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.server.open()
        self._started.set()
        await self._stop.wait()
        await self.server.drain(self._options.get("drain", 5))

    def start(self) -> Lab:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def drain(self) -> None:
        """As on SIGTERM; returns at once."""
        self.loop.call_soon_threadsafe(self._stop.set)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.drain()
            self._thread.join(20)
        assert not self._thread.is_alive()

    def hang_up(self) -> None:
        """All clients leave."""
        for client in self._clients:
            client.close()

    def connect(self, *, tls: bool = False) -> Client:
        self._clients.append(Client(self.tls_port if tls else self.port, tls=tls))
        return self._clients[-1]


class Client:
    """A blocking client that reads lines."""

    def __init__(self, port: int, *, tls: bool = False) -> None:
        self._buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        if tls:
            self.start_tls()

    def start_tls(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        """The next line without CRLF; b"" at the end."""
        while b"\r\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                return self._buffer
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def rest(self) -> bytes:
        """Everything up to the end."""
        parts = [self._buffer]
        while data := self.socket.recv(65536):
            parts.append(data)
        return b"".join(parts)

    def rest_until(self, end: bytes) -> int:
        """How many octets came before `end`."""
        octets, tail = len(self._buffer), self._buffer
        while not tail.endswith(end):
            data = self.socket.recv(1 << 20)
            assert data
            octets += len(data)
            tail = (tail + data)[-len(end) :]
        return octets - len(end)

    def close(self) -> None:
        self.socket.close()


@contextmanager
def listening(serve: Serve, folder: Path, role: str = "mx", **options: int) -> Iterator[Lab]:
    """`with listening(serve, tmp_path) as lab:`"""
    lab = Lab(serve, folder, role, **options).start()
    try:
        yield lab
    finally:
        lab.hang_up()
        lab.stop()

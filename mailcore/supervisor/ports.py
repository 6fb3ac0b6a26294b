"""All listening sockets of the service, opened before anything else starts and held as long as `up` lives.

Each listener process gets a set of its own (SO_REUSEPORT). While one is started again after a crash, its clients
wait in the kernel's queue instead of being refused.
"""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass

from django.conf import settings

from mailcore.listener import endpoints
from mailcore.listener.server import BACKLOG, CannotOpen, open_socket
from mailcore.supervisor.problems import CannotStart

PATIENCE_SECONDS = 3.0  # processes of an `up` that was killed may need a moment to be gone


@dataclass(frozen=True, slots=True)
class Sockets:
    """What was opened."""

    web: socket.socket | None
    listeners: list[dict[str, socket.socket]]  # by endpoint name, for each process


def open_all(listeners: int) -> Sockets:
    """Open every port, or say which one cannot be had."""
    host = settings.MAIL_BIND
    doors = [(endpoint.name, endpoint.port) for endpoint in endpoints.in_use()]
    ports = [port for _, port in doors] + [settings.MAIL_PORT_WEB] * bool(settings.MAIL_PORT_WEB)
    for port in ports:
        if ports.count(port) > 1:
            raise CannotStart(f"Port {port} is given to two doors: look at the --port flags.")
    for name, port in [*doors, ("web", settings.MAIL_PORT_WEB)]:
        _must_be_free(host, port, name)
    try:
        return Sockets(
            web=open_socket(host, settings.MAIL_PORT_WEB, "web") if settings.MAIL_PORT_WEB else None,
            listeners=[
                {name: open_socket(host, port, name) for name, port in doors} for _ in range(listeners)
            ],
        )
    except CannotOpen as problem:
        raise CannotStart(f"{problem} {_advice()}") from None


def _must_be_free(host: str, port: int, name: str) -> None:
    """SO_REUSEPORT would let us share the port with a stranger: ask without it first."""
    if not port:
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                probe.listen(BACKLOG)
            return
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            if problem.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} ({name}) on {host} is in use by another program. {_advice()}"
                ) from None
            return  # open_all says what is wrong


def _advice() -> str:
    return "Stop it, or choose other ports: --port-base, --port-web, --port-smtp, …; 0 switches a door off."

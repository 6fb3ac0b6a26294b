"""One listener process from start to end: doors, signals, memory."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import signal
import socket
import sys
from pathlib import Path

import uvloop
from django.conf import settings

from mailcore.listener import endpoints, imap, pop3, smtp
from mailcore.listener.limits import Counts, Limits
from mailcore.listener.server import Door, Serve, Server, open_socket
from mailcore.listener.tls import Certificates

DRAIN_SECONDS = 25.0  # `up` gives us 30
# A thread that computes gives way to the loop after this long. Measured beside two threads that compute: the 95th
# percentile of a hop is 16 ms with CPython's default of 5 ms, 4 ms with 2, 0.06 ms with 1; 0.5 gains nothing more.
SWITCH_SECONDS = 0.001

SERVES: dict[str, Serve] = {"smtp": smtp.serve, "imap": imap.serve, "pop3": pop3.serve}

log = logging.getLogger(__name__)


def run(inherited: dict[str, int], number: int, of: int) -> None:
    """Serve until SIGTERM. `inherited`: descriptors of listening sockets by endpoint name; none: open them here.

    Raises CannotOpen, CertificateUnusable.
    """
    _tune()
    certificates = Certificates(settings.MAIL_TLS_CERT, settings.MAIL_TLS_KEY)
    doors = [
        Door(endpoint, _socket(endpoint, inherited), SERVES[endpoint.protocol])
        for endpoint in endpoints.in_use()
    ]
    shared = settings.MAIL_DATA_DIR / "run" / "connections" if of > 1 else None
    uvloop.run(_serve(doors, certificates, _limits(shared, number, of)))


async def _serve(doors: list[Door], certificates: Certificates, limits: Limits) -> None:
    server = Server(
        doors,
        certificates,
        limits,
        hostname=settings.MAIL_HOSTNAME,
        threads=settings.MAIL_LISTENER_THREADS,
        most_connections=settings.MAIL_MAX_CONNECTIONS,
    )
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    loop.add_signal_handler(signal.SIGHUP, certificates.reload)
    server.open()
    log.info("listening doors=%s", ",".join(f"{door.endpoint.name}:{door.port}" for door in doors))
    await told_to_stop.wait()
    log.info("draining sessions=%d", server.sessions)
    await server.drain(DRAIN_SECONDS)


def _socket(endpoint: endpoints.Endpoint, inherited: dict[str, int]) -> socket.socket:
    if endpoint.name in inherited:
        opened = socket.socket(fileno=inherited[endpoint.name])
        opened.setblocking(False)
        return opened
    return open_socket(settings.MAIL_BIND, endpoint.port, endpoint.name)


def _limits(shared: Path | None, number: int, of: int) -> Limits:
    return Limits(
        Counts(settings.SECRET_KEY.encode(), shared, number, of),
        per_address=settings.MAIL_MAX_CONNECTIONS_PER_ADDRESS,
        per_account=settings.MAIL_MAX_CONNECTIONS_PER_ACCOUNT,
    )


def _tune() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    # What was imported lives for ever: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    with contextlib.suppress(AttributeError, OSError):  # glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(-8, 2)  # M_ARENA_MAX: pool threads share arenas
        # M_MMAP_THRESHOLD: big buffers (uvloop reserves 256 KiB for each TLS session and touches a page or two
        # of it) get pages of their own, given back when freed; left alone, glibc raises it after the first free.
        mallopt(-3, 128 << 10)

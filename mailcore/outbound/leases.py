"""The leases and idle connections of this process, looked after by one quiet thread.

A lease is short, so that what a killed worker held is due again within a minute; a living worker, however
slow its peer, pushes the end away before it comes. So nobody else ever sends what we are sending (SECURITY F10).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

from mailcore.outbound import queue

log = logging.getLogger(__name__)

RENEW_SECONDS = queue.LEASE_SECONDS / 4
TICK_SECONDS = 1.0

_lock = threading.Lock()
_held: dict[int, float] = {}  # lease → when it was last renewed
_chores: list[Callable[[], None]] = []
_owner = 0  # the process whose thread is running


@contextmanager
def held(lease: int) -> Iterator[None]:
    """Keep a lease alive for as long as the block runs."""
    ensure_running()
    with _lock:
        _held[lease] = time.monotonic()
    try:
        yield
    finally:
        with _lock:
            _held.pop(lease, None)


def every_tick(chore: Callable[[], None]) -> None:
    """Have `chore` called about once a second while this process relays."""
    _chores.append(chore)


def ensure_running() -> None:
    """Start the thread of this process, once."""
    global _owner
    with _lock:
        if _owner != os.getpid():
            _owner = os.getpid()
            threading.Thread(target=_run, name="leases", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(TICK_SECONDS)
        tick()


def tick() -> None:
    """One round of everything; whatever goes wrong in it, there will be another."""
    for chore in (_renew, *_chores):
        try:
            chore()
        except Exception:
            log.exception("tick-failed")


def _renew() -> None:
    now = time.monotonic()
    with _lock:
        old = [lease for lease, renewed in _held.items() if now - renewed >= RENEW_SECONDS]
    if not old:
        return
    try:
        queue.keep(old)
    finally:
        connections.close_all()
    with _lock:
        for lease in old:
            if lease in _held:
                _held[lease] = now

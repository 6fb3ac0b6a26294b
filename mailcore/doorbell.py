"""Ring a task by its name, once the transaction is committed.

A ring is a hint: the work itself is in rows, and beat looks for due rows every few seconds, so a lost ring, a lost
broker, a flushed Redis cost a moment and nothing else. Therefore nobody ever waits for a bell: rings leave on a
thread of their own, the same ring at most once in `GATHER_SECONDS`, and one that cannot leave is dropped.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from functools import lru_cache
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.02
MOST_WAITING = 10_000
SILENT_SECONDS = 60  # between two complaints about an absent broker

Ring = tuple[str, tuple[int | str, ...]]


def ring(task: str, *arguments: int | str) -> None:
    """Have `task` run soon, after the commit of whatever transaction is open. Never raises, never blocks."""
    transaction.on_commit(lambda: _bell().ring((task, arguments)))


def broker_url(redis_url: str) -> str:
    """The address of our Redis as Celery spells it."""
    return redis_url.replace("unix://", "redis+socket://", 1)


class _Bell:
    """The thread of one process that rings."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._waiting: dict[Ring, None] = {}
        self._wake = threading.Condition()
        self._complained = 0.0
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def ring(self, what: Ring) -> None:
        with self._wake:
            if len(self._waiting) < MOST_WAITING:
                self._waiting[what] = None
                self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting:
                    self._wake.wait()
                rings, self._waiting = list(self._waiting), {}
            for task, arguments in rings:
                self._send(task, arguments)
            # Whoever rings within this moment is heard at its end: a steady stream costs few bells.
            time.sleep(GATHER_SECONDS)

    def _send(self, task: str, arguments: tuple[int | str, ...]) -> None:
        try:
            _sender(settings.REDIS_URL).send_task(task, arguments, ignore_result=True, retry=False)
        except Exception as problem:  # whatever the broker's libraries raise: beat will find the rows
            if time.monotonic() - self._complained > SILENT_SECONDS:
                self._complained = time.monotonic()
                log.warning("doorbell-silent task=%s reason=%s", task, str(problem)[:200])


_bells: dict[int, _Bell] = {}
_making = threading.Lock()


def _bell() -> _Bell:
    """This process's own: a thread does not survive a fork."""
    bell = _bells.get(os.getpid())
    if bell is None:
        with _making:
            bell = (
                _bells.setdefault(os.getpid(), _Bell()) if os.getpid() not in _bells else _bells[os.getpid()]
            )
    return bell


@lru_cache(maxsize=4)
def _sender(redis_url: str) -> Any:
    app = Celery("doorbell", broker=broker_url(redis_url), set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=2,
        broker_transport_options={
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "max_retries": 1,
            "interval_start": 0,
        },
        task_ignore_result=True,
    )
    return app

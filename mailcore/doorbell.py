"""Ring a task by its name, once the transaction is committed.

A ring is a hint: the work itself is in rows, and beat looks for due rows every few seconds, so a lost ring, a lost
broker, a flushed Redis cost a moment and nothing else. Therefore nobody ever waits for a bell: rings leave on a
thread of their own, the same ring at most once in `GATHER_SECONDS`, and one that cannot leave is dropped.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction

from mailcore.courier import Courier

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.02
MOST_WAITING = 10_000
QUEUES = {"transfer.run": "upkeep"}  # what has time goes to the worker that is nice; all else to the first
SILENT_SECONDS = 60  # between two complaints about an absent broker

Ring = tuple[str, tuple[int | str, ...]]


def ring(task: str, *arguments: int | str) -> None:
    """Have `task` run soon, after the commit of whatever transaction is open. Never raises, never blocks."""
    transaction.on_commit(lambda: _ring((task, arguments)))


def _ring(what: Ring) -> None:
    if _bell.waiting() < MOST_WAITING:
        _bell.hand(what)


def broker_url(redis_url: str) -> str:
    """The address of our Redis as Celery spells it."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def _ring_all(rings: list[Ring]) -> None:
    for task, arguments in dict.fromkeys(rings):
        _send(task, arguments)
    # Whoever rings within this moment is heard at its end: a steady stream costs few bells.
    time.sleep(GATHER_SECONDS)


def _send(task: str, arguments: tuple[int | str, ...]) -> None:
    global _complained
    try:
        sender = _sender(settings.REDIS_URL)
        sender.send_task(task, arguments, queue=QUEUES.get(task), ignore_result=True, retry=False)
    except Exception as problem:  # whatever the broker's libraries raise: beat will find the rows
        if time.monotonic() - _complained > SILENT_SECONDS:
            _complained = time.monotonic()
            log.warning("doorbell-silent task=%s reason=%s", task, str(problem)[:200])


_complained = 0.0
_bell: Courier[Ring] = Courier("doorbell", _ring_all, most=MOST_WAITING)


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

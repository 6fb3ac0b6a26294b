"""One thread of the process that carries things off in bundles, so that who hands them over never waits.

What arrives while it is on its way leaves with the next bundle: nothing waits for company, and a crowd costs few
journeys.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Item = TypeVar("Item")

AT_EXIT_SECONDS = 1.0


class Courier(Generic[Item]):
    """`carry` is called with what has come, at most `most` of it at a time, in order, on the courier's own thread.

    `rest` is called when nothing came for `rest_seconds`. Started by the first `hand`, once in each process (a thread
    does not survive a fork); at the end of the process what was handed over still leaves, if it leaves quickly.
    """

    def __init__(
        self,
        name: str,
        carry: Callable[[list[Item]], None],
        *,
        most: int = 1000,
        rest: Callable[[], None] | None = None,
        rest_seconds: float = 0.5,
    ) -> None:
        self._name, self._carry, self._most = name, carry, most
        self._rest, self._rest_seconds = rest, rest_seconds
        self._handed: queue.SimpleQueue[Item | threading.Event] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._owner = 0  # the process whose thread is running

    def hand(self, item: Item) -> None:
        """Have this carried off soon. Never blocks, never raises."""
        self._ensure_running()
        self._handed.put(item)

    def flush(self, seconds: float) -> bool:
        """Wait until what was handed over so far has left; whether it has."""
        if self._owner != os.getpid():
            return True
        left = threading.Event()
        self._handed.put(left)
        return left.wait(seconds)

    def waiting(self) -> int:
        """About how many things are waiting."""
        return self._handed.qsize()

    def _ensure_running(self) -> None:
        if self._owner == os.getpid():
            return
        with self._starting:
            if self._owner != os.getpid():
                self._owner = os.getpid()
                self._handed = queue.SimpleQueue()
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                atexit.register(self.flush, AT_EXIT_SECONDS)

    def _run(self) -> None:
        while True:
            items: list[Item] = []
            asked: list[threading.Event] = []
            item = self._next()
            while True:
                if isinstance(item, threading.Event):
                    asked.append(item)
                else:
                    items.append(item)
                if len(items) >= self._most:
                    break
                try:
                    item = self._handed.get_nowait()
                except queue.Empty:
                    break
            try:
                if items:
                    self._carry(items)
            except Exception:
                log.exception("courier-failed name=%s items=%d", self._name, len(items))
            for one in asked:
                one.set()

    def _next(self) -> Item | threading.Event:
        if self._rest is not None:
            try:
                return self._handed.get(timeout=self._rest_seconds)
            except queue.Empty:
                self._rest()
        return self._handed.get()

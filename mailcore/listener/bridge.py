"""The single crossing between the event loop and threads that own database connections.

A pool of our own, because `sync_to_async` runs everything on one thread by default, and because a hop must be
cheap: jobs go to the most recently used idle thread (its SQLite page cache is warm, the others may retire),
and however many jobs finish together, the loop is woken once. All scheduling happens on the loop's thread, so
there are no locks to take.

Handlers (`mailcore.dialogue`) run here in steps: a step ends when the handler asks for an effect, or has
produced `STEP_OCTETS` or `STEP_ITEMS` to write. Between two steps the pump awaits the socket, and the next
step may run on another thread; that is why no cursor, lock or transaction may be open across a `yield`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections

from mailcore.dialogue import Effect, Handler

STEP_ITEMS = 512
STEP_OCTETS = 256 << 10
RETIRE_SECONDS = 60.0

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What a handler did until it had to wait."""

    data: bytes  # to be written first
    effect: Effect | None = None  # then to be performed, and its answer sent
    ended: bool = False
    error: Exception | None = None  # the handler raised it: it has ended


class Bridge:
    """A pool of threads for one event loop."""

    def __init__(self, threads: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = threads
        self._threads = 0
        self._idle: list[_Thread] = []  # the last one is the warmest
        self._backlog: deque[_Job] = deque()
        self._finished: deque[tuple[_Thread | None, _Job, Any, BaseException | None]] = deque()
        self._is_rung = False
        self._retiring = self._loop.call_later(RETIRE_SECONDS, self._retire)
        self._idle_low = 0

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function on a thread that has (or may open) a database connection."""
        job = _Job(self._loop.create_future(), function, arguments)
        self._submit(job)
        result: T = await job.future
        return result

    async def step(self, handler: Handler, answer: Any = None, error: BaseException | None = None) -> Step:
        """Run a handler's next step on a thread."""
        return await self.call(step, handler, answer, error)

    def close(self) -> None:
        """Let idle threads end; those at work end after their job."""
        self._limit = 0
        self._retiring.cancel()
        for thread in self._idle:
            thread.hand(None)
        self._idle.clear()

    # --- on the loop's thread -------------------------------------------------------------------------------
    def _submit(self, job: _Job) -> None:
        if self._idle:
            self._idle.pop().hand(job)
            self._idle_low = min(self._idle_low, len(self._idle))
        elif self._threads < self._limit:
            self._threads += 1
            _Thread(self, job).start()
        else:
            self._backlog.append(job)

    def _settle(self) -> None:
        self._is_rung = False
        while self._finished:
            thread, job, result, error = self._finished.popleft()
            if not job.future.done():  # not cancelled meanwhile
                if isinstance(error, StopIteration):  # a future refuses it
                    job.future.set_exception(RuntimeError("StopIteration"))
                elif error is not None:
                    job.future.set_exception(error)
                else:
                    job.future.set_result(result)
            if thread is not None:
                self._free(thread)

    def _free(self, thread: _Thread) -> None:
        if self._backlog:
            thread.hand(self._backlog.popleft())
        elif self._limit:
            self._idle.append(thread)
        else:
            thread.hand(None)

    def _retire(self) -> None:
        """End threads that nobody needed lately, and their database connections with them."""
        for _ in range(min(self._idle_low, max(0, self._threads - 2))):
            self._idle.pop(0).hand(None)
            self._threads -= 1
        self._idle_low = len(self._idle)
        self._retiring = self._loop.call_later(RETIRE_SECONDS, self._retire)

    # --- on a pool thread -----------------------------------------------------------------------------------
    def _finish(self, thread: _Thread, job: _Job, result: Any, error: BaseException | None) -> _Job | None:
        """Report; answers with the next job if one is waiting, else the loop finds this thread idle."""
        try:
            following = self._backlog.popleft()
        except IndexError:
            following = None
        self._finished.append((thread if following is None else None, job, result, error))
        if not self._is_rung:
            self._is_rung = True
            try:
                self._loop.call_soon_threadsafe(self._settle)
            except RuntimeError:  # the loop is closed: nobody waits for this any more
                return None
        return following


@dataclass(slots=True)
class _Job:
    future: asyncio.Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class _Thread(threading.Thread):
    def __init__(self, bridge: Bridge, job: _Job) -> None:
        super().__init__(name="bridge", daemon=True)
        self._bridge = bridge
        self._job: _Job | None = job
        self._bell = threading.Lock()
        self._bell.acquire()

    def hand(self, job: _Job | None) -> None:
        self._job = job
        self._bell.release()

    def run(self) -> None:
        try:
            while (job := self._job) is not None:
                following = self._work(job)
                if following is not None:
                    self._job = following
                else:
                    self._bell.acquire()
        finally:
            connections.close_all()

    def _work(self, job: _Job) -> _Job | None:
        result: Any = None
        error: BaseException | None = None
        try:
            _check_connections()
            result = job.function(*job.arguments)
            _check_transactions()
        except BaseException as raised:
            error = raised
        return self._bridge._finish(self, job, result, error)


def step(handler: Handler, answer: Any = None, error: BaseException | None = None) -> Step:
    """Advance a handler: send it the answer to its last effect (or throw `error` into it) and collect what it
    says.
    """
    said: list[bytes] = []
    octets = 0
    try:
        item = handler.send(answer) if error is None else handler.throw(error)
        while isinstance(item, bytes):
            said.append(item)
            octets += len(item)
            if octets >= STEP_OCTETS or len(said) >= STEP_ITEMS:
                return Step(b"".join(said))
            item = next(handler)
        return Step(b"".join(said), item)
    except StopIteration:
        return Step(b"".join(said), ended=True)
    except Exception as raised:
        return Step(b"".join(said), ended=True, error=raised)


def _check_connections() -> None:
    """Drop this thread's database connections that broke or grew too old; costs about a microsecond when all
    is well.
    """
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


def _check_transactions() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            # A handler yielded inside a transaction: a bug that would block writers for as long as a client
            # likes.
            connection.close()
            del connections[connection.alias]
            log.error("transaction_left_open database=%s", connection.alias)
            raise RuntimeError("a transaction was left open across a yield")

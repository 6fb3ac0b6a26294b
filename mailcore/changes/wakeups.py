"""A hint over Redis, never the truth: "account 7 reached 912". Who hears it reads the log.

`publish` is called after a commit, from any thread of any process; it never fails its caller and never keeps it (it
held up the next group commit while Redis answered: a sixth of the time of 20 busy APPENDers). `Wakeups` is the
listening end, one for each event loop. Sleepers in the publishing process itself are woken without Redis, so one
machine's IDLE costs no round trip. Lost hints cost a poll interval, never a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import weakref
from collections.abc import Iterable

import redis
import redis.asyncio
from django.conf import settings

from mailcore.courier import Courier

log = logging.getLogger(__name__)

_PREFIX = "mail:reached:"
_RETRY_SECONDS = 1.0
LOOK = 0  # no modseq is: look, though nothing may have been reached
_LINGER_SECONDS = 60.0

_listening: weakref.WeakSet[Wakeups] = weakref.WeakSet()
_client: redis.Redis | None = None
_silent_until = 0.0


def publish(account_id: int, modseq: int) -> None:
    """Say that the account reached `modseq`. Never raises."""
    publish_many([(account_id, modseq)])


def nudge(account_id: int) -> None:
    """Who may still watch this account has changed: have every watcher look again. Never raises."""
    publish(account_id, LOOK)


def publish_many(reached: Iterable[tuple[int, int]]) -> None:
    """The same for several accounts. Never raises, never waits."""
    reached = list(reached)
    for wakeups in list(_listening):
        wakeups.tell_from_thread(reached)
    if time.monotonic() >= _silent_until:
        _herald.hand(reached)


def _send(bundles: list[list[tuple[int, int]]]) -> None:
    """Everything that was reached meanwhile, the last word of each account, in one round trip."""
    global _client, _silent_until
    latest: dict[int, int] = {}
    for account_id, modseq in (one for reached in bundles for one in reached):
        latest[account_id] = max(modseq, latest.get(account_id, 0))
    try:
        if _client is None:
            _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        pipe = _client.pipeline(transaction=False)
        for account_id, modseq in latest.items():
            pipe.publish(f"{_PREFIX}{account_id}", modseq)
        pipe.execute()
    except (redis.RedisError, OSError) as problem:
        _silent_until = time.monotonic() + _RETRY_SECONDS
        log.warning("wakeup-not-published reason=%r", problem)


_herald: Courier[list[tuple[int, int]]] = Courier("herald", _send)


def is_reachable() -> bool:
    """Redis answers."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


class _Account:
    """Who sleeps on one account, and how far we heard it has got."""

    __slots__ = ("latest", "sleepers", "touched")

    def __init__(self) -> None:
        self.latest = 0
        self.sleepers: set[asyncio.Future[bool]] = set()
        self.touched = time.monotonic()


class Wakeups:
    """Lets coroutines of one event loop sleep until an account's modseq moves."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._accounts: dict[int, _Account] = {}
        self._task: asyncio.Task[None] | None = None
        self._pubsub: redis.asyncio.client.PubSub | None = None
        _listening.add(self)

    async def wait(self, account_id: int, since: int, timeout: float | None = None) -> bool:
        """Sleep until the account may have passed `since`: True; or until it is time to look anyway: False.

        While the subscription stands that is rare (ten poll intervals, spread out, so that 20,000 sleepers do
        not look all at once); without it, hints are lost and every interval counts.

        The first wait for an account answers True at once, when its subscription stands: what happened before
        that is then found by looking. Look at the log again after either answer.
        """
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = _Account()
            await self._subscribe(account_id)
            return True
        account.touched = time.monotonic()
        if account.latest > since:
            return True
        sleeper = self._loop.create_future()
        account.sleepers.add(sleeper)
        timer = self._loop.call_later(
            self._poll_seconds() if timeout is None else timeout, _wake, sleeper, False
        )
        try:
            return bool(await sleeper)
        finally:
            timer.cancel()
            account.sleepers.discard(sleeper)
            account.touched = time.monotonic()

    def _poll_seconds(self) -> float:
        interval = settings.MAIL_POLL_SECONDS * (1 if self._pubsub is None else 10)
        return float(interval * random.uniform(0.8, 1.2))

    def tell_from_thread(self, reached: list[tuple[int, int]]) -> None:
        """Called by publishers of this process, on whatever thread they run."""
        if any(account_id in self._accounts for account_id, _ in reached):
            with contextlib.suppress(RuntimeError):  # the loop has been closed
                self._loop.call_soon_threadsafe(self._tell, reached)

    def _tell(self, reached: list[tuple[int, int]]) -> None:
        for account_id, modseq in reached:
            account = self._accounts.get(account_id)
            if account is None or (modseq <= account.latest and modseq != LOOK):
                continue
            account.latest = max(modseq, account.latest)
            for sleeper in account.sleepers:
                _wake(sleeper, True)

    async def close(self) -> None:
        """Stop listening; sleepers are woken."""
        _listening.discard(self)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for account in self._accounts.values():
            for sleeper in account.sleepers:
                _wake(sleeper, False)

    async def _subscribe(self, account_id: int) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._listen())
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.subscribe(f"{_PREFIX}{account_id}")

    async def _listen(self) -> None:
        """Hold one subscription; after a fault subscribe anew and wake everyone, since hints may be lost."""
        while True:
            client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2)
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(_PREFIX, *(f"{_PREFIX}{number}" for number in self._accounts))
                    self._pubsub = pubsub
                    self._wake_all()
                    await self._hear(pubsub)
            except (redis.RedisError, OSError) as problem:
                log.warning("wakeups-lost reason=%r", problem)
            finally:
                self._pubsub = None
                await client.aclose()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _hear(self, pubsub: redis.asyncio.client.PubSub) -> None:
        swept = time.monotonic()
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LINGER_SECONDS)
            if message is not None:
                self._tell([(int(message["channel"][len(_PREFIX) :]), int(message["data"]))])
            if time.monotonic() - swept > _LINGER_SECONDS:
                swept = time.monotonic()
                await self._forget_idle(pubsub)

    async def _forget_idle(self, pubsub: redis.asyncio.client.PubSub) -> None:
        limit = time.monotonic() - _LINGER_SECONDS
        idle = [
            number for number, item in self._accounts.items() if not item.sleepers and item.touched < limit
        ]
        for number in idle:
            del self._accounts[number]
        if idle:
            await pubsub.unsubscribe(*(f"{_PREFIX}{number}" for number in idle))

    def _wake_all(self) -> None:
        for account in self._accounts.values():
            for sleeper in account.sleepers:
                _wake(sleeper, True)


def _wake(sleeper: asyncio.Future[bool], changed: bool) -> None:
    if not sleeper.done():
        sleeper.set_result(changed)

"""A hint over a real Redis: who sleeps on an account wakes when it moves. Without Redis all is only slower."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from mailcore.changes import wakeups
from mailcore.changes.wakeups import Wakeups
from tests.architecture.tree import ROOT
from tests.builders import embedded_redis


@pytest.fixture(autouse=True)
def _forget_client():
    """The publishing end keeps its connection; tests change the address."""
    wakeups._client, wakeups._silent_until = None, 0.0
    yield
    if wakeups._client is not None:
        wakeups._client.close()
    wakeups._client, wakeups._silent_until = None, 0.0


@pytest.fixture
def redis(redis_url, settings):
    settings.REDIS_URL = redis_url


def play(scene: Callable[[Wakeups], Awaitable[None]]) -> None:
    async def stage() -> None:
        heard = Wakeups()
        try:
            await asyncio.wait_for(scene(heard), 20)
        finally:
            await heard.close()

    asyncio.run(stage())


async def listening(heard: Wakeups, account_id: int) -> None:
    """Until the subscription stands: the first wait answers at once."""
    assert await heard.wait(account_id, 0, 5)
    await asyncio.sleep(0.2)


PUBLISH = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "webmail.settings"
django.setup()
from mailcore.changes import wakeups
wakeups.publish_many([(int(a), int(m)) for a, m in zip(sys.argv[1::2], sys.argv[2::2])])
"""


def publish_elsewhere(settings, *numbers: int) -> None:
    """From another process: over Redis, for want of any other way."""
    import os

    subprocess.run(
        [sys.executable, "-c", PUBLISH, *map(str, numbers)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "REDIS_URL": settings.REDIS_URL},
        check=True,
    )


def test_another_process_wakes_a_sleeper(redis, settings):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        sleeper = asyncio.create_task(heard.wait(7, 5, 15))
        await asyncio.to_thread(publish_elsewhere, settings, 7, 6)
        assert await sleeper is True

    play(scene)


def test_our_own_process_wakes_it_without_redis(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    async def scene(heard: Wakeups) -> None:
        await heard.wait(7, 0, 5)
        sleeper = asyncio.create_task(heard.wait(7, 5, 15))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await asyncio.to_thread(wakeups.publish, 7, 6)
        assert await sleeper is True
        assert time.monotonic() - started < 2

    play(scene)


def test_it_sleeps_through_what_is_not_its_own(redis, settings):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        sleeper = asyncio.create_task(heard.wait(7, 9, 3))
        await asyncio.to_thread(publish_elsewhere, settings, 8, 100)
        assert await sleeper is False

    play(scene)


def test_what_was_heard_before_need_not_be_waited_for(redis, settings):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        await asyncio.to_thread(publish_elsewhere, settings, 7, 12)
        started = time.monotonic()
        assert await heard.wait(7, 11, 5) is True
        assert time.monotonic() - started < 1

    play(scene)


def test_many_sleepers_of_one_account_wake_together(redis, settings):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        sleepers = [asyncio.create_task(heard.wait(7, 5, 15)) for _ in range(200)]
        await asyncio.to_thread(publish_elsewhere, settings, 7, 6)
        assert await asyncio.gather(*sleepers) == [True] * 200

    play(scene)


def test_time_out_is_a_poll(redis):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        started = time.monotonic()
        assert await heard.wait(7, 5, 0.2) is False
        assert 0.1 < time.monotonic() - started < 5

    play(scene)


def test_a_cancelled_sleeper_leaves_nothing_behind(redis):
    async def scene(heard: Wakeups) -> None:
        await listening(heard, 7)
        sleeper = asyncio.create_task(heard.wait(7, 5, 15))
        await asyncio.sleep(0.01)
        sleeper.cancel()
        await asyncio.gather(sleeper, return_exceptions=True)
        assert not heard._accounts[7].sleepers

    play(scene)


@pytest.mark.parametrize("address", ["unix:///nowhere/at/all.sock", "redis://127.0.0.1:1/0"])
def test_publishing_never_fails_its_caller(settings, address):
    settings.REDIS_URL = address
    started = time.monotonic()
    for modseq in range(100):
        wakeups.publish(7, modseq)
    assert time.monotonic() - started < 3


def test_a_redis_that_comes_back_is_heard_again(settings):
    """Flushed, restarted, gone for a while: sleepers are woken to look for themselves, and hints flow again."""

    async def scene(heard: Wakeups) -> None:
        with embedded_redis() as first:
            settings.REDIS_URL = first
            await listening(heard, 7)
            sleeper = asyncio.create_task(heard.wait(7, 5, 15))
            await asyncio.sleep(0.05)
        with embedded_redis() as second:
            settings.REDIS_URL = second
            assert await sleeper is True  # woken because hints may have been lost
            sleeper = asyncio.create_task(heard.wait(7, 5, 15))
            await asyncio.to_thread(publish_elsewhere, settings, 7, 6)
            assert await sleeper is True

    play(scene)

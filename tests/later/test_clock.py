"""The clock of the service: rings for what becomes due, at its second, over a real Redis."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator

import pytest
import redis

from mailcore import doorbell
from mailcore.drafts import begin, send
from mailcore.drafts import rows as drafts
from mailcore.later import clock, rows, snooze
from mailcore.models import OutboundRecipient, PushSubscription, Reminder
from mailcore.outbound import queue
from mailcore.push import tell
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db(transaction=True)


class Bell:
    """What was rung: the queue that workers take from."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url)
        self.redis.delete("celery")

    def heard(self) -> list[tuple[str, list[object]]]:
        found = []
        while (raw := self.redis.lpop("celery")) is not None:
            told = json.loads(raw)
            found.append((told["headers"]["task"], json.loads(base64.b64decode(told["body"]))[0]))
        return found

    def until(self, task: str, seconds: float = 15) -> float:
        """When it is rung."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if any(name == task for name, _ in self.heard()):
                return time.time()
            time.sleep(0.01)
        raise AssertionError(f"{task} was not rung")


@pytest.fixture
def bell(settings, redis_url) -> Iterator[Bell]:
    settings.REDIS_URL = redis_url
    listening = Bell(redis_url)
    yield listening
    assert doorbell._bell.flush(30)
    listening.redis.close()


@pytest.fixture
def running() -> Iterator[clock.Clock]:
    made = clock.Clock()
    made.start()
    yield made
    made.stop()


def asleep(account, due: int) -> None:
    [put] = deliver(account, message("Tea"))
    snooze.snooze(account.pk, [put.conversation_id], due)


def test_nothing_due_is_nothing_rung(alice, bell):
    asleep(alice, int(time.time()) + 3_600)
    assert doorbell._bell.flush(30)
    bell.heard()
    now = int(time.time())
    assert clock.look(now, now) is not None
    assert doorbell._bell.flush(30)
    assert bell.heard() == []


def test_each_kind_has_its_bell_and_is_looked_for_ahead(alice, bell):
    now = int(time.time())
    asleep(alice, now + 500)
    send.send(alice, drafts.save(begin.new(alice), to="carol@far.test", text="?"), undo_seconds=300)
    row = PushSubscription(id=(alice.pk << 32) + 9, account_id=alice.pk, key=1, created=0, due=now + 400)
    row.p256dh, row.auth = b"", b""
    row.save(force_insert=True)
    held = queue.next_after(now)
    assert held is not None and now + 299 <= held <= now + 320
    assert doorbell._bell.flush(30)
    bell.heard()
    assert clock.look(now, now) == held
    OutboundRecipient.objects.update(next_attempt=now)  # its time has come: the queue looks at the real clock
    assert clock.look(now, held) == now + 400
    assert clock.look(held, now + 400) == now + 500
    assert clock.look(now + 400, now + 500) is None
    assert doorbell._bell.flush(30)
    assert {(name, str(asked)) for name, asked in bell.heard()} == {
        (queue.RELAY, "['far.test']"),
        (tell.TELL, f"[{alice.pk}]"),
        (rows.WAKE, "[]"),
    }


def test_a_look_that_was_missed_is_made_up_for(alice, bell):
    """The computer slept for an hour: what became due meanwhile is rung for, however long ago that was."""
    now = int(time.time())
    asleep(alice, now + 60)
    assert doorbell._bell.flush(30)
    bell.heard()
    clock.look(now, now + 3_600)
    assert bell.until(rows.WAKE)


def test_it_rings_at_the_second(alice, bell, running):
    due = int(time.time()) + 2
    asleep(alice, due)
    running.look_again()
    at = bell.until(rows.WAKE)
    assert due <= at < due + 5


def test_without_its_bell_it_finds_an_earlier_row_by_itself(alice, bell, running):
    asleep(alice, int(time.time()) + 3_600)
    running.look_again()
    time.sleep(0.3)
    bell.heard()
    due = int(time.time()) + 1
    Reminder.objects.filter(account_id=alice.pk).update(due=due)  # and nobody says so
    at = bell.until(rows.WAKE)
    assert due <= at < due + clock.LOOK_SECONDS + 5


def test_it_starts_once_and_ends(running):
    thread = running._thread
    running.start()
    assert running._thread is thread and thread is not None
    running.stop()
    assert not thread.is_alive()
    running.start()
    assert running._thread is not thread

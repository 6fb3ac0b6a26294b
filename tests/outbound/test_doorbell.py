"""The bell: rings after the commit, gathers, never holds anybody up, with a broker or without."""

from __future__ import annotations

import json
import time

import pytest
import redis
from django.db import transaction

from mailcore import doorbell


def tasks_in(url: str, seconds: float = 5) -> list[tuple[str, list]]:
    """The bells that lie in Redis."""
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + seconds
    while not client.llen("celery") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert doorbell._bell.flush(30)
    found = []
    while raw := client.lpop("celery"):
        letter = json.loads(raw)
        assert letter["content-type"] == "application/json"
        found.append(letter["headers"])
    client.close()
    return [(one["task"], one["argsrepr"]) for one in found]


@pytest.mark.django_db(transaction=True)
def test_it_rings_after_the_commit_and_not_before(redis_url, settings):
    settings.REDIS_URL = redis_url
    with transaction.atomic():
        doorbell.ring("outbound.relay", "example.net")
        assert tasks_in(redis_url, 0.3) == []
    assert tasks_in(redis_url) == [("outbound.relay", "('example.net',)")]


@pytest.mark.django_db(transaction=True)
def test_it_does_not_ring_for_what_was_undone(redis_url, settings):
    settings.REDIS_URL = redis_url
    with transaction.atomic():
        doorbell.ring("outbound.relay", "undone.example")
        transaction.set_rollback(True)
    assert tasks_in(redis_url, 0.3) == []


@pytest.mark.django_db(transaction=True)
def test_a_stream_of_rings_costs_few_bells(redis_url, settings):
    settings.REDIS_URL = redis_url
    for _ in range(500):
        doorbell.ring("outbound.relay", "example.net")
    doorbell.ring("outbound.relay", "other.example")
    rung = tasks_in(redis_url)
    assert len(rung) < 20
    assert rung[-1] in [("outbound.relay", "('other.example',)"), ("outbound.relay", "('example.net',)")]
    assert {"('other.example',)", "('example.net',)"} == {arguments for _, arguments in rung}


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_nobody_waits(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    began = time.monotonic()
    for n in range(1000):
        doorbell.ring("outbound.relay", f"{n}.example")
    assert time.monotonic() - began < 1


def test_the_address_as_celery_spells_it():
    assert doorbell.broker_url("unix:///x/redis.sock") == "redis+socket:///x/redis.sock"
    assert doorbell.broker_url("redis://cache:6379/1") == "redis://cache:6379/1"


def test_the_worker_takes_json_and_nothing_else():
    """SECURITY D29."""
    from webmail.celery import app

    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_acks_late is True
    assert app.conf.worker_prefetch_multiplier == 1


def test_beat_rings_only_tasks_that_exist():
    from webmail.celery import app

    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] >= entry["schedule"]

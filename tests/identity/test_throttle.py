"""Buckets on both shelves, and leases: with a real Redis and without."""

from __future__ import annotations

import pytest

from mailcore.identity import leases, throttle
from mailcore.identity.errors import Throttled
from mailcore.identity.throttle import Bucket, Limit, LocalShelf, RedisShelf

HOME = "192.0.2.1"


@pytest.fixture(params=["local", "redis"])
def shelf(request, redis_url):
    if request.param == "local":
        return LocalShelf()
    found = RedisShelf(redis_url)
    found._redis.flushall()
    return found


@pytest.fixture
def with_redis(settings, redis_url):
    settings.REDIS_URL = redis_url
    throttle.forget()
    leases.forget()
    RedisShelf(redis_url)._redis.flushall()
    yield redis_url
    throttle.forget()
    leases.forget()


SLOW = Limit(3, 0.001)


def test_a_bucket_empties_and_tokens_come_back(shelf):
    buckets = [Bucket("a", SLOW), Bucket("b", Limit(10, 0.001))]
    assert [shelf.take("k", [], buckets)[1] > 0 for _ in range(5)] == [False, False, False, True, True]
    shelf.give_back(buckets)
    assert shelf.take("k", [], buckets) == (False, 0.0)
    assert shelf.take("k", [], buckets)[1] > 0


def test_all_or_none(shelf):
    """An empty bucket must not let the others run dry."""
    wide, narrow = Bucket("wide", Limit(5, 0.001)), Bucket("narrow", Limit(1, 0.001))
    shelf.take("k", [], [narrow])
    for _ in range(20):
        assert shelf.take("k", [], [wide, narrow])[1] > 0
    assert shelf.take("k", [], [wide])[1] == 0


def test_a_bucket_never_holds_more_than_its_burst(shelf):
    bucket = [Bucket("a", SLOW)]
    shelf.take("k", [], bucket)
    for _ in range(20):
        shelf.give_back(bucket)
    assert [shelf.take("k", [], bucket)[1] > 0 for _ in range(4)] == [False, False, False, True]


def test_a_known_pair_has_a_bucket_of_its_own(shelf):
    known, others = [Bucket("known", SLOW)], [Bucket("other", Limit(1, 0.001))]
    shelf.take("k", known, others)
    assert shelf.take("k", known, others)[1] > 0
    shelf.remember("k")
    assert shelf.take("k", known, others) == (True, 0.0)


def test_buckets_refill():
    now = [1000.0]
    shelf = LocalShelf(clock=lambda: now[0])
    bucket = [Bucket("a", Limit(2, 60))]
    assert [shelf.take("k", [], bucket)[1] for _ in range(3)] == [0, 0, 1.0]
    now[0] += 1
    assert [shelf.take("k", [], bucket)[1] for _ in range(2)] == [0, 1.0]


def test_memory_is_bounded(monkeypatch):
    """SECURITY A33."""
    monkeypatch.setattr(throttle, "LOCAL_ENTRIES", 100)
    shelf = LocalShelf()
    for number in range(1000):
        shelf.take("k", [], [Bucket(str(number), SLOW)])
        shelf.remember(str(number))
    assert len(shelf._levels) == len(shelf._known) == 100


def test_all_processes_count_together(with_redis):
    """Another process is another memory; Redis is what they share."""
    for _ in range(throttle.PAIR.burst):
        throttle.attempt("alice@example.org", HOME)
    throttle._local.clear()
    with pytest.raises(Throttled):
        throttle.attempt("alice@example.org", HOME)
    throttle.attempt("alice@example.org", "192.0.2.2")


def test_without_redis_every_process_counts_for_itself(settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    throttle.forget()
    with pytest.raises(Throttled):
        for _ in range(throttle.PAIR.burst + 2):
            throttle.attempt("alice@example.org", HOME)


def test_many_addresses_on_one_account_are_slowed_and_the_owner_is_not(with_redis):
    """SECURITY E02."""
    throttle.attempt("alice@example.org", HOME).succeeded()
    looks = 0
    for number in range(100):
        for _ in range(10):
            try:
                throttle.attempt("alice@example.org", f"198.51.100.{number}")
                looks += 1
            except Throttled:
                break
    assert looks <= throttle.ACCOUNT.burst + 10
    throttle.attempt("alice@example.org", HOME)


@pytest.mark.parametrize(
    "peer, network",
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "elsewhere"),
        ("unix", "elsewhere"),
    ],
)
def test_networks(peer, network):
    assert throttle.network(peer) == network


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_lease_has_one_holder(request, settings, is_shared):
    if is_shared:
        request.getfixturevalue("with_redis")
    else:
        settings.REDIS_URL = ""
        leases.forget()
    first = leases.take("x")
    assert first is not None and leases.take("x") is None
    assert leases.take("y") is not None
    assert first.renew()
    first.give_up()
    second = leases.take("x")
    assert second is not None
    first.give_up()  # too late: not ours any more
    assert leases.take("x") is None and not first.renew()


def test_a_lease_is_held_against_other_processes_and_runs_out(with_redis):
    first = leases.take("x")
    assert first is not None
    leases._here.clear()  # as another process sees it
    assert leases.take("x") is None
    assert 0 < RedisShelf(with_redis)._redis.ttl("lease:x") <= leases.LEASE_SECONDS

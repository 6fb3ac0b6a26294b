"""A living worker keeps what it holds, however slow its peer is."""

from __future__ import annotations

import time

import pytest

from mailcore.models import OutboundRecipient
from mailcore.outbound import leases, queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lease_is_renewed_while_it_is_held_and_not_afterwards(queued, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0)
    queued()
    batch = queue.claim("example.net")
    with leases.held(batch.lease):
        OutboundRecipient.objects.update(lease_until=1)
        leases._renew()
        row = OutboundRecipient.objects.get()
        assert row.lease_until == pytest.approx(time.time() + queue.LEASE_SECONDS, abs=3)
    OutboundRecipient.objects.update(lease_until=1)
    leases._renew()
    assert OutboundRecipient.objects.get().lease_until == 1


def test_whatever_goes_wrong_in_one_round_there_is_another(queued, monkeypatch):
    """A database that is away for a moment must not end the renewing for ever."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0)
    real = queue.keep
    queued()
    batch = queue.claim("example.net")
    with leases.held(batch.lease):
        monkeypatch.setattr(queue, "keep", lambda held: 1 / 0)
        leases.tick()
        monkeypatch.setattr(queue, "keep", real)
        OutboundRecipient.objects.update(lease_until=1)
        leases.tick()
        assert OutboundRecipient.objects.get().lease_until > time.time()


def test_a_lease_outlives_four_missed_renewals():
    assert leases.RENEW_SECONDS * 4 <= queue.LEASE_SECONDS

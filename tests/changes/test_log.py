"""The log: written with the change, read since a modseq."""

from __future__ import annotations

import time

import pytest
from django.db import transaction

from mailcore.changes import log
from mailcore.models import Change
from mailcore.store import mailboxes, messages
from tests.builders import message


@pytest.fixture
def inbox(db):
    mailboxes.provision(7)
    return mailboxes.named(7, "INBOX")


def test_tells_what_came_after(inbox):
    first = messages.append_bytes(7, inbox.id, message()).modseq
    second = messages.append_bytes(7, inbox.id, message()).modseq
    assert [item.modseq for item in log.since(7, first)] == [second]
    assert log.since(7, second) == []
    assert log.modseq(7) == second


def test_can_be_read_in_pieces(inbox):
    for _ in range(5):
        messages.append_bytes(7, inbox.id, message())
    everything = [item.id for item in log.since(7, 0)]
    assert [item.id for item in log.since(7, 0, limit=3)] == everything[:3]


def test_what_was_rolled_back_was_never_told(inbox):
    before = log.modseq(7)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        messages.append_bytes(7, inbox.id, message())
        raise ZeroDivisionError
    assert log.modseq(7) == before
    assert log.since(7, before) == []
    assert messages.append_bytes(7, inbox.id, message()).uid == 1


def test_accounts_have_logs_of_their_own(inbox):
    mailboxes.provision(8)
    messages.append_bytes(7, inbox.id, message())
    assert {item.account_id for item in log.since(8, 0)} == {8}
    assert log.modseq(99) == 0
    assert log.since(99, 0) == []


def test_forgets_what_is_old(inbox):
    messages.append_bytes(7, inbox.id, message())
    Change.objects.filter(account_id=7).update(happened=int(time.time()) - 10 * 86_400)
    latest = messages.append_bytes(7, inbox.id, message()).modseq
    log.prune(7, older_than_days=9)
    assert [item.modseq for item in log.since(7, 0)] == [latest]

"""What an account may hold (RFC 9208 §4; FEATURES A22)."""

from __future__ import annotations

import pytest

from mailcore.store import mailboxes, messages
from mailcore.store.errors import QuotaExceeded
from tests.builders import message
from tests.store.looks import state, uids


@pytest.fixture
def tight(inbox):
    """Room for two of these and a bit."""
    row = state(inbox.account_id)
    row.quota_bytes = 2 * len(message()) + 5
    row.save()
    return inbox


def put(mailbox, raw: bytes = message()) -> None:
    messages.append_bytes(mailbox.account_id, mailbox.id, raw)


def test_room_is_counted_to_the_octet(tight):
    put(tight)
    put(tight)
    with pytest.raises(QuotaExceeded) as refused:
        put(tight)
    assert not refused.value.never_fits
    assert uids(tight) == [1, 2]


def test_exactly_full_is_not_over(inbox):
    row = state(inbox.account_id)
    row.quota_bytes = len(message())
    row.save()
    put(inbox)
    with pytest.raises(QuotaExceeded):
        put(inbox, b"x")


def test_what_never_fits_says_so(tight):
    with pytest.raises(QuotaExceeded) as refused:
        put(tight, message(body="x" * 1000))
    assert refused.value.never_fits


def test_copies_need_room_and_expunging_gives_it_back(tight):
    archive = mailboxes.named(tight.account_id, "Archive")
    put(tight)
    put(tight)
    with pytest.raises(QuotaExceeded):
        messages.copy(tight, [1], archive)
    assert uids(archive) == []
    messages.remove(tight, [1])
    messages.copy(tight, [2], archive)
    assert uids(archive) == [1]


def test_zero_is_no_limit(inbox):
    assert state(inbox.account_id).quota_bytes == 0
    put(inbox, message(body="x" * 100_000))


def test_a_refused_message_leaves_no_trace_in_the_counters(tight):
    before = state(tight.account_id)
    with pytest.raises(QuotaExceeded):
        put(tight, message(body="x" * 1000))
    after = state(tight.account_id)
    assert (after.used_bytes, after.modseq) == (before.used_bytes, before.modseq)

"""What protocols and pages read."""

from __future__ import annotations

import pytest

from mailcore.models.entry import FLAGGED, SEEN
from mailcore.store import entries, flags, mailboxes, messages
from mailcore.store.uidset import Ranges
from tests.builders import message
from tests.store.looks import state


@pytest.fixture
def five(inbox):
    for n in range(1, 6):
        messages.append_bytes(7, inbox.id, message(f"Message {n}"), flags=SEEN if n < 3 else 0)
    return inbox


def test_a_belief_can_be_recalled_at_any_time(five):
    """Expunged later means: still there for who knows only the time before."""
    before = state(7).modseq
    messages.remove(five, [2, 4])
    after = state(7).modseq
    messages.append_bytes(7, five.id, message())
    assert list(entries.believed_uids(7, five.id, 6, before)) == [1, 2, 3, 4, 5]
    assert list(entries.believed_uids(7, five.id, 6, after)) == [1, 3, 5]
    assert list(entries.believed_uids(7, five.id, 7, state(7).modseq)) == [1, 3, 5, 6]


def test_newest_come_first_and_can_be_paged(five):
    messages.remove(five, [4])
    assert entries.newest_uids(7, five.id, 2) == [5, 3]
    assert entries.newest_uids(7, five.id, 2, below=3) == [2, 1]


def test_first_unseen(five):
    assert entries.first_unseen(7, five.id) == 3
    flags.add(five, None, SEEN)
    assert entries.first_unseen(7, five.id) is None


def test_rows_with_and_without_the_message(five):
    assert entries.rows(7, five.id, [2, 3], ["e.uid", "e.flags"]) == [(2, SEEN), (3, 0)]
    found = entries.rows(7, five.id, Ranges(((4, 1 << 40),)), ["e.uid", "m.subject"], with_message=True)
    assert found == [(4, "Message 4"), (5, "Message 5")]


def test_changes_of_a_mailbox_since(five):
    before = state(7).modseq
    flags.add(five, [1], FLAGGED, frozenset({"$x"}))
    messages.remove(five, [2])
    messages.append_bytes(7, five.id, message())
    told = [(row[0], row[1], row[2], bool(row[4])) for row in entries.changed_since(7, five.id, before)]
    assert told == [(1, SEEN | FLAGGED, "$x", False), (2, SEEN, "", True), (6, 0, "", False)]
    assert [row[0] for row in entries.changed_since(7, five.id, before, up_to_uid=5)] == [1, 2]
    assert entries.changed_since(7, five.id, state(7).modseq) == []


def test_octets_of_a_stranger_are_not_found(five):
    mailboxes.provision(8)
    theirs = messages.append_bytes(8, mailboxes.named(8, "INBOX").id, message("secret"))
    assert entries.raw_of(7, theirs.message_id) is None
    assert entries.raw_of(8, theirs.message_id).read() == message("secret")


def test_entries_of_a_stranger_are_not_grouped(five):
    mailboxes.provision(8)
    theirs = messages.append_bytes(8, mailboxes.named(8, "INBOX").id, message("secret"))
    ours = messages.append_bytes(7, five.id, message())
    assert entries.by_mailbox(7, [theirs.entry_id, ours.entry_id]) == {five.id: [6]}


def test_entries_of_a_conversation_in_one_mailbox_or_all(five):
    raw = message("Tea", message_id="a@x")
    appended = messages.append_bytes(7, five.id, raw)
    archive = mailboxes.named(7, "Archive")
    messages.copy(five, [appended.uid], archive)
    everywhere = entries.of_conversations(7, [appended.conversation_id])
    assert {entry.mailbox_id for entry in everywhere} == {five.id, archive.id}
    assert [e.mailbox_id for e in entries.of_conversations(7, [appended.conversation_id], archive.id)] == [
        archive.id
    ]
    assert entries.of_conversations(8, [appended.conversation_id]) == []

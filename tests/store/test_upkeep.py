"""What time makes superfluous goes, and nothing else."""

from __future__ import annotations

import time

import pytest
from django.conf import settings

from mailcore.models import Blob, Change, Conversation, Entry, Mailbox, Message
from mailcore.store import audit, entries, mailboxes, messages, upkeep
from tests.builders import message
from tests.store.looks import tombstones, uids

DAY = 86_400


@pytest.fixture
def used(inbox):
    """UID 1 stays, 2 is expunged, 3 is expunged but has a copy in Archive."""
    for n in (1, 2, 3):
        messages.append_bytes(7, inbox.id, message(f"{n}", message_id=f"{n}@x"))
    messages.copy(inbox, [3], mailboxes.named(7, "Archive"))
    messages.remove(inbox, [2, 3])
    return inbox


def age(days: float) -> None:
    Change.objects.filter(account_id=7).update(happened=int(time.time() - days * DAY))
    Blob.objects.update(touched=int(time.time() - days * DAY))


def test_what_was_just_expunged_can_still_be_fetched(used):
    """A session that has not been told yet may ask for it (RFC 9051 §7.5.1)."""
    assert upkeep.forget_expunged(7) == 0
    assert Message.objects.filter(account_id=7).count() == 3


def test_an_hour_later_its_octets_go_and_its_tombstone_stays(used):
    age(2)
    assert upkeep.run()["messages"] == 1
    assert sorted(Message.objects.filter(account_id=7).values_list("subject", flat=True)) == ["1", "3"]
    assert Blob.objects.count() == 2
    assert set(tombstones(used)) == {2, 3}
    assert list(audit.contradictions(7, read_octets=True)) == []


def test_after_two_months_tombstones_and_log_go(used):
    age(settings.MAIL_TOMBSTONE_DAYS + 1)
    upkeep.run()
    assert tombstones(used) == {}
    assert Change.objects.filter(account_id=7).count() == 0
    assert uids(used) == [1]
    assert list(audit.contradictions(7, read_octets=True)) == []
    assert messages.append_bytes(7, used.id, message()).uid == 4


def test_what_is_younger_stays(used):
    age(settings.MAIL_TOMBSTONE_DAYS + 1)
    messages.remove(used, [1])
    upkeep.run()
    assert set(tombstones(used)) == {1}


def test_deleted_mailboxes_are_buried(used):
    box = mailboxes.create(7, "x")
    messages.append_bytes(7, box.id, message())
    mailboxes.delete(7, "x")
    upkeep.run()
    assert Mailbox.objects.filter(account_id=7, id=box.id).exists()
    age(settings.MAIL_TOMBSTONE_DAYS + 1)
    upkeep.run()
    assert not Mailbox.objects.filter(account_id=7, id=box.id).exists()
    assert not Entry.objects.filter(account_id=7, mailbox_id=box.id).exists()


def test_an_answer_still_finds_a_conversation_whose_messages_are_gone(inbox):
    messages.append_bytes(7, inbox.id, message("Tea", message_id="a@x"))
    messages.remove(inbox, None)
    age(2)
    upkeep.run()
    raw = message("Re: Tea", message_id="b@x", references="<a@x>")
    appended = messages.append_bytes(7, inbox.id, raw)
    assert Conversation.objects.filter(account_id=7, id=appended.conversation_id).exists()
    assert list(audit.contradictions(7)) == []


def test_other_accounts_are_left_alone(used):
    mailboxes.provision(8)
    theirs = mailboxes.named(8, "INBOX")
    messages.append_bytes(8, theirs.id, message("2"))
    age(2)
    upkeep.run()
    assert entries.newest_uids(8, theirs.id, 5) == [1]
    assert list(audit.contradictions(8, read_octets=True)) == []


def test_a_file_without_a_row_goes_after_a_day(inbox):
    """What a crash between the file and its row leaves behind."""
    import os

    from mailcore.store import blobs

    stored = blobs.put(b"x" * 100_000)
    path = settings.MAIL_DATA_DIR / "blobs" / stored.place
    assert upkeep.run()["orphans"] == 0
    os.utime(path, (time.time() - 2 * DAY,) * 2)
    assert upkeep.run()["orphans"] == 1
    assert not path.exists()

"""The audit finds nothing in a healthy store, and every kind of fault in a sick one."""

from __future__ import annotations

import random

import pytest
from django.conf import settings

from mailcore.models import AccountState, Blob, Conversation, Entry, Mailbox, Message
from mailcore.models.entry import SEEN
from mailcore.store import audit, mailboxes, messages
from tests.builders import message


@pytest.fixture
def full(inbox):
    """Two small messages, a big one, a copy and a tombstone."""
    messages.append_bytes(7, inbox.id, message("1"))
    messages.append_bytes(7, inbox.id, message("2"), flags=SEEN)
    messages.append_bytes(7, inbox.id, random.Random(1).randbytes(100_000))
    messages.copy(inbox, [1], mailboxes.named(7, "Archive"))
    messages.remove(inbox, [2])
    return inbox


def found() -> list[str]:
    return list(audit.contradictions(7, read_octets=True))


def test_a_healthy_store_has_none(full):
    assert found() == []


def test_a_deleted_mailbox_is_healthy(full):
    mailboxes.delete(7, "Archive")
    assert found() == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda box: Mailbox.objects.filter(id=box.id).update(total=9), "says 9 messages, holds 2"),
        (lambda box: Mailbox.objects.filter(id=box.id).update(unseen=0), "says 0 unseen, holds 2"),
        (lambda box: Mailbox.objects.filter(id=box.id).update(bytes=1), "says 1 octets"),
        (lambda box: Mailbox.objects.filter(id=box.id).update(uidnext=3), "UIDNEXT is 3"),
        (lambda box: Mailbox.objects.filter(id=box.id).update(highest_modseq=2), "HIGHESTMODSEQ is 2"),
        (lambda box: AccountState.objects.filter(account_id=7).update(modseq=3), "but the account is at 3"),
        (lambda box: AccountState.objects.filter(account_id=7).update(used_bytes=3), "counts 3 octets"),
        (lambda box: AccountState.objects.filter(account_id=7).delete(), "has no counters"),
        (lambda box: Message.objects.filter(account_id=7, subject="1").delete(), "a message that is not there"),
        (lambda box: Entry.objects.filter(mailbox_id=box.id, uid=1).update(size=5), "disagrees with its message"),
        (lambda box: Entry.objects.filter(mailbox_id=box.id, uid=1).update(flags=SEEN), "unseen"),
        (lambda box: Conversation.objects.filter(account_id=7).delete(), "conversation is missing"),
        (lambda box: Blob.objects.filter(place="").delete(), "octets are missing"),
        (lambda box: Blob.objects.filter(place="").update(content=b"x"), "octets have changed"),
        (lambda box: Entry.objects.filter(mailbox_id=box.id, uid=1).update(mailbox_id=1), "mailbox that is not there"),
        (lambda box: Message.objects.filter(account_id=7, subject="1").update(size=5), "says 5 octets, has"),
    ],
)  # fmt: skip
def test_a_sick_one_has(full, harm, words):
    harm(full)
    assert any(words in sentence for sentence in found()), found()


def test_a_file_that_lost_its_end(full):
    import os

    place = Blob.objects.exclude(place="").get().place
    os.truncate(settings.MAIL_DATA_DIR / "blobs" / place, 10)
    assert any("shorter than it should be" in sentence for sentence in found())

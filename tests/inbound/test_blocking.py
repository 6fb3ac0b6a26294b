"""Who is blocked is filed in Junk, by the envelope and by the header; everybody else is not."""

from __future__ import annotations

import pytest

from mailcore.identity.errors import AddressInvalid
from mailcore.inbound import blocking, receive
from mailcore.models import Entry, Mailbox
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs
from mailcore.store.errors import NotPermitted


def arrive(envelope, header, *to):
    raw = f"From: {header}\r\nTo: all\r\nSubject: Hello\r\n\r\nHello\r\n".encode()
    delivered = receive.deliver(envelope, [Recipient(mailbox(one)) for one in to], blobs.put(raw), raw)
    return {
        one.account_id: Mailbox.objects.get(account_id=one.account_id, id=one.mailbox_id).name
        for one in delivered.appended
    }


CASES = [  # envelope sender, From, where it goes
    ("pest@spam.test", "Pest <pest@spam.test>", "Junk"),
    ("bounce@else.test", "Pest <PEST@Spam.Test>", "Junk"),
    ("pest@spam.test", "Friend <friend@else.test>", "Junk"),
    ("friend@else.test", "Friend <friend@else.test>", "INBOX"),
    ("friend@else.test", "pest@spam.test.else <friend@else.test>", "INBOX"),
    ("", "Mailer <daemon@else.test>", "INBOX"),
]


@pytest.mark.parametrize(("envelope", "header", "place"), CASES)
def test_where_it_goes(alice, envelope, header, place):
    blocking.block(alice.pk, "Pest@spam.test")
    assert arrive(envelope, header, "alice@example.org") == {alice.pk: place}


def test_each_account_for_itself(alice, bob):
    blocking.block(alice.pk, "pest@spam.test")
    found = arrive("pest@spam.test", "pest@spam.test", "alice@example.org", "bob@example.org")
    assert found == {alice.pk: "Junk", bob.pk: "INBOX"}
    assert Entry.objects.filter(account_id=bob.pk).count() == 1


def test_blocked_once_and_unblocked(alice):
    blocking.block(alice.pk, "pest@spam.test")
    blocking.block(alice.pk, "PEST@SPAM.TEST")
    assert [row.address for row in blocking.listing(alice.pk)] == ["pest@spam.test"]
    assert blocking.is_blocked(alice.pk, "pest@spam.test")
    assert blocking.unblock(alice.pk, "pest@spam.test")
    assert not blocking.unblock(alice.pk, "pest@spam.test")
    assert not blocking.is_blocked(alice.pk, "pest@spam.test")


def test_nobody_blocks_himself(alice):
    with pytest.raises(NotPermitted):
        blocking.block(alice.pk, "alice@example.org")
    with pytest.raises(AddressInvalid):
        blocking.block(alice.pk, "nobody")

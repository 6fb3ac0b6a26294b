"""One way out for everybody: who is here has it, who is not is queued, the copy is in Sent; or nothing happened."""

from __future__ import annotations

import time

import pytest

from mailcore.identity import accounts, addresses
from mailcore.inbound.errors import RecipientUnknown
from mailcore.models import Alias, Message, OutboundMessage, OutboundRecipient
from mailcore.models.mailbox import SENT
from mailcore.outbound import relay, submit
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs, mailboxes
from mailcore.store.errors import QuotaExceeded
from mailcore.store.raw import Raw
from tests.outbound.conftest import RAW

pytestmark = pytest.mark.django_db


def send(account, *recipients, raw: bytes = RAW, **more):
    return submit.submit(account.pk, account.address, recipients, blobs.put(raw), **more)


def count(account, name: str = "INBOX") -> int:
    return mailboxes.named(account.pk, name).total


def queued_addresses() -> list[str]:
    return sorted(OutboundRecipient.objects.values_list("address", flat=True))


def test_who_is_here_has_it_at_once(alice, bob):
    done = send(alice, "bob@example.org")
    assert (done.outbound_id, done.sent) == (None, None)
    assert count(bob) == 1
    assert queued_addresses() == []


def test_who_is_elsewhere_is_queued_and_signed_for(alice):
    done = send(alice, "Bob.Builder@example.net", prefix=b"Received: by us\r\n", ret="HDRS", envid="X")
    message = OutboundMessage.objects.get(id=done.outbound_id)
    assert (message.account_id, message.sender, message.sign_as) == (alice.pk, alice.address, "example.org")
    assert (message.ret, message.envid, bytes(message.prefix)) == ("HDRS", "X", b"Received: by us\r\n")
    assert queued_addresses() == ["Bob.Builder@example.net"]  # its case is theirs to know


def test_both_at_once_with_a_copy_in_sent(alice, bob):
    done = send(
        alice, "bob@example.org", "x@example.net", save_sent=True, sent_prefix=b"Bcc: secret@example.com\r\n"
    )
    assert count(bob) == 1
    assert queued_addresses() == ["x@example.net"]
    assert done.sent.mailbox_id == mailboxes.special(alice.pk, SENT).id
    row = Message.objects.get(account_id=alice.pk)
    assert (
        Raw(bytes(row.prefix), bytes(row.digest), row.size).read().startswith(b"Bcc: secret@example.com\r\n")
    )
    others = Message.objects.get(account_id=bob.pk)
    assert b"Bcc" not in Raw(bytes(others.prefix), bytes(others.digest), others.size).read()
    assert b"Bcc" not in bytes(OutboundMessage.objects.get().prefix)


def test_what_was_written_in_the_browser_says_so(alice):
    send(alice, "x@example.net")
    assert bytes(OutboundMessage.objects.get().prefix).startswith(b"Received: by mx.example.org with HTTP; ")


@pytest.mark.parametrize("others", [["bob@example.org"], ["x@example.net"], []])
def test_an_unknown_recipient_refuses_all_and_nothing_happens(alice, bob, others):
    with pytest.raises(RecipientUnknown):
        send(alice, *others, "nobody@example.org", save_sent=True)
    assert (count(bob), count(alice, "Sent"), queued_addresses()) == (0, 0, [])


def test_a_message_to_nobody_is_refused(alice):
    with pytest.raises(RecipientUnknown):
        send(alice)


@pytest.mark.parametrize("text", ["", "no at", "a@", "@b", "a b@c", "a@b>\r\nRCPT TO:<c@d"])
def test_what_is_no_address_is_refused(alice, text):
    with pytest.raises(RecipientUnknown):
        send(alice, text)


def test_everybody_once_however_often_and_by_whatever_name(alice, bob):
    Alias.objects.create(
        address="team@example.org", target="bob@example.org, x@example.net, loop@example.org"
    )
    Alias.objects.create(address="loop@example.org", target="team@example.org, bob@example.org")
    addresses.forget()
    send(
        alice,
        "bob@example.org",
        "BOB@example.org",
        "team@example.org",
        "x@example.net",
        "X@Example.Net",
        "loop@example.org",
    )
    assert count(bob) == 1
    assert queued_addresses() == ["x@example.net"]


def test_an_error_in_the_middle_undoes_everything(alice, bob):
    """Bob is full: then nothing leaves for the others either, and no copy says that it was sent."""
    from mailcore.models import AccountState

    AccountState.objects.filter(account_id=bob.pk).update(quota_bytes=1)
    with pytest.raises(QuotaExceeded):
        send(alice, "bob@example.org", "x@example.net", save_sent=True)
    assert (count(bob), count(alice, "Sent"), queued_addresses()) == (0, 0, [])


def test_dsn_requests_go_along(alice):
    send(alice, Recipient(mailbox("x@example.net"), "SUCCESS", "rfc822;x@example.net"))
    row = OutboundRecipient.objects.get()
    assert (row.notify, row.orcpt) == ("SUCCESS", "rfc822;x@example.net")


# --- undo and send later


def test_what_may_be_taken_back_is_with_nobody_yet(alice, bob):
    done = send(alice, "bob@example.org", "x@example.net", hold_until=int(time.time()) + 60, save_sent=True)
    assert (count(bob), count(alice, "Sent")) == (0, 1)
    relay.relay("example.org")
    assert count(bob) == 0
    assert submit.recall(alice.pk, done.outbound_id) is True
    OutboundRecipient.objects.update(next_attempt=0)
    relay.relay("example.org")
    assert count(bob) == 0


def test_then_it_goes_to_who_is_here_too(alice, bob):
    done = send(alice, "bob@example.org", hold_until=int(time.time()) + 60)
    OutboundRecipient.objects.update(next_attempt=0)
    relay.relay("example.org")
    assert count(bob) == 1
    assert submit.recall(alice.pk, done.outbound_id) is False


def test_hundreds_of_recipients(alice):
    people = [accounts.create(f"user{n}@example.org", f"long password {n}") for n in range(5)]
    send(alice, *(f"user{n}@example.org" for n in range(5)), *(f"user{n}@example.net" for n in range(300)))
    assert [count(person) for person in people] == [1] * 5
    assert len(queued_addresses()) == 300

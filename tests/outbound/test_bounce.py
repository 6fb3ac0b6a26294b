"""Who is told, once, and by which way."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mailcore.models import Message, OutboundMessage, OutboundRecipient
from mailcore.outbound import bounce, queue, relay
from mailcore.outbound.letter import from_xtext, orcpt
from mailcore.outbound.queue import Outcomes, Result
from mailcore.outbound.reply import Reply
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs
from mailcore.store.raw import Raw

pytestmark = pytest.mark.django_db

NEVER = Reply(550, "5.1.1", "No such user")


def fail(domain: str = "example.net") -> None:
    batch = queue.claim(domain)
    queue.record([Outcomes(batch, [Result(one, NEVER, host="mx.example.net") for one in batch.recipients])])


def inbox(account) -> list[bytes]:
    rows = Message.objects.filter(account_id=account.pk).order_by("id")
    return [Raw(bytes(row.prefix), bytes(row.digest), row.size).read() for row in rows]


def test_the_author_finds_one_report_in_the_inbox(queued, alice):
    message = queued("bob@example.net", "carol@example.net")
    fail()
    bounce.pay(alice.pk, [message.id])
    bounce.pay(alice.pk, [message.id])
    relay.relay("example.org")
    (report,) = inbox(alice)
    assert report.startswith(b"Return-Path: <>\r\n")
    assert b"To: <alice@example.org>" in report
    assert len(re.findall(rb"^Final-Recipient:", report, re.M)) == 2
    assert b"Subject: Tea" in report


def test_a_report_for_somebody_elsewhere_is_queued_with_the_null_sender(queued, alice):
    message = queued("bob@example.net", sender="stranger@example.com")
    fail()
    bounce.pay(alice.pk, [message.id])
    row = OutboundRecipient.objects.get(address="stranger@example.com")
    assert (row.account_id, row.outbound.sender, row.notify) == (0, "", "NEVER")
    assert row.outbound.sign_as == "example.org"


def test_a_bounce_never_bounces(queued, alice):
    message = queued("bob@example.net", sender="stranger@example.com")
    fail()
    bounce.pay(alice.pk, [message.id])
    fail("example.com")
    assert not OutboundRecipient.objects.exclude(owed="").exists()
    assert OutboundMessage.objects.count() == 2


def test_a_delay_is_reported_while_it_is_still_tried(queued, alice):
    message = queued("bob@example.net")
    batch = queue.claim("example.net")
    OutboundMessage.objects.update(created=message.created - 5 * 3600)
    batch.messages[message.id].created -= 5 * 3600
    OutboundRecipient.objects.update(attempts=7)
    claimed = replace(batch.recipients[0], attempts=7)
    queue.record([Outcomes(batch, [Result(claimed, Reply(421, "4.4.1", "no answer", is_ours=True))])])
    bounce.pay_all()
    relay.relay("example.org")
    (report,) = inbox(alice)
    assert b"Subject: Not delivered yet: bob@example.net" in report
    assert b"Action: delayed" in report
    assert b"Will-Retry-Until:" in report
    assert OutboundRecipient.objects.get(address="bob@example.net").state == "queued"


def test_unpaid_reports_are_found_by_the_sweep(queued, alice):
    queued("bob@example.net")
    fail()
    bounce.pay_all()
    bounce.pay_all()
    assert OutboundRecipient.objects.filter(address="alice@example.org").count() == 1


@pytest.mark.parametrize(
    ("ret", "size", "is_whole"),
    [("", 10, True), ("HDRS", 10, False), ("", 100_000, False), ("FULL", 100_000, True)],
)
def test_how_much_of_the_message_comes_back(queued, alice, ret, size, is_whole):
    """RFC 3461 §4.3."""
    raw = b"From: alice@example.org\r\nSubject: Tea\r\n\r\n" + b"x" * 70 + b"\r\n" * (size // 2)
    message = queued(raw=raw, ret=ret)
    fail()
    bounce.pay(alice.pk, [message.id])
    relay.relay("example.org")
    (report,) = inbox(alice)
    assert (b"x" * 70 in report) is is_whole
    assert b"Subject: Tea" in report


def test_a_message_that_cannot_be_read_is_reported_all_the_same(queued, alice):
    message = queued()
    OutboundMessage.objects.filter(id=message.id).update(digest=b"\1" * 32)
    fail()
    bounce.pay(alice.pk, [message.id])
    relay.relay("example.org")
    assert b"bob@example.net" in inbox(alice)[0]


def test_success_is_reported_only_to_who_asked(alice):
    stored = blobs.put(b"Subject: Tea\r\n\r\n")
    asked = Recipient(mailbox("bob@example.org"), "SUCCESS,FAILURE", "rfc822;bob@example.org")
    silent = Recipient(mailbox("carol@example.org"), "FAILURE")
    bounce.delivered("alice@example.org", "ID1", [asked, silent], stored)
    bounce.delivered("alice@example.org", "ID1", [silent], stored)
    bounce.delivered("", "ID1", [asked], stored)
    relay.relay("example.org")
    (report,) = inbox(alice)
    assert b"Action: delivered" in report
    assert b"bob@example.org" in report
    assert b"carol@example.org" not in report


def test_orcpt_is_xtext_on_the_wire_and_plain_in_a_report(queued, alice):
    """RFC 3461 §4.2: a plus-tag must be encoded, or the next hop refuses the command."""
    assert orcpt("bob+tag=x@example.org") == "rfc822;bob+2Btag+3Dx@example.org"
    assert orcpt("bücher@example.org") == ""
    assert from_xtext("rfc822;bob+2Btag+3Dx@example.org") == "rfc822;bob+tag=x@example.org"
    assert from_xtext("+C3+BC +zz") == "ü +zz"
    message = queued(Recipient(mailbox("bob@example.net"), orcpt="rfc822;bob+2Btag@example.org"))
    fail()
    bounce.pay(alice.pk, [message.id])
    relay.relay("example.org")
    assert b"Original-Recipient: rfc822; bob+tag@example.org\r\n" in inbox(alice)[0]


def test_a_sender_that_is_no_address_is_not_written_to(queued, alice):
    message = queued(sender="not an address")
    fail()
    bounce.pay(alice.pk, [message.id])
    assert OutboundMessage.objects.count() == 1

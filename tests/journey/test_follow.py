"""Followed from author to reader: what came in by its trace, what went out by the queue."""

from __future__ import annotations

import time

import pytest

from mailcore.inbound import receive, trace
from mailcore.journey.follow import Role, delivery, journey
from mailcore.message.compose import Letter, compose
from mailcore.models import Message, OutboundAttempt, OutboundMessage, OutboundRecipient
from mailcore.outbound import submit
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs

TRACED = b"""\
Received: from mail.x.test (mail.x.test [8.8.8.8]) by relay.y.test (Postfix) with ESMTPS id B\r
 (version=TLSv1.2); Sat, 21 Nov 2026 09:00:10 +0000\r
Received: from laptop ([192.168.0.7]) by mail.x.test with ESMTPSA id A; Sat, 21 Nov 2026 09:00:00 +0000\r
From: Carol <carol@x.test>\r
To: alice@example.org\r
Subject: Traced\r
\r
Hello\r
"""


def received_row(alice, raw=TRACED):
    hop = trace.Hop("8.8.4.4", "relay.y.test", "mx.example.org", "ESMTPS", "77")
    delivered = receive.deliver(
        "bounce@x.test", [Recipient(mailbox("alice@example.org"))], blobs.put(raw), raw, hop=hop
    )
    return Message.objects.get(account_id=alice.pk, id=delivered.appended[0].message_id)


def test_what_came_in(alice, settings):
    settings.MAIL_HOSTNAME = "mx.example.org"
    found = journey(alice.pk, received_row(alice))
    told = [(step.role, step.name, step.protocol, step.tls, step.is_ours) for step in found.steps]
    assert told == [
        (Role.AUTHOR, "laptop", "", "", False),
        (Role.CLIENT, "mail.x.test", "ESMTPSA", "TLS", False),
        (Role.GATEWAY, "relay.y.test", "ESMTPS", "TLS 1.2", False),
        (Role.SERVER, "mx.example.org", "ESMTPS", "TLS", True),
        (Role.MAILBOX, "INBOX", "", "", True),
        (Role.ACCESS, "", "HTTP", "", True),
    ]
    assert found.steps[2].delay == 10
    assert found.steps[-1].is_pull
    assert (found.mailed_by, found.tls, found.is_sent) == ("x.test", "TLS", False)


def test_only_our_own_verdicts_are_verdicts(alice, settings):
    settings.MAIL_HOSTNAME = "mx.example.org"
    claimed = b"Authentication-Results: other.test; dkim=pass header.d=x.test\r\n" + TRACED
    found = journey(alice.pk, received_row(alice, claimed))
    assert found.verdicts == ()
    assert [one.by for one in found.claims] == ["other.test"]
    assert found.signed_by == ()


def test_a_message_without_a_trace(alice):
    from tests.builders import deliver, message

    appended = deliver(alice, message())[0]
    found = journey(alice.pk, Message.objects.get(account_id=alice.pk, id=appended.message_id))
    assert [step.role for step in found.steps] == [Role.MAILBOX, Role.ACCESS]


@pytest.fixture
def sent(alice, bob):
    """A letter of alice's to bob, who is here, and to two who are elsewhere."""
    from datetime import UTC, datetime

    letter = Letter(
        sender="Alice <alice@example.org>",
        date=datetime.now(UTC),
        message_id="out@example.org",
        to="bob@example.org, carol@far.test, dan@far.test",
        subject="Out",
        text="Hello",
    )
    stored = blobs.put(b"".join(compose(letter)))
    submitted = submit.submit(
        alice.pk,
        "alice@example.org",
        ["bob@example.org", "carol@far.test", "dan@far.test"],
        stored,
        save_sent=True,
    )
    assert submitted.sent is not None
    return Message.objects.get(account_id=alice.pk, id=submitted.sent.message_id)


def test_what_went_out(alice, sent):
    found = journey(alice.pk, sent)
    assert found.is_sent
    assert [step.role for step in found.steps] == [Role.AUTHOR, Role.CLIENT]
    assert [(one.address, one.state) for one in found.branches] == [
        ("carol@far.test", "queued"),
        ("dan@far.test", "queued"),
        ("bob@example.org", "local"),
    ]


def test_each_recipients_state_with_what_was_said(alice, sent):
    outbound = OutboundMessage.objects.get(account_id=alice.pk)
    carol, dan = OutboundRecipient.objects.filter(account_id=alice.pk).order_by("id")
    now = int(time.time())
    rows = OutboundRecipient.objects.filter(account_id=alice.pk)
    rows.filter(id=carol.id).update(
        state="delivered", finished=now, attempts=1, reply_from="mx.far.test", last_reply="250 2.0.0 Ok"
    )
    rows.filter(id=dan.id).update(
        state="failed", finished=now, attempts=1, last_reply="550 5.1.1 No such user"
    )
    OutboundAttempt.objects.create(
        id=alice.pk << 32 | 9_999,
        account_id=alice.pk,
        outbound=outbound,
        happened=now,
        target="mx.far.test:25",
        tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
        transcript="S: 220 mx.far.test",
    )
    found = journey(alice.pk, sent)
    assert [(one.state, one.host, one.tls, one.reply) for one in found.branches[:2]] == [
        ("delivered", "mx.far.test", "TLSv1.3 TLS_AES_256_GCM_SHA384", "250 2.0.0 Ok"),
        ("failed", "", "", "550 5.1.1 No such user"),
    ]
    assert [one.transcript for one in found.attempts] == ["S: 220 mx.far.test"]
    assert [one.state for one in delivery(alice.pk, [sent])[sent.id]] == ["delivered", "failed"]


def test_one_account_never_sees_the_queue_of_another(bob, sent):
    """The octets are the same: bob has them too, and they say nothing to him of whom alice wrote to in secret."""
    row = Message.objects.filter(account_id=bob.pk).latest("id")
    assert bytes(row.digest) == bytes(sent.digest)
    assert not journey(bob.pk, row).is_sent
    assert delivery(bob.pk, [row]) == {}


def test_a_server_next_door_is_no_author(alice):
    """One hop from a private address: a server that pushed, whoever wrote it."""
    raw = b"From: carol@x.test\r\nTo: alice@example.org\r\nSubject: Near\r\n\r\nHello\r\n"
    hop = trace.Hop("10.0.0.7", "mail.x.test", "mx.example.org", "ESMTP", "1")
    delivered = receive.deliver(
        "carol@x.test", [Recipient(mailbox("alice@example.org"))], blobs.put(raw), raw, hop=hop
    )
    row = Message.objects.get(account_id=alice.pk, id=delivered.appended[0].message_id)
    assert journey(alice.pk, row).steps[0].role is Role.CLIENT

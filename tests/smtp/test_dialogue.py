"""Whole conversations with the MX, line by line: RFC 5321."""

from __future__ import annotations

import pytest

from mailcore.identity import accounts, aliases, domains
from mailcore.store import quota as store_quota
from tests.smtp.conftest import mail_of


def test_the_classic_dialogue_typed_by_hand(mx, bob):
    """RFC 5321 Appendix D.1, with HELO as the textbooks have it."""
    mx.play("""
        S: 220 mx.example.org ESMTP ready
        C: HELO crepes.fr
        S: 250 mx.example.org greets crepes.fr
        C: MAIL FROM: <alice@crepes.fr>
        S: 250 2.1.0 Sender ok
        C: RCPT TO: <bob@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        C: Subject: Lunch
        C:
        C: Do you like ketchup?
        C: How about pickles?
        C: ..
        C: .
        S: 250 2.0.0 Ok: ...
        C: QUIT
        S: 221 2.0.0 mx.example.org closing connection
        S<
    """)
    [raw] = mail_of(bob)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert body == b"Do you like ketchup?\r\nHow about pickles?\r\n.\r\n"
    lines = head.split(b"\r\n")
    assert lines[0] == b"Return-Path: <alice@crepes.fr>"
    assert lines[1] == b"Delivered-To: bob@example.org"
    assert lines[2] == b"Received: from crepes.fr ([192.0.2.7])"
    assert lines[3] == b"\tby mx.example.org with SMTP id s1.1"
    assert lines[4].startswith(b"\tfor <bob@example.org>; ")
    assert lines[5] == b"Subject: Lunch"


def test_several_messages_over_one_connection(mx, alice, bob):
    mx.play("""
        S: 220 ...
        C: EHLO client.example
        S: 250-mx.example.org greets client.example
        S: 250-PIPELINING
        S: 250-SIZE 100000
        S: 250-STARTTLS
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250-DSN
        S: 250 HELP
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 ...
        C: RCPT TO:<bob@example.org>
        S: 250 2.1.5 ...
        C: RCPT TO:<alice@example.org>
        S: 250 2.1.5 ...
        C: DATA
        S: 354 ...
        C: Subject: one
        C:
        C: .
        S: 250 2.0.0 ...
        C: MAIL FROM:<>
        S: 250 2.1.0 ...
        C: RCPT TO:<bob@example.org>
        S: 250 2.1.5 ...
        C: DATA
        S: 354 ...
        C: Subject: two
        C:
        C: .
        S: 250 2.0.0 ...
    """)
    assert [b"one" in raw for raw in mail_of(bob)] == [True, False]
    assert len(mail_of(alice)) == 1
    assert mail_of(bob)[1].startswith(b"Return-Path: <>\r\n")


REPLIES = [
    # after EHLO: what is said, what is answered
    ("HELP", "211-2.0.0 ..."),
    ("HELP MAIL", "214 2.0.0 MAIL FROM..."),
    ("HELP ME", "504 5.5.4 ..."),
    ("NOOP", "250 2.0.0 ..."),
    ("NOOP whatever this is", "250 2.0.0 ..."),
    ("noop", "250 2.0.0 ..."),
    ("RSET", "250 2.0.0 ..."),
    ("RSET now", "501 5.5.4 ..."),
    ("VRFY bob", "252 2.5.2 ..."),
    ("VRFY nobody", "252 2.5.2 ..."),
    ("VRFY", "501 5.5.4 ..."),
    ("EXPN staff", "252 2.5.2 ..."),
    ("EXPN", "501 5.5.4 ..."),
    ("TURN", "502 5.5.1 ..."),
    ("SEND FROM:<a@b.example>", "502 5.5.1 ..."),
    ("SOML FROM:<a@b.example>", "502 5.5.1 ..."),
    ("SAML FROM:<a@b.example>", "502 5.5.1 ..."),
    ("ETRN example.org", "500 5.5.1 ..."),
    ("FNORD", "500 5.5.1 ..."),
    ("", "500 5.5.1 ..."),
    ("AUTH PLAIN", "502 5.5.1 ..."),
    ("DATA", "503 5.5.1 ..."),
    ("RCPT TO:<bob@example.org>", "503 5.5.1 ..."),
    ("QUIT now", "501 5.5.4 ..."),
    ("STARTTLS now", "501 5.5.4 ..."),
    ("EHLO", "501 5.5.4 ..."),
    ("EHLO two words", "501 5.5.4 ..."),
    ("HELO <script>", "501 5.5.4 ..."),
    ("EHLO x\\tReceived: forged", "501 5.5.4 ..."),
    ("NOOP \\x00", "500 5.5.2 ..."),
    ("MAIL", "501 5.5.4 ..."),
    ("MAIL TO:<a@b.example>", "501 5.5.4 ..."),
    ("MAIL FROM:a@b.example", "553 5.1.7 ..."),
    ("MAIL FROM:<a@b.example> SIZE=100001", "552 5.3.4 ..."),
    ("MAIL FROM:<a@b.example> SIZE=99999999999999999999999", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> SIZE=-1", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> SIZE", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> SIZE=1 SIZE=1", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> FNORD=1", "555 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> BODY=8BITMIME", "250 2.1.0 ..."),
    ("MAIL FROM:<a@b.example> RET=HDRS ENVID=QQ+2B1", "250 2.1.0 ..."),
    ("MAIL FROM:<a@b.example> RET=ALL", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> ENVID=+0A", "501 5.5.4 ..."),
    ("MAIL FROM:<a@b.example> AUTH=<>", "250 2.1.0 ..."),
    ("MAIL FROM:<a@b.example> AUTH=a+40b.example", "250 2.1.0 ..."),
    ("MAIL FROM:<jörg@b.example>", "550 5.6.7 ..."),
    ("MAIL FROM:<jörg@b.example> SMTPUTF8", "250 2.1.0 ..."),
    ("MAIL FROM:<a@b.example> SMTPUTF8=1", "501 5.5.4 ..."),
    ("MAIL FROM:<@hop.example:a@b.example>", "250 2.1.0 ..."),
]


@pytest.mark.parametrize("said, answered", REPLIES)
def test_replies(mx, bob, said, answered):
    mx.play("S: 220 ...\nC: EHLO client.example\nS: ...\nS: 250 HELP")
    mx.play(f"C: {said}\nS: {answered}\nS: ...")
    assert not mx.wire().closed


RECIPIENTS = [
    ("<bob@example.org>", "250 2.1.5 ..."),
    ("<BOB@EXAMPLE.ORG>", "250 2.1.5 ..."),
    ('<"bob"@example.org>', "250 2.1.5 ..."),
    ("<@a.example,@b.example:bob@example.org>", "250 2.1.5 ..."),
    ("<bob+lists@example.org>", "250 2.1.5 ..."),
    ("<postmaster>", "250 2.1.5 ..."),
    ("<Postmaster@example.org>", "250 2.1.5 ..."),
    ("<sales@example.org>", "250 2.1.5 ..."),
    ("<away@example.org>", "251 2.1.5 ..."),
    ("<nobody@example.org>", "550 5.1.1 ..."),
    ("<closed@example.org>", "550 5.2.1 ..."),
    ("<full@example.org>", "452 4.2.2 ..."),
    ("<bob@elsewhere.example>", "550 5.7.1 ..."),
    ("<bob@[192.0.2.1]>", "550 5.7.1 ..."),
    ("<>", "553 5.1.3 ..."),
    ("<bob>", "553 5.1.3 ..."),
    ("bob@example.org", "553 5.1.3 ..."),
    ("<bob@example.org", "553 5.1.3 ..."),
    ("<bob@example.org>x", "553 5.1.3 ..."),
    ("<bob@example.org.>", "553 5.1.3 ..."),
    ("<bob@@example.org>", "553 5.1.3 ..."),
    ("<b ob@example.org>", "553 5.1.3 ..."),
    ("<.bob@example.org>", "553 5.1.3 ..."),
    ('<""@example.org>', "553 5.1.3 ..."),
    ("<-bob@example.org>", "553 5.1.3 ..."),
    ("<" + "b" * 65 + "@example.org>", "553 5.1.3 ..."),
    ("<" + "b" * 1000 + "@example.org>", "553 5.1.3 ..."),
    ("<$(reboot)@example.org>", "553 5.1.3 ..."),
    ("<;reboot@example.org>", "553 5.1.3 ..."),
    ("<|/bin/sh@example.org>", "550 5.1.1 ..."),
    ("<../../etc/passwd@example.org>", "553 5.1.3 ..."),
    ("<bob@example.org> NOTIFY=NEVER", "250 2.1.5 ..."),
    ("<bob@example.org> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;bob+2Bx@example.org", "250 2.1.5 ..."),
    ("<bob@example.org> NOTIFY=NEVER,DELAY", "501 5.5.4 ..."),
    ("<bob@example.org> NOTIFY=SOMETIMES", "501 5.5.4 ..."),
    ("<bob@example.org> ORCPT=bob", "501 5.5.4 ..."),
    ("<bob@example.org> FNORD", "555 5.5.4 ..."),
]


@pytest.mark.parametrize("path, answered", RECIPIENTS)
def test_recipients(mx, bob, path, answered):
    accounts.create("root@example.org", "long live the queen", is_superuser=True)
    accounts.close(accounts.create("closed@example.org", "x"))
    store_quota.allow(accounts.create("full@example.org", "x").pk, 1)
    from mailcore.models import AccountState

    AccountState.objects.filter(account_id=accounts.named("full@example.org").pk).update(used_bytes=5)
    aliases.add("sales@example.org", ["bob@example.org"])
    aliases.add("away@example.org", ["bob@elsewhere.example"])
    mx.play("S: 220 ...\nC: EHLO client.example\nS: ...\nS: 250 HELP\nC: MAIL FROM:<a@b.example>\nS: 250 ...")
    mx.play(f"C: RCPT TO:{path}\nS: {answered}")


SPELLINGS = [
    "victim@remote.example",
    "victim%remote.example@example.org",
    "remote.example!victim@example.org",
    '"victim@remote.example"@example.org',
    '"victim%remote.example"@example.org',
    "@example.org:victim@remote.example",
    "@example.org,@mx.example.org:victim@remote.example",
    "victim@remote.example@example.org",
    "victim@[127.0.0.1]",
    "victim@[IPv6:::1]",
    "victim@remote.example.",
    "victim@localhost",
    "victim@mx.example.org",
    "victim%remote.example@mx.example.org",
    "victim@REMOTE.example",
    '"victim"@remote.example',
    "victim%remote.example@[127.0.0.1]",
    "victim%remote.example%example.org@example.org",
    "victim@127.0.0.1",
    "victim@xn--rmote-bsa.example",
]


@pytest.mark.parametrize("sender", ["stranger@remote.example", "bob@example.org", ""])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_nothing_is_relayed_for_strangers(mx, bob, spelling, sender):
    """SECURITY A19: not even where a catch-all takes every local part."""
    domain = domains.named("example.org")
    domains.change(domain, catch_all=bob)
    mx.play("S: 220 ...\nC: EHLO client.example\nS: ...\nS: 250 HELP")
    mx.play(f"C: MAIL FROM:<{sender}>\nS: 250 ...\nC: RCPT TO:<{spelling}>\nS: 55...")


def test_bob_gets_one_copy_however_many_of_his_names_are_used(mx, bob):
    aliases.add("sales@example.org", ["bob@example.org"])
    mx.play("S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP\nC: MAIL FROM:<a@b.example>\nS: 250 ...")
    for name in ("bob", "BOB", "bob+x", "sales"):
        mx.play(f"C: RCPT TO:<{name}@example.org>\nS: 250 ...")
    mx.play("C: DATA\nS: 354 ...\nC: Subject: x\nC:\nC: .\nS: 250 ...")
    assert len(mail_of(bob)) == 1


def test_a_plus_tag_finds_its_mailbox_and_never_makes_one(mx, bob):
    from mailcore.store import mailboxes

    mailboxes.create(bob.pk, "Lists")
    for tag in ("lists", "unheard-of"):
        mx.play("S: 220 ...") if tag == "lists" else None
        mx.play("C: EHLO c.example\nS: ...\nS: 250 HELP\nC: MAIL FROM:<a@b.example>\nS: 250 ...")
        mx.play(f"C: RCPT TO:<bob+{tag}@example.org>\nS: 250 ...")
        mx.play(f"C: DATA\nS: 354 ...\nC: Subject: {tag}\nC:\nC: .\nS: 250 ...")
    assert len(mail_of(bob, "Lists")) == 1
    assert len(mail_of(bob)) == 1
    assert b"for <bob+lists@example.org>" in mail_of(bob, "Lists")[0]


def test_rset_forgets_the_message_begun(mx, bob):
    mx.play("""
        S: 220 ...
        C: EHLO c.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<a@b.example>
        S: 250 ...
        C: MAIL FROM:<a@b.example>
        S: 503 5.5.1 ...
        C: RSET
        S: 250 ...
        C: RCPT TO:<bob@example.org>
        S: 503 5.5.1 ...
        C: MAIL FROM:<a@b.example>
        S: 250 ...
        C: EHLO c.example             ;; as good as RSET
        S: ...
        S: 250 HELP
        C: DATA
        S: 503 5.5.1 ...
    """)


def test_mail_needs_a_greeting_and_its_parameters_an_extended_one(mx, bob):
    mx.play("""
        S: 220 ...
        C: MAIL FROM:<a@b.example>
        S: 503 5.5.1 ...
        C: HELO c.example
        S: 250 ...
        C: MAIL FROM:<a@b.example> SIZE=5
        S: 555 5.5.4 ...
        C: MAIL FROM:<a@b.example>
        S: 250 ...
    """)


def test_no_more_recipients_than_the_limit(mx, bob):
    """RFC 5321 §4.5.3.1.10: 452, and those accepted so far stay."""
    domains.change(domains.named("example.org"), catch_all=bob)
    mx.play("S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP\nC: MAIL FROM:<a@b.example>\nS: 250 ...")
    for number in range(100):
        mx.play(f"C: RCPT TO:<r{number}@example.org>\nS: 250 ...")
    mx.play("C: RCPT TO:<one-more@example.org>\nS: 452 4.5.3 ...\nC: DATA\nS: 354 ...\nC: .\nS: 250 ...")
    assert len(mail_of(bob)) == 1


def test_a_full_mailbox_says_so_at_the_end_too(mx, bob):
    """The check at RCPT may be out of date; the write never is."""
    store_quota.allow(bob.pk, 500)
    mx.play("S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP")
    mx.play("C: MAIL FROM:<a@b.example> SIZE=501\nS: 250 ...\nC: RCPT TO:<bob@example.org>\nS: 552 5.2.2 ...")
    mx.play("C: RSET\nS: 250 ...")
    mx.play(
        "C: MAIL FROM:<a@b.example>\nS: 250 ...\nC: RCPT TO:<bob@example.org>\nS: 250 ...\nC: DATA\nS: 354 ..."
    )
    mx.play(f"C: Subject: {'x' * 400}\nC:\nC: .\nS: 552 5.2.2 ...")
    assert mail_of(bob) == []

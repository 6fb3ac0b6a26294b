"""Message submission: RFC 6409, RFC 4954."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from mailcore.identity import accounts, aliases, routes
from mailcore.models import OutboundMessage, OutboundRecipient, Route
from mailcore.store import quota
from mailcore.store.raw import Raw
from tests.smtp.conftest import SmtpStage, mail_of


def blob(*words: str) -> str:
    return base64.b64encode("\0".join(words).encode()).decode()


ALICE = blob("", "alice@example.org", "wonderland")


@pytest.fixture
def signed_in(submission, alice) -> SmtpStage:
    submission.play(
        f"S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP\nC: AUTH PLAIN {ALICE}\nS: 235 2.7.0 ..."
    )
    return submission


def queued() -> list[tuple[str, list[str], bytes]]:
    """What waits in the queue: sender, recipients, octets."""
    return [
        (
            message.sender,
            sorted(OutboundRecipient.objects.filter(outbound=message).values_list("address", flat=True)),
            Raw(bytes(message.prefix), bytes(message.digest), message.size).read(),
        )
        for message in OutboundMessage.objects.order_by("id")
    ]


def send(stage: SmtpStage, message: str, sender: str = "alice@example.org", *recipients: str) -> bytes:
    heard = stage.says(f"MAIL FROM:<{sender}> SMTPUTF8\r\n".encode())
    for recipient in recipients or ("bob@example.org",):
        heard += stage.says(f"RCPT TO:<{recipient}>\r\n".encode())
    assert b"\r\n5" not in heard and not heard.startswith(b"5"), heard
    assert stage.says(b"DATA\r\n").startswith(b"354")
    return stage.says(message.replace("\n", "\r\n").encode() + b"\r\n.\r\n")


def test_auth_is_offered_after_tls_only(plain_submission, alice):
    """SECURITY A07."""
    plain_submission.play(f"""
        S: 220 ...
        C: EHLO c.example
        S: 250-mx.example.org greets c.example
        S: 250-PIPELINING
        S: 250-SIZE 100000
        S: 250-STARTTLS
        S: 250-8BITMIME
        S: ...
        S: 250 HELP
        C: AUTH PLAIN {ALICE}
        S: 538 5.7.11 ...
        C: MAIL FROM:<alice@example.org>
        S: 530 5.7.0 STARTTLS...
        C: STARTTLS
        S: 220 2.0.0 ...
        C: EHLO c.example
        S: 250-mx.example.org greets c.example
        S: 250-PIPELINING
        S: 250-SIZE 100000
        S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN
        S: 250-8BITMIME
        S: ...
        S: 250 HELP
        C: MAIL FROM:<alice@example.org>
        S: 530 5.7.0 Authentication required
        C: AUTH PLAIN {ALICE}
        S: 235 2.7.0 ...
        C: AUTH PLAIN {ALICE}
        S: 503 5.5.1 ...
    """)


@pytest.mark.parametrize(
    "command", ["MAIL FROM:<a@b.example>", "RCPT TO:<bob@example.org>", "DATA", "VRFY bob", "EXPN bob"]
)
def test_nothing_without_authentication_not_even_to_our_own(submission, bob, command):
    """SECURITY A20."""
    submission.play(f"S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP\nC: {command}\nS: 530 5.7.0 ...")


def test_a_message_to_our_own_and_to_others(signed_in, alice, bob):
    message = (
        "From: alice@example.org\nDate: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <1@c.example>\n\nbody"
    )
    assert send(
        signed_in, message, "alice@example.org", "bob@example.org", "carol@elsewhere.example"
    ).startswith(b"250 2.0.0")
    [raw] = mail_of(bob)
    assert raw.startswith(
        b"Return-Path: <alice@example.org>\r\nDelivered-To: bob@example.org\r\nReceived: from c.example"
    )
    assert b"with UTF8SMTPSA id" in raw and raw.endswith(message.replace("\n", "\r\n").encode() + b"\r\n")
    [(sender, recipients, octets)] = queued()
    assert (sender, recipients) == ("alice@example.org", ["carol@elsewhere.example"])
    assert octets.endswith(message.replace("\n", "\r\n").encode() + b"\r\n")
    assert b"\nReturn-Path" not in octets and b"Received: from c.example ([192.0.2.7])" in octets


@pytest.mark.parametrize(
    "sender, answer",
    [
        ("alice@example.org", b"250"),
        ("ALICE@EXAMPLE.ORG", b"250"),
        ("alice+shop@example.org", b"250"),
        ("sales@example.org", b"250"),
        ("", b"250"),
        ("bob@example.org", b"553 5.7.1"),
        ("team@example.org", b"553 5.7.1"),
        ("nobody@example.org", b"553 5.7.1"),
        ("alice@elsewhere.example", b"553 5.7.1"),
    ],
)
def test_nobody_sends_in_anothers_name(signed_in, bob, sender, answer):
    """SECURITY A21."""
    aliases.add("sales@example.org", ["alice@example.org"])
    aliases.add("team@example.org", ["bob@example.org"])
    assert signed_in.says(f"MAIL FROM:<{sender}>\r\n".encode()).startswith(answer)


def test_bcc_is_stripped_whatever_its_shape(signed_in, bob):
    """SECURITY A23, RFC 5322 §3.6.3."""
    send(
        signed_in,
        "To: bob@example.org\nBcc: secret@example.org,\n folded@example.org\nbcC : more@x.example\n\nBcc: in body",
    )
    [raw] = mail_of(bob)
    assert b"secret" not in raw and b"folded" not in raw and b"more@" not in raw
    assert raw.endswith(b"\r\n\r\nBcc: in body\r\n")


def test_forged_trace_fields_are_taken_out(signed_in, bob):
    """SECURITY A27."""
    send(
        signed_in,
        "Return-Path: <x@y>\nAuthentication-Results: mx.example.org; spf=pass\nX-Spam-Flag: NO\n\nbody",
    )
    raw = mail_of(bob)[0].lower()
    assert raw.count(b"return-path") == 1 and b"spf=pass" not in raw and b"x-spam" not in raw


def test_what_is_missing_is_added(signed_in, bob):
    """RFC 6409 §8: Date, Message-ID; and who really sent it."""
    send(signed_in, "Subject: x\n\nbody")
    head = mail_of(bob)[0].partition(b"\r\n\r\n")[0]
    for name in (b"Date: ", b"Message-ID: <", b"From: alice@example.org", b"Sender: alice@example.org"):
        assert head.count(b"\r\n" + name) == 1, name


def test_a_body_without_a_header_gets_one(signed_in, bob):
    send(signed_in, "just text, no header")
    head, _, body = mail_of(bob)[0].partition(b"\r\n\r\n")
    assert b"\r\nMessage-ID: " in head and body == b"just text, no header\r\n"


def test_an_empty_message_is_a_message(signed_in, bob):
    signed_in.says(b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\n")
    signed_in.says(b"DATA\r\n")
    assert signed_in.says(b".\r\n").startswith(b"250")
    assert b"\r\nFrom: alice@example.org\r\n" in mail_of(bob)[0]


@pytest.mark.parametrize(
    "field, has_sender",
    [
        ("From: alice@example.org", False),
        ("From: Alice <ALICE@example.org>", False),
        ("From: alice+x@example.org", False),
        ("From: sales@example.org", False),
        ("From: Carol <carol@example.org>", True),
        ("From: alice@example.org, bob@example.org", True),
        ("From: <alice@example.org> <bob@example.org>", True),
        ("From: \n alice@example.org", False),
    ],
)
def test_who_writes_in_anothers_name_is_named_as_the_sender(signed_in, bob, field, has_sender):
    """SECURITY A22, RFC 5322 §3.6.2. A Sender that the client wrote itself goes."""
    aliases.add("sales@example.org", ["alice@example.org"])
    send(signed_in, f"{field}\nSender: boss@example.org\nSubject: x\n\nbody")
    head = mail_of(bob)[0].partition(b"\r\n\r\n")[0]
    assert (b"\r\nSender: alice@example.org" in head) == has_sender
    assert b"boss" not in head


@pytest.mark.parametrize("bare", [b"\n.\n", b"\r", b"\n", b"\r\n.\r\r\n"])
def test_no_bare_line_end_is_taken_to_be_sent_on(signed_in, bob, bare):
    """SECURITY A02."""
    signed_in.says(b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<carol@elsewhere.example>\r\n")
    signed_in.says(b"DATA\r\n")
    assert signed_in.says(b"Subject: x\r\n\r\na" + bare + b"b\r\n.\r\n").startswith(b"550 5.6.0")
    assert queued() == []


def test_unknown_local_recipients_are_refused_at_once(signed_in):
    signed_in.says(b"MAIL FROM:<alice@example.org>\r\n")
    assert signed_in.says(b"RCPT TO:<nobody@example.org>\r\n").startswith(b"550 5.1.1")
    assert signed_in.says(b"RCPT TO:<anybody@elsewhere.example>\r\n").startswith(b"250")


def test_delivery_status_requests_reach_the_queue(signed_in):
    """RFC 3461."""
    signed_in.says(b"MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ314159\r\n")
    signed_in.says(
        b"RCPT TO:<carol@elsewhere.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;carol+40here.example\r\n"
    )
    signed_in.says(b"DATA\r\n")
    assert signed_in.says(b"Subject: x\r\n\r\n.\r\n").startswith(b"250")
    message = OutboundMessage.objects.get()
    recipient = OutboundRecipient.objects.get()
    assert (message.ret, message.envid) == ("HDRS", "QQ314159")
    assert (recipient.notify, recipient.orcpt) == ("SUCCESS,FAILURE", "rfc822;carol+40here.example")


def test_an_alias_that_leads_out_of_the_house(mx, bob):
    """One copy stays, one goes on, sender unchanged."""
    aliases.add("team@example.org", ["bob@example.org", "carol@elsewhere.example"])
    mx.says(b"EHLO c.example\r\n")
    mx.says(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<team@example.org>\r\n")
    mx.says(b"DATA\r\n")
    assert mx.says(b"Subject: x\r\n\r\n.\r\n").startswith(b"250")
    assert len(mail_of(bob)) == 1
    [(sender, recipients, octets)] = queued()
    assert (sender, recipients) == ("a@b.example", ["carol@elsewhere.example"])
    assert octets.startswith(
        b"Delivered-To: team@example.org\r\nReceived: from c.example"
    ) and octets.endswith(b"Subject: x\r\n\r\n")


def test_what_cannot_be_delivered_here_is_not_sent_on_either(mx, bob):
    """The sender will try again; nobody may get two copies because of it."""
    quota.allow(bob.pk, 300)
    aliases.add("team@example.org", ["bob@example.org", "carol@elsewhere.example"])
    mx.says(b"EHLO c.example\r\n")
    mx.says(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<team@example.org>\r\n")
    mx.says(b"DATA\r\n")
    assert mx.says(b"Subject: " + b"x" * 280 + b"\r\n\r\n.\r\n").startswith(b"552")
    assert queued() == [] and mail_of(bob) == []


def test_an_alias_that_leads_back_to_itself(mx, bob):
    """SECURITY E20: the second time round it is refused, once."""
    aliases.add("team@example.org", ["carol@elsewhere.example"])
    mx.says(b"EHLO c.example\r\n")
    mx.says(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<Team@example.org>\r\n")
    mx.says(b"DATA\r\n")
    assert mx.says(b"Delivered-To: team@example.org\r\n\r\n.\r\n").startswith(b"554 5.4.6")
    assert queued() == []


def test_a_gateway_passes_mail_on(mx, db):
    """A3: the domain is not ours, but everybody may leave mail for it here."""
    routes.save(Route(domain="branch.example", host="inner.branch.example", is_gateway=True))
    mx.says(b"EHLO c.example\r\n")
    heard = mx.says(
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<x@branch.example>\r\nRCPT TO:<x@other.example>\r\nDATA\r\n"
    )
    assert [line[:3] for line in heard.splitlines()] == [b"250", b"251", b"550", b"354"]
    assert mx.says(b"Subject: x\r\n\r\n.\r\n").startswith(b"250")
    [(sender, recipients, octets)] = queued()
    assert (sender, recipients) == ("a@b.example", ["x@branch.example"])
    assert octets.startswith(b"Received: from c.example")


def test_success_is_reported_to_who_asked(mx, bob):
    """RFC 3461 §4.1."""
    mx.says(b"EHLO c.example\r\n")
    mx.says(b"MAIL FROM:<a@b.example> ENVID=E1\r\nRCPT TO:<bob@example.org> NOTIFY=SUCCESS\r\n")
    mx.says(b"DATA\r\n")
    assert mx.says(b"Subject: x\r\n\r\n.\r\n").startswith(b"250")
    assert len(mail_of(bob)) == 1
    [(sender, recipients, octets)] = queued()
    assert (sender, recipients) == ("", ["a@b.example"])
    assert b"Action: delivered" in octets and b"Original-Envelope-Id: E1" in octets


def test_internationalised_mail(signed_in):
    """RFC 6531."""
    accounts.create("jörg@example.org", "x")
    assert send(
        signed_in,
        "From: alice@example.org\nSubject: Grüße\n\nHallo Jörg",
        "alice@example.org",
        "jörg@example.org",
    ).startswith(b"250")
    raw = mail_of(accounts.named("jörg@example.org"))[0]
    assert "Delivered-To: jörg@example.org\r\n".encode() in raw and "Grüße".encode() in raw


# --- AUTH ---------------------------------------------------------------------------------------------------

AUTHS = [
    (f"AUTH PLAIN {ALICE}", "235 2.7.0 ..."),
    (f"auth plain {ALICE}", "235 2.7.0 ..."),
    (f"AUTH PLAIN {blob('alice@example.org', 'alice@example.org', 'wonderland')}", "235 2.7.0 ..."),
    (f"AUTH PLAIN {blob('bob@example.org', 'alice@example.org', 'wonderland')}", "535 5.7.8 ..."),
    (f"AUTH PLAIN {blob('', 'alice@example.org', 'wrong')}", "535 5.7.8 ..."),
    (f"AUTH PLAIN {blob('', 'nobody@example.org', 'wonderland')}", "535 5.7.8 ..."),
    (f"AUTH PLAIN {blob('', 'alice@example.org')}", "501 5.5.2 ..."),
    (f"AUTH PLAIN {blob('', '', '')}", "501 5.5.2 ..."),
    (f"AUTH PLAIN {blob('', 'a', 'b', 'c')}", "501 5.5.2 ..."),
    ("AUTH PLAIN =", "501 5.5.2 ..."),
    ("AUTH PLAIN ====", "501 5.5.2 ..."),
    ("AUTH PLAIN *", "501 5.5.2 ..."),
    ("AUTH PLAIN /w==", "501 5.5.2 ..."),
    ("AUTH PLAIN //////8A", "501 5.5.2 ..."),
    (f"AUTH PLAIN {'A' * 12_000}", "501 5.5.2 ..."),
    (f"AUTH PLAIN {'A' * 13_000}", "500 5.5.6 ..."),
    ("AUTH", "501 5.5.4 ..."),
    ("AUTH PLAIN a b", "501 5.5.4 ..."),
    ("AUTH CRAM-MD5", "504 5.5.4 ..."),
    ("AUTH SCRAM-SHA-256-PLUS", "504 5.5.4 ..."),
    ("AUTH SCRAM-SHA-256 " + base64.b64encode(b"n,,n=,r=x").decode(), "501 5.5.2 ..."),
    ("AUTH SCRAM-SHA-256 " + base64.b64encode(b"p=tls-unique,,n=alice,r=x").decode(), "501 5.5.2 ..."),
    (f"AUTH SCRAM-SHA-256 {blob('n,a=bob@example.org,n=alice@example.org,r=x')}", "535 5.7.8 ..."),
]  # fmt: skip


@pytest.mark.parametrize("said, answered", AUTHS, ids=[said[:40] for said, _ in AUTHS])
def test_auth_in_one_line(submission, alice, said, answered):
    """SECURITY E04, E05; the session lives on."""
    submission.play(
        f"S: 220 ...\nC: EHLO c.example\nS: ...\nS: 250 HELP\nC: {said}\nS: {answered}\nC: NOOP\nS: 250 ..."
    )


def test_auth_step_by_step(submission, alice):
    submission.play(f"""
        S: 220 ...
        C: EHLO c.example
        S: ...
        S: 250 HELP
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: *
        S: 501 5.7.0 ...
        C: AUTH PLAIN
        S: 334...
        C: not base64!
        S: 501 5.5.2 ...
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: {blob("alice@example.org")}
        S: 334 UGFzc3dvcmQ6
        C: {blob("wrong")}
        S: 535 5.7.8 ...
        C: AUTH LOGIN {blob("alice@example.org")}
        S: 334 UGFzc3dvcmQ6
        C: {blob("wonderland")}
        S: 235 2.7.0 ...
    """)


def scram_final(password: str, first: str, challenge: str) -> tuple[str, str]:
    """What a client answers, and what it expects to hear (RFC 5802 §3)."""
    fields = dict(word.split("=", 1) for word in challenge.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    without_proof = f"c=biws,r={fields['r']}"
    said = f"{first},{challenge},{without_proof}".encode()
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True))).decode()
    verifier = base64.b64encode(
        hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
    ).decode()
    return f"{without_proof},p={proof}", f"v={verifier}"


@pytest.mark.parametrize(
    "username, password, code",
    [
        ("alice@example.org", "wonderland", b"235"),
        ("alice@example.org", "wrong", b"535"),
        ("nobody@example.org", "x", b"535"),
    ],
)
def test_scram(submission, alice, username, password, code):
    """RFC 7677; unknown accounts go through the same motions."""
    submission.says(b"EHLO c.example\r\n")
    first = f"n={username},r=rOprNGfwEbeRWgbNEkqO"
    heard = submission.says(b"AUTH SCRAM-SHA-256 " + base64.b64encode(f"n,,{first}".encode()) + b"\r\n")
    challenge = base64.b64decode(heard.removeprefix(b"334 ")).decode()
    final, expected = scram_final(password, first, challenge)
    heard = submission.says(base64.b64encode(final.encode()) + b"\r\n")
    if code == b"235":
        assert base64.b64decode(heard.removeprefix(b"334 ")).decode() == expected
        heard = submission.says(b"\r\n")
    assert heard.startswith(code)


def test_guesses_beyond_the_throttle_are_not_looked_at(submission, alice):
    submission.says(b"EHLO c.example\r\n")
    answers = []
    for number in range(25):
        if submission.wire().closed:
            submission.wires.clear()
            submission.says(b"EHLO c.example\r\n")
        answers.append(
            submission.says(f"AUTH PLAIN {blob('', 'alice@example.org', str(number))}\r\n".encode())[:3]
        )
    assert answers[0] == b"535" and b"454" in answers

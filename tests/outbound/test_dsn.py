"""Reports: readable for people, parseable for programs, harmless for everybody. RFC 3464, RFC 3461, RFC 3834."""

from __future__ import annotations

import base64
import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.outbound import dsn
from mailcore.outbound.dsn import Fate, Report

ORIGINAL = b"From: alice@example.org\r\nSubject: Tea\r\nMessage-ID: <1@example.org>\r\n\r\nAt four?\r\n"
NOW = 1_795_000_000


def report(*fates: Fate, **more) -> Report:
    fields = {
        "sender": "alice@example.org",
        "hostname": "mx.example.org",
        "from_domain": "example.org",
        "fates": fates or (Fate("bob@example.net", "failed", "550 5.1.1 No such user", "mx.example.net"),),
        "original": ORIGINAL,
        "is_whole": True,
        "subject": "Tea",
        "arrived": NOW - 60,
        "envid": "",
        "now": NOW,
    }
    return Report(**(fields | more))


def parsed(one: Report):
    raw = dsn.compose(one)
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_a_failure_in_words_and_for_programs():
    found = parsed(report())
    assert found.get_content_type() == "multipart/report"
    assert found["Subject"] == "Not delivered: bob@example.net"
    assert found["To"] == "alice@example.org"
    assert found["Auto-Submitted"] == "auto-replied"
    words, status, original = found.iter_parts()
    text = words.get_content()
    assert "There is no such address" in text
    assert "mx.example.net said: 550 5.1.1 No such user" in text
    assert '"Tea"' in text
    message, recipient = status.get_payload()
    assert message["Reporting-MTA"] == "dns; mx.example.org"
    assert recipient["Final-Recipient"] == "rfc822; bob@example.net"
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
    assert recipient["Remote-MTA"] == "dns; mx.example.net"
    assert recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 No such user"
    assert original.get_content_type() == "message/rfc822"
    assert original.get_payload()[0]["Subject"] == "Tea"


def test_only_the_header_when_asked_or_when_it_is_too_much():
    *_, original = parsed(report(is_whole=False)).iter_parts()
    assert original.get_content_type() == "text/rfc822-headers"
    assert "At four" not in original.get_content()


def test_what_was_asked_to_be_told_is_told():
    fate = Fate("bob@x.example", "relayed", "250 ok", orcpt="rfc822;bob@example.net", last_attempt=NOW)
    *_, status, _original = parsed(report(fate, envid="QQ314")).iter_parts()
    message, recipient = status.get_payload()
    assert message["Original-Envelope-Id"] == "QQ314"
    assert recipient["Original-Recipient"] == "rfc822; bob@example.net"
    assert recipient["Action"] == "relayed"
    assert recipient["Status"] == "2.0.0"


def test_a_delay_says_until_when():
    fate = Fate("bob@example.net", "delayed", "421 4.4.1 no answer", retry_until=NOW + 86_400)
    found = parsed(report(fate))
    words, status, _ = found.iter_parts()
    assert "keep trying" in words.get_content()
    assert status.get_payload()[1]["Will-Retry-Until"]
    assert status.get_payload()[1]["Status"] == "4.4.1"


@pytest.mark.parametrize(
    ("action", "reply", "status"),
    [
        ("failed", "550 5.1.1 x", "5.1.1"),
        ("failed", "550 no enhanced code", "5.0.0"),
        ("failed", "421 4.4.1 no answer", "5.4.7"),  # five days later
        ("failed", "452 4.2.2 full", "5.2.2"),
        ("delayed", "451 busy", "4.0.0"),
        ("delivered", "250 2.1.5 ok", "2.1.5"),
        ("failed", "", "5.0.0"),
    ],
)
def test_the_status_fits_the_action(action, reply, status):
    assert Fate("a@b", action, reply).status == status


@pytest.mark.parametrize("status", ["5.1.1", "5.1.10", "5.7.1", "5.7.10", "5.2.2", "5.9.9", "5.0.0", "4.4.1"])
def test_there_is_a_sentence_for_every_status(status):
    assert dsn.reason(status).endswith((".", "?"))


def test_many_recipients_are_one_report():
    fates = tuple(Fate(f"user{n}@example.net", "failed", "550 no") for n in range(50))
    found = parsed(report(*fates))
    assert found["Subject"] == "Not delivered: user0@example.net and 49 more"
    assert len(list(found.iter_parts())[1].get_payload()) == 51


def test_letters_beyond_ascii():
    """RFC 6533."""
    fate = Fate("bücher@example.net", "failed", "550 5.1.1 Unbekannt: bücher", "mx.example.net")
    original = "Subject: Grüße\r\n\r\nÄ\r\n".encode()
    found = parsed(report(fate, subject="Grüße", original=original))
    words, status, kept = found.iter_parts()
    assert "bücher@example.net" in words.get_content()
    assert status.get_content_type() == "message/global-delivery-status"
    assert "utf-8; bücher@example.net" in base64.b64decode(status.get_payload()[0].get_payload()).decode()
    assert kept.get_content_type() == "message/global"
    assert found["Subject"] == "Not delivered"


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.binary(max_size=200))
def test_nothing_a_stranger_wrote_adds_a_field(address, reply, subject, original):
    """SECURITY F22: a reply, an address or a subject with line ends stays within its field."""
    raw = dsn.compose(
        report(
            Fate("x" + address, "failed", reply, "mx\r\nEvil: 1", "rfc822;" + address),
            subject="".join(c for c in subject if c.isprintable()),
            original=original,
            is_whole=False,
            envid=reply,
        )
    )
    header, _, body = raw.partition(b"\r\n\r\n")
    assert len(header.split(b"\r\n")) == 9 + (b"Content-Transfer-Encoding" in header)
    assert b"\r\nEvil:" not in body.split(b"rfc822-headers")[0].split(b"global-headers")[0]

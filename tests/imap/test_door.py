"""IMAP over real sockets: the pump, TLS, IDLE from another thread, a line too long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.listener import imap
from mailcore.store import mailboxes, messages
from tests.builders import deliver, message
from tests.listener.lab import Lab, listening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def lab(tmp_path: Path, alice) -> Iterator[Lab]:
    with listening(imap.serve, tmp_path, per_account=3) as lab:
        yield lab


def signed_in(lab: Lab):
    client = lab.connect(tls=True)
    assert client.line().startswith(b"* OK")
    client.send(b"a LOGIN alice@example.org wonderland\r\n")
    assert client.line().startswith(b"a OK")
    return client


def until(client, tag: bytes) -> list[bytes]:
    lines = []
    while not (lines and lines[-1].startswith(tag + b" ")):
        lines.append(client.line())
        assert lines[-1] or len(lines) < 100
    return lines


def test_a_whole_session(lab, alice):
    client = signed_in(lab)
    body = b"Subject: big\r\n\r\n" + b"0123456789abcdef" * 20_000
    client.send(b"b APPEND INBOX {%d}\r\n" % len(body))
    assert client.line() == b"+ Ready for literal data"
    client.send(body + b"\r\nc SELECT INBOX\r\nd NOOP\r\ne FETCH 1 BODY.PEEK[]<0.20>\r\n")
    assert client.line().startswith(b"b OK [APPENDUID ")
    assert b"* 1 EXISTS" in until(client, b"c")
    assert until(client, b"d") == [b"d OK NOOP completed"]
    assert until(client, b"e")[0] == b"* 1 FETCH (BODY[]<0> {20}"
    client.send(b"f LOGOUT\r\n")
    assert client.line().startswith(b"* BYE") and client.line().startswith(b"f OK") and client.rest() == b""


def test_starttls_in_the_middle(lab):
    client = lab.connect()
    assert b"STARTTLS LOGINDISABLED" in client.line()
    client.send(b"a STARTTLS\r\nb LOGOUT\r\n")
    assert client.line().startswith(b"a OK")
    client.start_tls()
    client.send(b"c LOGIN alice@example.org wonderland\r\n")
    assert client.line().startswith(b"c OK")


def test_new_mail_wakes_a_sleeper(lab, alice):
    client = signed_in(lab)
    client.send(b"b SELECT INBOX\r\nc IDLE\r\n")
    until(client, b"b")
    assert client.line() == b"+ idling"
    deliver(alice, message("ding"))
    assert client.line() == b"* 1 EXISTS"
    assert client.line() == b"* 1 RECENT"
    inbox = mailboxes.named(alice.pk, "INBOX")
    messages.remove(inbox, [1])
    assert client.line() == b"* 1 EXPUNGE"
    client.send(b"DONE\r\n")
    assert client.line().startswith(b"c OK")


def test_a_line_too_long_ends_the_session(lab):
    """What its tail announces could otherwise be run as commands."""
    client = signed_in(lab)
    client.send(b"b SEARCH " + b"x" * 70_000 + b" {12+}\r\nz LOGOUT\r\nb NOOP\r\n")
    assert client.rest() == b"* BYE Line too long\r\n"


def test_an_account_has_only_so_many_connections(lab):
    clients = [signed_in(lab) for _ in range(3)]
    one_more = lab.connect(tls=True)
    one_more.line()
    one_more.send(b"a LOGIN alice@example.org wonderland\r\n")
    assert b"* BYE Too many connections for this account" in one_more.rest()
    clients[0].send(b"b NOOP\r\n")
    assert clients[0].line().startswith(b"b OK")

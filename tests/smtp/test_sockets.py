"""SMTP over real sockets, threads and commits: what a stage cannot show."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from mailcore.identity import accounts, aliases
from mailcore.listener import server, smtp
from mailcore.models import Blob, Message, OutboundRecipient
from tests.listener.lab import Lab, listening
from tests.smtp.conftest import mail_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


def context() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


@pytest.fixture
def mx_port(bob, tmp_path):
    with listening(smtp.serve, tmp_path) as lab:
        yield lab


@pytest.fixture
def submission_port(alice, bob, tmp_path):
    with listening(smtp.serve, tmp_path, role="submission") as lab:
        yield lab


def hello(lab: Lab):
    client = lab.connect()
    assert client.line().startswith(b"220 ")
    client.send(b"EHLO c.example\r\n")
    while client.line()[3:4] == b"-":
        pass
    return client


def test_a_library_delivers_in_the_clear_and_over_starttls(mx_port, bob):
    with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
        client.sendmail("a@b.example", ["bob@example.org"], b"Subject: one\r\n\r\n.dots\r\n..\r\n")
        client.starttls(context=context())
        client.sendmail(
            "a@b.example", ["bob@example.org"], b"Subject: two\r\n\r\n\xff\r\n", ["BODY=8BITMIME"]
        )
    first, second = mail_of(bob)
    assert first.endswith(b"Subject: one\r\n\r\n.dots\r\n..\r\n") and b"with ESMTP id" in first
    assert second.endswith(b"\xff\r\n") and b"with ESMTPS id" in second


def test_a_library_submits(submission_port, alice, bob):
    with smtplib.SMTP_SSL(
        "127.0.0.1", submission_port.tls_port, local_hostname="c.example", context=context()
    ) as client:
        client.login("alice@example.org", "wonderland")
        client.sendmail("alice@example.org", ["bob@example.org"], b"Subject: x\r\n\r\nbody\r\n")
    assert b"with ESMTPSA id" in mail_of(bob)[0]


def test_commands_behind_starttls_never_run(mx_port, bob):
    """SECURITY A04, over the wire."""
    client = hello(mx_port)
    client.send(b"STARTTLS\r\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<bob@example.org>\r\n")
    assert client.line().startswith(b"220")
    client.start_tls()
    client.send(b"EHLO c.example\r\n")
    while client.line()[3:4] == b"-":
        pass
    client.send(b"DATA\r\n")
    assert client.line().startswith(b"503")


def test_everything_at_once(mx_port, bob):
    """RFC 2920: a whole message in one segment, behind a greeting that was answered."""
    client = hello(mx_port)
    client.send(
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n"
        b"Subject: x\r\n\r\n.\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n"
    )
    assert [client.line()[:3] for _ in range(8)] == [
        b"250", b"250", b"550", b"354", b"250", b"250", b"250", b"221",
    ]  # fmt: skip
    assert client.rest() == b""
    assert len(mail_of(bob)) == 1


def test_another_protocol_is_cut_off(mx_port):
    """SECURITY A10."""
    client = mx_port.connect()
    client.line()
    client.send(bytes.fromhex("16030100c8010000c40303") + b"\x01" * 200)
    assert client.rest().startswith(b"500 5.5.2")


def test_a_vanishing_client_leaves_nothing(mx_port, bob):
    """SECURITY A29."""
    for number in range(30):
        client = hello(mx_port)
        client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n")
        for _ in range(3):
            client.line()
        client.send(b"Subject: x\r\n\r\n" + b"x" * (100_000 if number % 2 else 10))
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
        client.sendmail("a@b.example", ["bob@example.org"], b"Subject: last\r\n\r\n")
    assert len(mail_of(bob)) == 1
    assert Blob.objects.count() == 1
    assert not [*Path(django_settings.MAIL_DATA_DIR, "tmp").glob("upload-*")]


def test_many_at_once_are_each_delivered_once(mx_port, bob):
    """SECURITY A32."""
    problems: list[Exception] = []

    def deliver(number: int) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
                for part in range(3):
                    body = f"Message-ID: <{number}.{part}@b.example>\r\n\r\n".encode()
                    client.sendmail("a@b.example", ["bob@example.org"], body)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    ids = [*Message.objects.filter(account_id=bob.pk).values_list("message_id", flat=True)]
    assert len(ids) == len({*ids}) == 120


def test_an_alias_that_stays_and_goes_is_one_transaction(mx_port, bob):
    aliases.add("team@example.org", ["bob@example.org", "carol@elsewhere.example"])
    aliases.add("away@example.org", ["dave@elsewhere.example"])
    with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
        client.sendmail("a@b.example", ["team@example.org"], b"Subject: one\r\n\r\n")
        client.sendmail("a@b.example", ["away@example.org", "bob@example.org"], b"Subject: two\r\n\r\n")
        client.sendmail("a@b.example", ["away@example.org"], b"Subject: three\r\n\r\n")
    assert len(mail_of(bob)) == 2
    sent = OutboundRecipient.objects.order_by("id").values_list("address", flat=True)
    assert [*sent] == ["carol@elsewhere.example", "dave@elsewhere.example", "dave@elsewhere.example"]


def test_a_big_message_streams_through(mx_port, bob):
    body = b"Subject: big\r\n\r\n" + b".starts with a dot\r\n" * 300_000
    with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
        client.sendmail("a@b.example", ["bob@example.org"], body)
    assert mail_of(bob)[0].endswith(body)


def test_too_big_a_message_keeps_the_session_in_step(mx_port, bob, settings):
    settings.MAIL_MAX_MESSAGE_BYTES = 200_000
    with smtplib.SMTP("127.0.0.1", mx_port.port, local_hostname="c.example") as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as early:
            client.sendmail("a@b.example", ["bob@example.org"], b"x" * 200_001)
        client.mail("a@b.example")
        client.rcpt("bob@example.org")
        code, _ = client.data(b"x" * 300_000)
        assert (early.value.smtp_code, code) == (552, 552)
        client.sendmail("a@b.example", ["bob@example.org"], b"Subject: small\r\n\r\n")
    assert len(mail_of(bob)) == 1


def test_too_many_connections_of_one_account(submission_port, alice):
    """The listener's limit is two here."""
    clients = []
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            client = smtplib.SMTP_SSL(
                "127.0.0.1", submission_port.tls_port, local_hostname="c.example", context=context()
            )
            stack.callback(client.close)
            client.login("alice@example.org", "wonderland")
            clients.append(client)
        assert clients[2].getreply()[0] == 421
        assert clients[1].noop()[0] == 250


def test_guesses_on_all_doors_are_counted_together(submission_port, alice, settings, redis_url):
    settings.REDIS_URL = redis_url
    codes = []
    for _ in range(4):
        with (
            contextlib.suppress(smtplib.SMTPServerDisconnected),
            smtplib.SMTP_SSL(
                "127.0.0.1", submission_port.tls_port, local_hostname="c.example", context=context()
            ) as client,
        ):
            client.ehlo()
            for _ in range(5):
                codes.append(client.docmd("AUTH", "PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdyb25n")[0])
    assert codes[0] == 535 and codes[-1] == 454


@pytest.fixture
def looks_often(monkeypatch):
    """Stands before the listener in a test's arguments: it must be so when the listener starts."""
    monkeypatch.setattr(server, "REVOKE_SECONDS", 0.1)


@pytest.mark.parametrize("change", ["close", "set_password", "revoke_app_password"])
def test_sessions_end_with_what_opened_them(looks_often, submission_port, alice, bob, change):
    """SECURITY E09; others go on."""
    secret = (
        accounts.add_app_password(alice, "script", ["smtp"])
        if change == "revoke_app_password"
        else "wonderland"
    )
    with contextlib.ExitStack() as stack:
        sessions = []
        for address, password in (("alice@example.org", secret), ("bob@example.org", "builder's tea")):
            session = smtplib.SMTP_SSL(
                "127.0.0.1",
                submission_port.tls_port,
                local_hostname="c.example",
                context=context(),
                timeout=40,
            )
            stack.callback(session.close)
            session.login(address, password)
            sessions.append(session)
        match change:
            case "close":
                accounts.close(alice)
            case "set_password":
                accounts.set_password(alice, "looking-glass")
            case _:
                accounts.revoke_app_password(alice, alice.app_passwords.get().pk)
        assert sessions[0].getreply()[0] == 421
        assert sessions[1].noop()[0] == 250


def test_closed_accounts_cannot_submit(submission_port, alice):
    accounts.close(alice)
    with (
        smtplib.SMTP_SSL(
            "127.0.0.1", submission_port.tls_port, local_hostname="c.example", context=context()
        ) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login("alice@example.org", "wonderland")

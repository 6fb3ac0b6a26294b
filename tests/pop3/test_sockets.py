"""POP3 over real sockets: libraries, pipelining, lost clients."""

from __future__ import annotations

import poplib
import socket
import ssl
import struct
import time

import pytest

from mailcore.listener import pop3
from mailcore.models import Entry
from tests.builders import deliver
from tests.listener.lab import listening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

MESSAGE = b"Subject: x\r\n\r\n.dots\r\nbody\r\n"


@pytest.fixture
def lab(alice, tmp_path):
    deliver(alice, *[MESSAGE] * 5)
    with listening(pop3.serve, tmp_path) as lab:
        yield lab


def context() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def signed_in(lab) -> poplib.POP3_SSL:
    client = poplib.POP3_SSL("127.0.0.1", lab.tls_port, context=context(), timeout=10)
    try:
        client.user("alice@example.org")
        client.pass_("wonderland")
    except poplib.error_proto:
        client.close()
        raise
    return client


def test_a_library_collects_and_deletes(lab, alice):
    client = signed_in(lab)
    assert client.stat()[0] == 5
    for number in range(1, 6):
        _, lines, _ = client.retr(number)
        assert b"\r\n".join(lines) + b"\r\n" == MESSAGE
        client.dele(number)
    client.quit()
    assert not Entry.objects.filter(account_id=alice.pk, expunged=False).exists()


def test_stls(lab):
    client = poplib.POP3("127.0.0.1", lab.port, timeout=10)
    with pytest.raises(poplib.error_proto, match="Encryption required"):
        client.user("alice@example.org")
    client.stls(context())
    client.user("alice@example.org")
    client.pass_("wonderland")
    client.quit()


def test_pipelined_commands_are_answered_in_order(lab):
    client = lab.connect(tls=True)
    client.line()
    client.send(
        b"USER alice@example.org\r\nPASS wonderland\r\nSTAT\r\nRETR 1\r\nNOOP\r\nFNORD\r\nDELE 1\r\n"
        b"RETR 1\r\nRETR 2\r\nRSET\r\nQUIT\r\n"
    )
    heard = client.rest()
    answers = [line[:4] for line in heard.split(b"\r\n") if line[:1] in b"+-" and line]
    assert answers == [
        b"+OK ",
        b"+OK ",
        b"+OK ",
        b"+OK ",
        b"+OK",
        b"-ERR",
        b"+OK ",
        b"-ERR",
        b"+OK ",
        b"+OK ",
        b"+OK ",
    ]
    assert heard.count(b"..dots") == 2


def test_the_maildrop_is_free_again_when_its_client_is_lost(lab, alice):
    client = signed_in(lab)
    client.dele(1)
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        signed_in(lab)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sock.close()
    client.file.close()
    for _ in range(50):
        try:
            client = signed_in(lab)
            break
        except poplib.error_proto:
            time.sleep(0.05)
    assert client.stat()[0] == 5
    client.quit()


def test_long_lines(lab):
    """SECURITY B22: 512 is read, 513 and 64 KB are not, and the session lives on."""
    client = lab.connect(tls=True)
    client.line()
    for size in (510, 512, 513, 20_000):
        client.send(b"USER " + b"x" * (size - 5) + b"\r\nCAPA\r\n")
        assert client.line().startswith(b"+OK" if size <= 512 else b"-ERR Line too long")
        assert client.line().startswith(b"+OK")
        while client.line() != b".":
            pass


def test_a_line_without_an_end_is_cut_off(lab):
    client = lab.connect(tls=True)
    client.line()
    client.send(b"x" * 200_000)
    client.rest()  # ends: the server has hung up
    assert signed_in(lab).quit()


def test_a_big_message_streams_through(lab, alice):
    big = b"Subject: big\r\n\r\n" + b".line\r\n" * 1_000_000
    deliver(alice, big)
    client = lab.connect(tls=True)
    client.line()
    client.send(b"USER alice@example.org\r\nPASS wonderland\r\nRETR 6\r\n")
    assert client.rest_until(b"\r\n.\r\n") > len(big) + 1_000_000

"""Against a real Postfix, in both directions: what the world's mail servers make of us, and we of them."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator

import pytest

from tests.builders import message
from tests.interop.instance import Instance, Person, eventually
from tests.interop.postfix import Postfix
from tests.interop.test_scenarios import hops, one_port_for
from tests.nameserver import NameServer

pytestmark = pytest.mark.interop

OURS, THEIRS = "127.0.0.6", "127.0.0.7"


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[tuple[Instance, Postfix, Person]]:
    """Our service as a.test, a Postfix as p.test; MX records lead to each."""
    port = one_port_for(OURS, THEIRS)
    zone = {
        "a.test MX": ["10 mx.a.test."],
        "mx.a.test A": [OURS],
        "p.test MX": ["10 mx.p.test."],
        "mx.p.test A": [THEIRS],
    }
    with (
        Postfix(
            "p.test", THEIRS, port, people=["paul", "jürgen"], routes={"a.test": (OURS, port)}
        ) as postfix,
        NameServer(zone) as dns,
    ):
        ours = Instance(
            tmp_path_factory.mktemp("a.test"),
            "a.test",
            MAIL_BIND=OURS,
            MAIL_PORT_SMTP=port,
            MAIL_OUTBOUND_PORT=port,
            MAIL_DNS_SERVERS=dns.address,
            MAIL_LISTENERS=1,
        )
        try:
            ours.start()
            yield ours, postfix, ours.add_account("alice")
            assert ours.stop() == 0
        finally:
            ours.kill()


def submit(ours: Instance, alice: Person, to: str, raw: bytes, options: tuple[str, ...] = ()) -> None:
    with ours.submission(alice) as smtp:
        smtp.sendmail(alice.address, [to], raw, mail_options=options)


def reaches_postfix(postfix: Postfix, name: str, subject: str) -> bytes:
    wanted = f"Subject: {subject}\r\n".encode()
    return eventually(lambda: next((raw for raw in postfix.messages(name) if wanted in raw), b""), 30)


def reaches_us(ours: Instance, person: Person, subject: str) -> bytes:
    wanted = f"Subject: {subject}\r\n".encode()
    return eventually(lambda: next((raw for raw in ours.messages(person) if wanted in raw), b""), 30)


def test_from_us_to_postfix_over_tls_with_every_octet(world):
    ours, postfix, alice = world
    body = ".dot\r\n..dots\r\n\r\n  blanks  \r\n" + "x" * 900 + "\r\nGrüße, 日本\r\n"
    submit(
        ours, alice, "paul@p.test", message("To Postfix", sender=alice.address, to="paul@p.test", body=body)
    )
    raw = reaches_postfix(postfix, "paul", "To Postfix")
    assert raw.endswith(b"\r\n\r\n" + body.encode())
    assert hops(raw) == ["mx.a.test", "mx.p.test"]
    assert b"(using TLSv1.3" in raw
    assert b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.test;" in raw
    assert b"Return-Path: <alice@a.test>" in raw


def test_from_postfix_to_us(world):
    ours, postfix, alice = world
    with smtplib.SMTP(postfix.host, postfix.port, local_hostname="laptop.test") as smtp:
        smtp.sendmail(
            "paul@p.test", [alice.address], message("From Postfix", sender="paul@p.test", to=alice.address)
        )
    raw = reaches_us(ours, alice, "From Postfix")
    assert hops(raw) == ["mx.p.test", "mx.a.test"]
    assert b"with ESMTPS" in raw
    submit(ours, alice, "paul@p.test", message("Re: From Postfix", sender=alice.address, to="paul@p.test"))
    reaches_postfix(postfix, "paul", "Re: From Postfix")


def test_a_hundred_messages_share_few_connections(world):
    ours, postfix, alice = world
    before = len(re.findall(r": connect from ", postfix.log()))
    with ours.submission(alice) as smtp:
        for n in range(100):
            smtp.sendmail(alice.address, ["paul@p.test"], message(f"Burst {n}", to="paul@p.test"))
    eventually(lambda: sum(b"Subject: Burst " in raw for raw in postfix.messages("paul")) == 100, 60)
    assert len(re.findall(r": connect from ", postfix.log())) - before < 20


def test_a_big_message(world):
    ours, postfix, alice = world
    body = "".join(f"{n:070}\r\n" for n in range(60_000))
    submit(ours, alice, "paul@p.test", message("Big", sender=alice.address, to="paul@p.test", body=body))
    assert reaches_postfix(postfix, "paul", "Big").endswith(body.encode())


def test_an_address_beyond_ascii(world):
    """RFC 6531."""
    ours, postfix, alice = world
    raw = message("Grüße", sender=alice.address, to="jürgen@p.test")
    submit(ours, alice, "jürgen@p.test", raw, options=("SMTPUTF8", "BODY=8BITMIME"))
    assert "To: jürgen@p.test".encode() in reaches_postfix(postfix, "jürgen", "Grüße")


def test_what_postfix_refuses_comes_back_with_its_words(world):
    ours, _, alice = world
    submit(ours, alice, "nobody@p.test", message("Hello?", sender=alice.address, to="nobody@p.test"))
    raw = reaches_us(ours, alice, "Not delivered: nobody@p.test")
    assert b"mx.p.test said: 550 5.1.1 " in raw
    assert b"Remote-MTA: dns; mx.p.test" in raw


def test_what_we_refuse_comes_back_from_postfix(world):
    _, postfix, _ = world
    with smtplib.SMTP(postfix.host, postfix.port, local_hostname="laptop.test") as smtp:
        smtp.sendmail("paul@p.test", ["nobody@a.test"], message("Anybody?", sender="paul@p.test"))
    raw = reaches_postfix(postfix, "paul", "Undelivered Mail Returned to Sender")
    assert b"nobody@a.test" in raw
    assert b"Status: 5.1.1" in raw

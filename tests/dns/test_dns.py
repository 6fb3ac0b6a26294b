"""DNS as the mail service sees it: values, no such name, or "not now"."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from mailcore import dns
from mailcore.dns import Exchanger
from mailcore.store.errors import TemporaryFailure
from tests.nameserver import NameServer

LOOP = {f"loop{i}.example CNAME": [f"loop{(i + 1) % 30}.example."] for i in range(30)}

ZONE = {
    "example.net MX": ["20 backup.example.net.", "10 MX.example.net.", "10 alt.example.net."],
    "mx.example.net A": ["192.0.2.1", "192.0.2.2"],
    "mx.example.net AAAA": ["2001:db8::1"],
    "nomail.example MX": ["0 ."],
    "both.example MX": ["0 .", "10 mx.example.net."],
    "plain.example A": ["192.0.2.9"],
    "alias.example CNAME": ["example.net."],
    "broken.example MX": "servfail",
    "broken.example TXT": "servfail",
    "refused.example MX": "refused",
    "garbage.example MX": "garbage",
    "silent.example MX": "silent",
    "many.example MX": [f"{n} mx{n}.example." for n in range(200)],
    "txt.example TXT": ['"v=spf1 " "-all"', '"other"'],
    "long.example TXT": [" ".join(f'"{"x" * 255}"' for _ in range(200))],
    "xn--bcher-kva.example MX": ["10 mx.example.net."],
    "1.2.0.192.in-addr.arpa PTR": ["mx.example.net."],
    "_25._tcp.mx.example.net TLSA": ["3 1 1 " + "ab" * 32],
    "_25._tcp.empty.example TLSA": ["3 1 0 00"],
    **LOOP,
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(ZONE) as running:
        yield running


@pytest.fixture(autouse=True)
def world(server, settings) -> Iterator[None]:
    settings.MAIL_DNS_SERVERS = (server.address,)
    dns.forget()
    yield
    dns.forget()


EXCHANGERS = [
    Exchanger(10, "alt.example.net"),
    Exchanger(10, "mx.example.net"),
    Exchanger(20, "backup.example.net"),
]


@pytest.mark.parametrize(
    ("domain", "answer"),
    [
        (
            "example.net",
            [
                Exchanger(10, "alt.example.net"),
                Exchanger(10, "mx.example.net"),
                Exchanger(20, "backup.example.net"),
            ],
        ),
        (
            "EXAMPLE.net.",
            [
                Exchanger(10, "alt.example.net"),
                Exchanger(10, "mx.example.net"),
                Exchanger(20, "backup.example.net"),
            ],
        ),
        ("nomail.example", [dns.NULL_MX]),  # RFC 7505 §3
        ("both.example", [Exchanger(10, "mx.example.net")]),  # a null MX among others means nothing
        ("plain.example", []),  # the caller tries its address: RFC 5321 §5.1
        (
            "alias.example",
            [
                Exchanger(10, "alt.example.net"),
                Exchanger(10, "mx.example.net"),
                Exchanger(20, "backup.example.net"),
            ],
        ),
        ("bücher.example", [Exchanger(10, "mx.example.net")]),
    ],
)
def test_mx(domain, answer):
    assert dns.mx(domain) == answer


@pytest.mark.parametrize(
    "domain", ["nothing.example", "a..b", "x" * 64 + ".example", "a." * 200 + "example", "\udcff.example"]
)
def test_a_name_that_does_not_exist(domain):
    with pytest.raises(dns.NoSuchName):
        dns.mx(domain)
    assert dns.txt(domain) == []


@pytest.mark.parametrize(
    "domain", ["broken.example", "refused.example", "garbage.example", "silent.example", "loop0.example"]
)
def test_no_answer_that_can_be_believed(domain, monkeypatch):
    """SECURITY A34: at most 20 s; here the clock is turned down."""
    monkeypatch.setattr(dns, "LIFETIME_SECONDS", 1.0)
    dns.forget()
    began = time.monotonic()
    with pytest.raises(TemporaryFailure):
        dns.mx(domain)
    assert time.monotonic() - began < 8


def test_dead_server_is_a_temporary_failure(settings, monkeypatch):
    monkeypatch.setattr(dns, "LIFETIME_SECONDS", 0.5)
    settings.MAIL_DNS_SERVERS = ("127.0.0.1:9",)
    dns.forget()
    with pytest.raises(dns.TemporaryFailure):
        dns.mx("example.net")


def test_a_second_server_answers_when_the_first_is_dead(server, settings, monkeypatch):
    monkeypatch.setattr(dns, "TRY_SECONDS", 0.5)
    settings.MAIL_DNS_SERVERS = ("127.0.0.1:9", server.address)
    dns.forget()
    assert dns.addresses("plain.example") == ["192.0.2.9"]


def test_addresses_of_both_families():
    found = dns.addresses("mx.example.net")
    assert found[0] == "2001:db8::1"
    assert sorted(found[1:]) == ["192.0.2.1", "192.0.2.2"]


def test_an_answer_is_bounded():
    assert len(dns.mx("many.example")) == dns.MOST_RECORDS
    assert len(dns.txt("long.example")[0]) == dns.MOST_TXT_OCTETS


def test_txt_strings_are_joined():
    assert sorted(dns.txt("txt.example")) == [b"other", b"v=spf1 -all"]
    assert dns.txt("plain.example") == []
    with pytest.raises(dns.TemporaryFailure):
        dns.txt("broken.example")


def test_ptr():
    assert dns.ptr("192.0.2.1") == ["mx.example.net"]
    assert dns.ptr("192.0.2.77") == []
    assert dns.ptr("not an address") == []


def test_tlsa():
    (record,) = dns.tlsa("_25._tcp.mx.example.net")
    assert (record.usage, record.selector, record.matching, record.data) == (3, 1, 1, b"\xab" * 32)
    assert dns.tlsa("_25._tcp.plain.example") == []
    assert len(dns.tlsa("_25._tcp.empty.example")) == 1


def test_answers_and_refusals_are_remembered(server):
    for _ in range(3):
        dns.mx("example.net")
        with pytest.raises(dns.NoSuchName):
            dns.mx("never.example")
    assert server.asked["example.net MX"] >= 1
    before = server.asked.copy()
    dns.mx("example.net")
    assert server.asked == before


@pytest.mark.parametrize(
    "text", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353", "[2001:db8::53]"]
)
def test_a_server_is_written_with_or_without_its_port(text):
    server = dns._nameserver(text)
    assert server.address in ("192.0.2.53", "2001:db8::53")
    assert server.port == (5353 if text.endswith("5353") else 53)

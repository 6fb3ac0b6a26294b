"""One refusal reason per file: facts in, verdict out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailcore import dns
from mailcore.identity.addresses import Kind, Target
from mailcore.inbound.checks import quota, sender_domain
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.checks.helo_name import helo_name
from mailcore.inbound.checks.loop import loop
from mailcore.inbound.checks.recipient_domain import recipient_domain
from mailcore.inbound.checks.recipient_exists import recipient_exists
from mailcore.inbound.checks.size import size
from mailcore.inbound.checks.verdict import ACCEPT, Defer, Reject
from mailcore.smtp.wire.path import NULL, Address
from mailcore.store import quota as room
from tests.nameserver import NameServer

ZONE = {
    "nomail.example MX": ["0 ."],
    "mail.example MX": ["10 mx.mail.example."],
    "broken.example MX": "servfail",
}


def facts(sender: Address = NULL, **values: int) -> Facts:
    return Facts(peer="192.0.2.7", helo="c.example", sender=sender, **values)


@pytest.fixture
def nameserver(settings) -> Iterator[NameServer]:
    with NameServer(ZONE) as server:
        settings.MAIL_DNS_SERVERS = [server.address]
        dns.forget()
        sender_domain.forget()
        yield server
        dns.forget()
        sender_domain.forget()


def test_a_sender_whose_domain_takes_no_mail(nameserver):
    """RFC 7505 §4.2: nobody could be told if it went wrong."""
    assert sender_domain.sender_domain(facts(Address("a", "nomail.example"))).code == 550
    assert sender_domain.is_known("nomail.example")
    for domain in ("mail.example", "unheard-of.example", "[192.0.2.1]", ""):
        assert sender_domain.sender_domain(facts(Address("a", domain))) is ACCEPT


def test_a_domain_in_trouble_is_not_asked_again_at_once(nameserver):
    """SECURITY A34."""
    for _ in range(10):
        assert sender_domain.sender_domain(facts(Address("a", "broken.example"))) is ACCEPT
    assert sender_domain.is_known("broken.example") and not sender_domain.is_known("mail.example")


def test_a_resolver_in_trouble_costs_one_wait_and_no_mail(nameserver, monkeypatch):
    """SECURITY A34."""
    monkeypatch.setattr(sender_domain, "SLOW_SECONDS", 0.0)
    assert sender_domain.sender_domain(facts(Address("a", "broken.example"))) is ACCEPT
    asked = sum(nameserver.asked.values())
    for number in range(50):
        assert sender_domain.is_known(f"d{number}.example")
        assert sender_domain.sender_domain(facts(Address("a", f"d{number}.example"))) is ACCEPT
    assert sum(nameserver.asked.values()) == asked


def test_what_was_asked_is_remembered_within_bounds(nameserver, monkeypatch):
    """SECURITY A33."""
    monkeypatch.setattr(sender_domain, "MOST", 3)
    for number in range(10):
        sender_domain.declares_no_mail(f"d{number}.example")
    assert len(sender_domain._known) <= 3


def test_our_users_hear_at_once_that_a_domain_takes_no_mail(nameserver):
    """RFC 7505 §4.1."""
    address = Address("x", "nomail.example")
    targets = [Target(Kind.REMOTE, "x@nomail.example")]
    verdict = recipient_domain(facts(account_id=1), address, targets)
    assert isinstance(verdict, Reject) and (verdict.code, verdict.enhanced) == (556, "5.1.10")
    assert recipient_domain(facts(), address, targets) is ACCEPT  # strangers are refused for another reason


def test_size():
    assert size(facts(declared_bytes=100, max_message_bytes=100)) is ACCEPT
    assert size(facts(declared_bytes=101, max_message_bytes=100)).code == 552


def test_quota(alice):
    targets = [Target(Kind.ACCOUNT, "alice@example.org", alice.pk)]
    assert quota.quota(facts(), targets) is ACCEPT
    assert quota.is_known(facts(), targets)
    quota.forget()
    room.allow(alice.pk, 1000)
    assert quota.quota(facts(declared_bytes=999), targets) is ACCEPT
    assert isinstance(quota.quota(facts(declared_bytes=1000), targets), Defer)
    assert quota.quota(facts(declared_bytes=1001), targets).code == 552
    assert not quota.is_known(facts(), targets)
    room.allow(alice.pk, 0)
    assert quota.quota(facts(declared_bytes=10**12), targets) is ACCEPT


def test_recipient_exists():
    def of(*kinds: Kind):
        return recipient_exists([Target(kind, "x@y") for kind in kinds])

    assert of(Kind.ACCOUNT) is of(Kind.REMOTE) is of(Kind.UNKNOWN, Kind.ACCOUNT) is ACCEPT
    assert (of(Kind.UNKNOWN).enhanced, of(Kind.DISABLED).enhanced) == ("5.1.1", "5.2.1")


@pytest.mark.parametrize("count, is_fine", [(0, True), (99, True), (100, False), (5000, False)])
def test_loop(count, is_fine):
    assert (loop(count) is ACCEPT) == is_fine


@pytest.mark.parametrize(
    "name", ["a", "a.b", "a_b.c", "a.b.", "[1.2.3.4]", "[IPv6:::1]", "xn--a.b", "bücher.example"]
)
def test_names_of_hosts(name):
    assert helo_name(name) is ACCEPT


@pytest.mark.parametrize(
    "name", ["", "-", "a b", "<a>", "a\tb", "a\r\nb", "[", "[]", "[<>]", "a;b", "(a)", "a" * 256, "a\u2028b"]
)
def test_what_is_no_name_of_a_host(name):
    assert helo_name(name).code == 501

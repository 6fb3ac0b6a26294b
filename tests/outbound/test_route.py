"""Which way a destination lies: RFC 5321 §5.1, RFC 7505."""

from __future__ import annotations

import pytest

from mailcore import dns
from mailcore.identity import routes
from mailcore.models import Route
from mailcore.outbound import route, tls_policy
from mailcore.outbound.route import Here, NoWay

pytestmark = pytest.mark.django_db

ZONE = {
    "two.example MX": ["20 b.two.example.", "10 a.two.example."],
    "a.two.example A": ["192.0.2.1"],
    "a.two.example AAAA": ["2001:db8::1"],
    "b.two.example A": ["192.0.2.2"],
    "plain.example A": ["192.0.2.9"],
    "nothing.example TXT": ['"here"'],
    "nomail.example MX": ["0 ."],
    "dangling.example MX": ["10 gone.example."],
    "servfail.example MX": "servfail",
    "halfbroken.example MX": ["10 broken.example.", "20 a.two.example."],
    "broken.example A": "servfail",
    "broken.example AAAA": "servfail",
    "allbroken.example MX": ["10 broken.example."],
    "backup.example MX": ["10 primary.example.", "20 mx.example.org.", "30 third.example."],
    "primary.example A": ["192.0.2.10"],
    "third.example A": ["192.0.2.30"],
    "mx.example.org A": ["192.0.2.20"],
    "ours.example MX": ["10 mx.example.org."],
    "relay.example A": ["192.0.2.40"],
}


@pytest.fixture(autouse=True)
def zone(world):
    world.zone.update(ZONE)


def addresses(domain: str) -> list[str]:
    return [target.address for target in route.of(domain).targets]


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("two.example", ["2001:db8::1", "192.0.2.1", "192.0.2.2"]),
        ("plain.example", ["192.0.2.9"]),  # implicit MX
        ("halfbroken.example", ["2001:db8::1", "192.0.2.1"]),
        ("backup.example", ["192.0.2.10"]),  # we are the second: the third would only send it back
        ("[192.0.2.77]", ["192.0.2.77"]),
        ("[IPv6:2001:db8::77]", ["2001:db8::77"]),
    ],
)
def test_the_hosts_in_order(domain, expected):
    assert addresses(domain) == expected


@pytest.mark.parametrize(
    ("domain", "code", "status"),
    [
        ("missing.example", 550, "5.1.2"),
        ("nothing.example", 550, "5.1.2"),
        ("nomail.example", 556, "5.1.10"),
        ("ours.example", 550, "5.4.6"),
        ("servfail.example", 451, "4.4.3"),
        ("allbroken.example", 451, "4.4.3"),
        ("dangling.example", 451, "4.4.4"),
        ("[not.an.address]", 550, "5.1.2"),
        ("a..b", 550, "5.1.2"),
    ],
)
def test_no_way(domain, code, status):
    with pytest.raises(NoWay) as caught:
        route.of(domain)
    assert (caught.value.reply.code, caught.value.reply.enhanced) == (code, status)


def test_equals_share_the_load(world):
    world.zone["equal.example MX"] = ["10 a.equal.example.", "10 b.equal.example."]
    world.zone |= {"a.equal.example A": ["192.0.2.50"], "b.equal.example A": ["192.0.2.51"]}
    assert {addresses("equal.example")[0] for _ in range(40)} == {"192.0.2.50", "192.0.2.51"}


def test_a_thousand_exchangers_are_not_all_tried(world):
    world.zone["many.example MX"] = [f"{n} mx{n}.many.example." for n in range(60)]
    world.zone |= {f"mx{n}.many.example A": [f"192.0.2.{n + 1}", f"198.51.100.{n + 1}"] for n in range(60)}
    assert len(addresses("many.example")) == route.MOST_TARGETS


def test_our_own_domain_is_here(example_org):
    assert route.of("example.org") == Here()


def test_we_are_found_by_our_address_too(world, settings):
    """Three instances on one machine: the same port, each its own address."""
    settings.MAIL_OUTBOUND_PORT = settings.MAIL_PORT_SMTP = 2525
    settings.MAIL_BIND = "127.0.0.2"
    world.zone |= {"loop.example MX": ["10 x.loop.example."], "x.loop.example A": ["127.0.0.2"]}
    with pytest.raises(NoWay, match="come back to us"):
        route.of("loop.example")
    settings.MAIL_BIND = "127.0.0.3"
    assert addresses("loop.example") == ["127.0.0.2"]
    settings.MAIL_BIND = "0.0.0.0"
    with pytest.raises(NoWay, match="come back to us"):
        route.of("loop.example")


def test_a_smart_host_takes_everything_but_our_own(settings, example_org):
    settings.MAIL_SMART_HOST = "relay.example:587"
    (target,) = route.of("two.example").targets
    assert (target.host, target.address, target.port) == ("relay.example", "192.0.2.40", 587)
    assert route.of("example.org") == Here()


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("relay.example", "relay.example", 25),
        ("relay.example:26", "relay.example", 26),
        ("192.0.2.1:26", "192.0.2.1", 26),
        ("[2001:db8::1]:26", "2001:db8::1", 26),
        ("[2001:db8::1]", "2001:db8::1", 25),
    ],
)
def test_how_a_smart_host_is_written(text, host, port):
    assert route._host_and_port(text) == (host, port)


def test_a_smart_host_that_is_not_found_is_ours_to_mend(settings):
    settings.MAIL_SMART_HOST = "missing.example"
    with pytest.raises(NoWay) as caught:
        route.of("two.example")
    assert caught.value.reply.is_transient


def test_an_admins_route_goes_before_all(settings):
    settings.MAIL_SMART_HOST = "relay.example:587"
    routes.save(Route(domain="Two.example", host="192.0.2.99", port=2525, tls="none"))
    hop = route.of("two.example")
    assert [str(target) for target in hop.targets] == ["192.0.2.99[192.0.2.99]:2525"]
    assert hop.policy == tls_policy.NONE
    assert addresses("plain.example") == ["192.0.2.40"]


def test_a_route_for_everything_with_a_password():
    routes.save(
        Route(domain="*", host="relay.example", port=587, tls="required", username="us"), password="s3cret"
    )
    assert "s3cret" not in Route.objects.get().secret
    hop = route.of("two.example")
    assert (hop.credentials.username, hop.credentials.password) == ("us", "s3cret")
    assert hop.policy == tls_policy.REQUIRED
    assert "s3cret" not in repr(hop)


def test_a_route_that_is_off_is_no_route():
    routes.save(Route(domain="plain.example", host="relay.example", is_active=False))
    assert addresses("plain.example") == ["192.0.2.9"]


def test_dns_that_is_silent_is_a_reason_to_wait(world, monkeypatch):
    monkeypatch.setattr(dns, "LIFETIME_SECONDS", 0.5)
    dns.forget()
    world.zone["silent.example MX"] = "silent"
    with pytest.raises(NoWay) as caught:
        route.of("silent.example")
    assert caught.value.reply.is_transient

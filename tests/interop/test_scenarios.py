"""The four scenarios of electronic mail and the two cases of web mail, played by real processes (FEATURES A1-A5, A15).

Three services and their name server, each on an address of its own, all on the same port, as hosts on the internet are:

    a.test 127.0.0.2    b.test 127.0.0.3    g.test 127.0.0.4, the gateway of inside.test (which is b's second domain)
"""

from __future__ import annotations

import poplib
import re
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.builders import message
from tests.interop.instance import Instance, Person, eventually
from tests.interop.plain_browser import PlainBrowser
from tests.nameserver import NameServer

pytestmark = pytest.mark.interop

A, B, G = "127.0.0.2", "127.0.0.3", "127.0.0.4"


@dataclass
class Internet:
    """What the scenarios are played in."""

    a: Instance
    b: Instance
    g: Instance
    dns: NameServer
    alice: Person
    ann: Person
    bob: Person


def one_port_for(*hosts: str) -> int:
    """A port that is free on each of these addresses."""
    while True:
        with socket.create_server((hosts[0], 0)) as first:
            port = first.getsockname()[1]
            try:
                for host in hosts[1:]:
                    socket.create_server((host, port)).close()
            except OSError:
                continue
        return int(port)


@pytest.fixture(scope="module")
def internet(tmp_path_factory) -> Iterator[Internet]:
    port = one_port_for(A, B, G)
    zone = {
        "a.test MX": ["10 mx.a.test."],
        "mx.a.test A": [A],
        "b.test MX": ["10 mx.b.test."],
        "mx.b.test A": [B],
        "g.test MX": ["10 mx.g.test."],
        "mx.g.test A": [G],
        "inside.test MX": ["10 mx.g.test."],  # the world hands it to the gateway
    }
    with NameServer(zone) as dns:
        made: list[Instance] = []

        def make(domain: str, host: str, **more: str) -> Instance:
            made.append(
                Instance(
                    tmp_path_factory.mktemp(domain),
                    domain,
                    MAIL_BIND=host,
                    MAIL_PORT_SMTP=port,
                    MAIL_OUTBOUND_PORT=port,
                    MAIL_DNS_SERVERS=dns.address,
                    MAIL_LISTENERS=1,
                    MAIL_UNDO_SECONDS=0,
                    **more,
                )
            )
            return made[-1].start()

        try:
            a, b, g = make("a.test", A), make("b.test", B), make("g.test", G)
            b.manage("add_domain", "inside.test")
            set_route(g, "inside.test", B, port, is_gateway=True)
            yield Internet(
                a,
                b,
                g,
                dns,
                alice=a.add_account("alice"),
                ann=a.add_account("ann"),
                bob=b.add_account("bob@inside.test"),
            )
            for one in made:
                assert one.stop() == 0
        finally:
            for one in made:
                one.kill()


def set_route(instance: Instance, domain: str, host: str, port: int, *, is_gateway: bool = False) -> None:
    """What an admin does in the admin pages."""
    instance.manage(
        "shell",
        "-c",
        "from mailcore.identity import routes; from mailcore.models import Route;"
        f"routes.save(Route(domain={domain!r}, host={host!r}, port={port}, is_gateway={is_gateway}))",
    )


def remove_routes(instance: Instance) -> None:
    instance.manage(
        "shell",
        "-c",
        "from mailcore.identity import routes; from mailcore.models import Route;"
        "[routes.remove(route) for route in Route.objects.all()]",
    )


def queue_of(instance: Instance) -> list[tuple[str, str]]:
    """(address, state) of everything that was ever queued there."""
    path = instance.folder / "var" / "mail.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as rows:
        return rows.execute("SELECT address, state FROM mailcore_outboundrecipient ORDER BY id").fetchall()


def arrives(instance: Instance, person: Person, subject: str) -> bytes:
    """The message with that subject, once it is in the person's inbox."""

    def find() -> bytes:
        wanted = f"Subject: {subject}\r\n".encode()
        return next((raw for raw in instance.messages(person) if wanted in raw), b"")

    return eventually(find, 30)


def hops(raw: bytes) -> list[str]:
    """Who took it from whom, oldest first: the `by` of each Received field."""
    header = re.sub(rb"\r\n[ \t]+", b" ", raw.partition(b"\r\n\r\n")[0])
    return [by.decode() for by in re.findall(rb"^Received: .*?\bby (\S+)", header, re.M)][::-1]


def submit(instance: Instance, person: Person, to: str, subject: str) -> None:
    with instance.submission(person) as smtp:
        smtp.sendmail(person.address, [to], message(subject, sender=person.address, to=to))


def test_scenario_1_both_on_the_same_server(internet):
    """A1: a user agent pushes, another pulls; no mail transfer agent of anybody else is involved."""
    submit(internet.a, internet.alice, internet.ann.address, "Scenario 1")
    raw = arrives(internet.a, internet.ann, "Scenario 1")
    assert hops(raw) == ["mx.a.test"]
    assert internet.ann.address not in [address for address, _ in queue_of(internet.a)]


def test_scenario_2_two_servers_find_each_other_in_dns(internet):
    """A2: a pair of transfer agents; and the answer comes back the same way."""
    ben = internet.b.add_account("ben")
    submit(internet.a, internet.alice, ben.address, "Scenario 2")
    raw = arrives(internet.b, ben, "Scenario 2")
    assert internet.dns.asked["b.test MX"] >= 1
    assert hops(raw) == ["mx.a.test", "mx.b.test"]
    assert b"DKIM-Signature: v=1; a=rsa-sha256" in raw
    assert b"Return-Path: <alice@a.test>" in raw
    eventually(lambda: (ben.address, "delivered") in queue_of(internet.a))

    submit(internet.b, ben, internet.alice.address, "Re: Scenario 2")
    raw = arrives(internet.a, internet.alice, "Re: Scenario 2")
    assert hops(raw) == ["mx.b.test", "mx.a.test"]


def test_scenarios_3_and_4_through_a_smart_host_and_a_gateway(internet):
    """A3, A4: alice's server hands everything to a smart host, which is the gateway of bob's domain; bob pulls.

    Three transfer agents, three Received fields, and the octets below them are the same for POP3 and IMAP.
    """
    set_route(internet.a, "*", G, internet.g.ports["SMTP"])
    try:
        submit(internet.a, internet.alice, internet.bob.address, "Scenarios 3 and 4")
        over_imap = arrives(internet.b, internet.bob, "Scenarios 3 and 4")
    finally:
        remove_routes(internet.a)
    assert hops(over_imap) == ["mx.a.test", "mx.g.test", "mx.b.test"]
    with internet.b.pop3(internet.bob) as pop3:
        assert collected(pop3) == over_imap
    eventually(lambda: ("bob@inside.test", "delivered") in queue_of(internet.g))


def collected(pop3: poplib.POP3) -> bytes:
    count, _ = pop3.stat()
    _, lines, _ = pop3.retr(count)
    return b"\r\n".join(lines) + b"\r\n"


def test_the_gateway_of_a_domain_takes_mail_for_it_from_anyone_and_for_nobody_else(internet):
    with internet.g.smtp() as smtp:
        refused = smtp.sendmail(
            "stranger@remote.test",
            ["bob@inside.test", "bob@inside.test"],
            message("Through the gateway", to="bob@inside.test"),
        )
        assert refused == {}
        code, _ = smtp.docmd("MAIL FROM:<stranger@remote.test>")
        assert code == 250
        code, _ = smtp.docmd("RCPT TO:<somebody@elsewhere.test>")
        assert 500 <= code < 600
    raw = arrives(internet.b, internet.bob, "Through the gateway")
    assert hops(raw) == ["mx.g.test", "mx.b.test"]
    assert b"DKIM-Signature" not in raw


def test_web_mail_case_1_the_sender_uses_smtp_the_recipient_http(internet):
    """A15, case I."""
    ben = internet.b.add_account("web1")
    submit(internet.a, internet.alice, ben.address, "Web case I")
    browser = PlainBrowser(internet.b, ben)
    eventually(lambda: "Web case I" in browser.inbox(), 30)


def test_web_mail_case_2_both_use_http_and_smtp_runs_between_the_servers(internet):
    """A15, case II; the answer comes back the same way."""
    carl = internet.b.add_account("web2")
    at_a, at_b = PlainBrowser(internet.a, internet.alice), PlainBrowser(internet.b, carl)
    at_a.send(carl.address, "Web case II", "From page to page.")
    eventually(lambda: "Web case II" in at_b.inbox(), 30)
    raw = arrives(internet.b, carl, "Web case II")
    assert hops(raw) == ["mx.a.test", "mx.b.test"]
    assert b"mx.a.test with HTTP" in raw
    assert "Web case II" in internet.a.subjects(internet.alice, "Sent")
    at_b.send(internet.alice.address, "Re: Web case II", "And back.")
    arrives(internet.a, internet.alice, "Re: Web case II")
    assert "And back." in at_a.inbox()  # the preview of the conversation


@pytest.mark.parametrize(
    ("address", "status"), [("nobody@b.test", "5.1.1"), ("anyone@missing.test", "5.1.2")]
)
def test_what_cannot_be_delivered_comes_back_in_words(internet, address, status):
    submit(internet.a, internet.alice, address, f"To {address}")
    raw = arrives(internet.a, internet.alice, f"Not delivered: {address}")
    assert b"Return-Path: <>" in raw
    assert f"Final-Recipient: rfc822; {address}\r\n".encode() in raw
    assert b"Action: failed\r\n" in raw
    assert f"Status: {status}\r\n".encode() in raw


def test_mail_waits_for_a_server_that_is_down(internet):
    """What was accepted is not lost: it leaves when the other side is back."""
    dora = internet.b.add_account("dora")
    assert internet.b.stop() == 0
    submit(internet.a, internet.alice, dora.address, "Patience")
    eventually(lambda: [one for one in queue_of(internet.a) if one == (dora.address, "queued")])
    internet.b.start()
    internet.a.manage(
        "shell",
        "-c",
        "from mailcore.outbound import queue; from mailcore.models import OutboundRecipient as R;"
        f"queue.retry(R.objects.filter(address={dora.address!r}).values_list('id', flat=True))",
    )
    arrives(internet.b, dora, "Patience")


def test_a_worker_that_is_killed_and_a_redis_that_forgets_lose_nothing(internet):
    """SECURITY F08, F09: kill -9 of the worker and of Redis while mail is leaving.

    Twice may come what the peer had taken when a worker died and no commit had followed yet: that one, and those
    whose commit was running. Never more, and never fewer than once.
    """
    eva = internet.b.add_account("eva")
    with internet.a.submission(internet.alice) as smtp:
        for n in range(30):
            if n in (10, 20):
                for process in [*internet.a.processes("celery"), *internet.a.processes("redis-server")]:
                    process.kill()
            smtp.sendmail(internet.alice.address, [eva.address], message(f"Number {n}", to=eva.address))
    wanted = {f"Number {n}" for n in range(30)}
    eventually(lambda: wanted <= set(internet.b.subjects(eva)), 150)
    twice = Counter(internet.b.subjects(eva)) - Counter(wanted)
    assert twice.total() <= 2 * 3

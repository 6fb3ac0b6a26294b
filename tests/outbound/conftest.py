"""What the tests of the queue share: a domain of ours, messages in the queue, a world with name servers and hosts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mailcore import dns
from mailcore.models import OutboundMessage, OutboundRecipient
from mailcore.outbound import connections, queue, signing
from mailcore.store import blobs
from tests.nameserver import NameServer
from tests.outbound.peers import Mailhost

RAW = (
    b"From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Tea\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nAt four?\r\n"
)


@pytest.fixture
def queued(alice) -> Callable[..., OutboundMessage]:
    """`queued("bob@example.net", …)`: a message of alice's in the queue."""
    numbers = itertools.count()

    def put(*recipients, sender="alice@example.org", raw: bytes | None = None, **more) -> OutboundMessage:
        octets = raw if raw is not None else RAW.replace(b"<1@", b"<%d@" % next(numbers))
        wanted = recipients or ("bob@example.net",)
        number = queue.put(alice.pk, sender, wanted, blobs.put(octets), **more)
        return OutboundMessage.objects.get(id=number)

    return put


@pytest.fixture
def rows() -> Callable[[], dict[str, OutboundRecipient]]:
    """Every recipient in the queue by address."""
    return lambda: {row.address: row for row in OutboundRecipient.objects.all()}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No key, connection or DNS answer of another test."""
    signing.forget()
    yield
    connections.close_old(0)
    signing.forget()


@pytest.fixture
def world(settings) -> Iterator[NameServer]:
    """A name server of our own; change its `zone`. Connect to the hosts in it by `mailhost`."""
    with NameServer({}) as server:
        settings.MAIL_DNS_SERVERS = (server.address,)
        dns.forget()
        yield server
    dns.forget()


@pytest.fixture
def mailhost(world, settings) -> Iterator[Callable[..., Mailhost]]:
    """`mailhost("example.net", host="127.0.0.9", refuse={…})`: a server that takes mail for the domain by MX."""
    with ExitStack() as stack:

        def start(domain: str, *, host: str = "127.0.0.9", preference: int = 10, **more) -> Mailhost:
            port = 0 if settings.MAIL_OUTBOUND_PORT == 25 else settings.MAIL_OUTBOUND_PORT
            peer = stack.enter_context(Mailhost(host=host, port=port, **more))
            settings.MAIL_OUTBOUND_PORT = peer.port
            name = f"mx{host.rpartition('.')[2]}.{domain}"
            world.zone.setdefault(f"{domain} MX", []).append(f"{preference} {name}.")
            world.zone[f"{name} A"] = [host]
            return peer

        yield start

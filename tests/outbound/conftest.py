"""What the tests of the queue share: a domain of ours, messages in the queue, a world with name servers and hosts."""

from __future__ import annotations

import datetime
import itertools
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A self-signed certificate for localhost, key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "peer.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture(scope="session")
def server_tls(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

"""The DKIM keys of our domains, and signing with them: RFC 6376, RFC 8463.

Each domain gets an RSA key, which everybody checks, and an Ed25519 key, which is short enough to be published
anywhere. The private halves are sealed (`identity.vault`): a dump of the database signs nothing.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from functools import partial

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailcore.identity import vault
from mailcore.models import DkimKey, Domain
from mailcore.outbound.content import Sign
from mailcore.sender_auth import dkim
from mailcore.sender_auth.dkim import SigningKey

log = logging.getLogger(__name__)

PURPOSE = "DKIM key"
RSA_BITS = 2048  # RFC 8301 §3.2: and still fits one UDP answer
REMEMBER_SECONDS = 60

_remembered: dict[str, tuple[float, tuple[SigningKey, ...]]] = {}


def make_keys(domain: Domain) -> list[DkimKey]:
    """New keys of both kinds; selectors carry the month, so that the next pair can stand beside them."""
    month = datetime.now(UTC).strftime("%Y%m")
    return [
        _make_key(domain, f"{month}r", DkimKey.Algorithm.RSA),
        _make_key(domain, f"{month}e", DkimKey.Algorithm.ED25519),
    ]


def _make_key(domain: Domain, selector: str, algorithm: str) -> DkimKey:
    private: rsa.RSAPrivateKey | Ed25519PrivateKey
    if algorithm == DkimKey.Algorithm.RSA:
        private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DkimKey.objects.create(
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        secret=vault.seal(pem.decode(), PURPOSE),
        public=dkim.public_record(SigningKey(domain.name, selector, private)),
    )


def records(domain: Domain) -> list[tuple[str, str]]:
    """What to publish: (name, value) of each TXT record."""
    return [
        (f"{key.selector}._domainkey.{domain.name}", key.public)
        for key in DkimKey.objects.filter(domain=domain, is_active=True).order_by("selector")
    ]


def keys_of(domain: str) -> tuple[SigningKey, ...]:
    """The active keys of a domain, remembered for a minute; none if it has none, or they cannot be read."""
    known = _remembered.get(domain)
    if known and known[0] > time.monotonic():
        return known[1]
    keys = tuple(
        key
        for row in DkimKey.objects.filter(
            domain__name=domain, domain__is_active=True, is_active=True
        ).order_by("algorithm", "selector")
        if (key := _open(domain, row)) is not None
    )
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[domain] = (time.monotonic() + REMEMBER_SECONDS, keys)
    return keys


def _open(domain: str, row: DkimKey) -> SigningKey | None:
    try:
        pem = vault.unseal(row.secret, PURPOSE)
    except vault.Unreadable:
        log.error("dkim-key-unreadable domain=%s selector=%s", domain, row.selector)
        return None
    private = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey | Ed25519PrivateKey):
        return None
    return SigningKey(domain, row.selector, private)


def signer(domain: str) -> Sign | None:
    """Signs for a domain of ours: (header, body digest) → fields. None when there is nothing to sign with."""
    keys = keys_of(domain) if domain else ()
    return partial(_sign, keys) if keys else None


def _sign(keys: tuple[SigningKey, ...], header: bytes, body_digest: bytes) -> bytes:
    return dkim.sign(header, body_digest, keys, now=int(time.time()))


def forget() -> None:
    """Keys changed."""
    _remembered.clear()

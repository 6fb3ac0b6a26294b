"""A self-signed certificate, so that TLS works from the first minute.

It encrypts; it proves nothing. `doctor` says so until a real one takes its place (MAIL_TLS_CERT, MAIL_TLS_KEY).
"""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=825)  # what most clients accept at all
RENEW = timedelta(days=30)


def ensure(certificate: Path, key: Path, hostname: str) -> bool:
    """Make a certificate where there is none, or where one of ours is about to expire; True if made."""
    if certificate.exists() and key.exists() and not _is_ours_and_expiring(certificate):
        return False
    make(certificate, key, hostname)
    return True


def make(certificate: Path, key: Path, hostname: str) -> None:
    """Write a key and a certificate for this host, localhost and 127.0.0.1."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(_names(hostname)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _write(
        key,
        secret.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        0o600,
    )
    _write(certificate, signed.public_bytes(pem), 0o644)


def read(certificate: Path) -> x509.Certificate:
    """The first certificate of a PEM file."""
    return x509.load_pem_x509_certificate(certificate.read_bytes())


def is_self_signed(found: x509.Certificate) -> bool:
    """Nobody but itself vouches for it."""
    return found.issuer == found.subject


def names(found: x509.Certificate) -> list[str]:
    """The host names it is for."""
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _is_ours_and_expiring(certificate: Path) -> bool:
    try:
        found = read(certificate)
    except (OSError, ValueError):
        return False  # not ours to replace; the listener will say what is wrong with it
    return is_self_signed(found) and found.not_valid_after_utc - datetime.now(UTC) < RENEW


def _names(hostname: str) -> list[x509.GeneralName]:
    names = dict.fromkeys([hostname, "localhost", "127.0.0.1", "::1"])
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name.encode("idna").decode() if not name.isascii() else name))
    return found


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

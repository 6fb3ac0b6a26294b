"""Seal a message for one browser: RFC 8291, in the encoding of RFC 8188. The push service cannot read it."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_BYTES = 65  # uncompressed: 4, x, y
AUTH_BYTES = 16
SALT_BYTES = 16
RECORD_BYTES = 4096  # what every push service takes, header and tag included (RFC 8030 §7.2)
HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES
MOST_BYTES = RECORD_BYTES - HEADER_BYTES - 16 - 1
PADDED_TO = 512  # so that its length tells the push service little
LAST = b"\x02"  # RFC 8188 §2: the delimiter of the last record


class NotForUs(Exception):
    """Keys that are none, or a message that is not sealed for them."""


def point(octets: bytes) -> ec.EllipticCurvePublicKey:
    """A browser's public key. Raises NotForUs unless it lies on the curve."""
    if len(octets) != POINT_BYTES:
        raise NotForUs("not an uncompressed point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, octets)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise NotForUs("not on the curve") from problem


def octets(key: ec.EllipticCurvePublicKey) -> bytes:
    """An uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal(
    text: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
    padded_to: int = PADDED_TO,
) -> bytes:
    """The body of a push message (Content-Encoding: aes128gcm). Raises NotForUs, ValueError if it is too long.

    `private` and `salt` are new for every message, and given by tests alone.
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"{len(text)} octets do not fit into one push message")
    browser = point(p256dh)
    private = private or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(SALT_BYTES)
    ours = octets(private.public_key())
    shared = private.exchange(ec.ECDH(), browser)
    padding = b"\0" * min(-len(text) % padded_to, MOST_BYTES - len(text)) if padded_to else b""
    key, nonce = _keys(shared, auth, p256dh, ours, salt)
    sealed = AESGCM(key).encrypt(nonce, text + LAST + padding, None)
    return salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def unseal(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser does with it. Raises NotForUs."""
    salt, size = body[:SALT_BYTES], body[SALT_BYTES + 4 : SALT_BYTES + 5]
    if size != bytes([POINT_BYTES]) or len(body) > RECORD_BYTES:
        raise NotForUs("not a push message")
    theirs, sealed = body[HEADER_BYTES - POINT_BYTES : HEADER_BYTES], body[HEADER_BYTES:]
    shared = private.exchange(ec.ECDH(), point(theirs))
    key, nonce = _keys(shared, auth, octets(private.public_key()), theirs, salt)
    try:
        text, delimiter, _ = AESGCM(key).decrypt(nonce, sealed, None).rpartition(LAST)
    except InvalidTag as problem:
        raise NotForUs("sealed for somebody else") from problem
    if not delimiter:
        raise NotForUs("not one whole record")
    return text


def _keys(shared: bytes, auth: bytes, browser: bytes, ours: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """RFC 8291 §3.4: the content encryption key, and the nonce."""
    material = _derive(auth, shared, b"WebPush: info\0" + browser + ours, 32)
    key = _derive(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    return key, _derive(salt, material, b"Content-Encoding: nonce\0", 12)


def _derive(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)

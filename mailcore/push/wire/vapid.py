"""Say who sends a push message: RFC 8292, a JSON Web Token signed with ES256 (RFC 7515)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mailcore.push.wire import sealing

LIFETIME_SECONDS = 12 * 3600  # at most 24 hours (§2)


def authorization(key: ec.EllipticCurvePrivateKey, audience: str, subject: str, now: int) -> str:
    """The field Authorization for a push service; `audience` is its origin, `subject` how to reach us."""
    header: dict[str, str | int] = {"typ": "JWT", "alg": "ES256"}
    claims: dict[str, str | int] = {"aud": audience, "exp": now + LIFETIME_SECONDS, "sub": subject}
    signed = f"{_json(header)}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    token = f"{signed}.{text_of(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={text_of(sealing.octets(key.public_key()))}"


def text_of(octets: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets_of(text: str) -> bytes:
    """The other way, padded or not. ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("not base64url") from problem


def _json(value: Mapping[str, str | int]) -> str:
    return text_of(json.dumps(value, separators=(",", ":")).encode())

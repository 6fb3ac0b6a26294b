"""Our key towards push services (RFC 8292), and the name we give them to reach us by.

It is derived from SECRET_KEY, which lies in the data folder (or wherever MAIL_SECRET_KEY_FILE says) and is the same on
every machine of a service: nothing more to keep, to share or to lose. Browsers that subscribed under another key hear
nothing any more, and subscribe anew when their owner comes by.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from mailcore.identity import addresses
from mailcore.push.wire import sealing, vapid

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def private() -> ec.EllipticCurvePrivateKey:
    """It signs what we send."""
    return _derived(settings.SECRET_KEY)


def public() -> str:
    """What a browser subscribes with (applicationServerKey), base64url."""
    return vapid.text_of(sealing.octets(private().public_key()))


def subject() -> str:
    """Whom a push service may write to (RFC 8292 §2.1)."""
    return f"mailto:{addresses.postmaster() or f'postmaster@{settings.MAIL_HOSTNAME}'}"


@lru_cache(maxsize=4)
def _derived(secret_key: str) -> ec.EllipticCurvePrivateKey:
    # 48 octets for a number of 32: every key is as likely as every other.
    wide = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"web push key v1").derive(secret_key.encode())
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, sealing.CURVE)

"""Secrets at rest: what must be read again (relay passwords, DKIM keys), sealed.

AES-256-GCM under a key derived from `SECRET_KEY` with HKDF (RFC 5869): a dump of the database, or a backup of
it alone, gives nothing away (SECURITY E23). `purpose` is authenticated: a sealed relay password cannot be
passed off as a DKIM key.
"""

from __future__ import annotations

import base64
import binascii
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "v1:"


class Unreadable(Exception):
    """Sealed under another SECRET_KEY, for another purpose, or damaged."""


def seal(text: str, purpose: str) -> str:
    """The text, readable again only by `unseal` with the same purpose and the same SECRET_KEY."""
    nonce = os.urandom(12)
    sealed = _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), purpose.encode())
    return VERSION + base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What was sealed; raises `Unreadable`."""
    try:
        raw = base64.b64decode(sealed.removeprefix(VERSION), validate=True)
        return _cipher(settings.SECRET_KEY).decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise Unreadable(f"a sealed {purpose} cannot be read with this SECRET_KEY") from None


@lru_cache(maxsize=4)
def _cipher(secret_key: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mail vault v1")
    return AESGCM(derive.derive(secret_key.encode()))

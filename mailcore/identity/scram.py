"""SCRAM-SHA-256, the arithmetic and the server's half of the conversation: RFC 5802, RFC 7677.

The server keeps a verifier from which nobody can log in elsewhere (RFC 5802 §9); it is made whenever a
password is set.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata
from dataclasses import dataclass

ITERATIONS = 10_000  # RFC 7677 §4: at least 4096
MAX_MESSAGE = 2_048

_CLIENT_FIRST = re.compile(
    r"(n|y|p=[A-Za-z0-9.-]+),(?:a=([^,\0]+))?,(n=([^,\0]+),r=([!-+\--~]{1,512}))(?:,[a-zA-Z]=[^,\0]*)*"
)
_CLIENT_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([!-+\--~]+)(?:,[a-zA-Z]=[^,\0]*)*),p=([A-Za-z0-9+/=]+)")


class Malformed(ValueError):
    """The client's message is not SCRAM (RFC 5802 §7), or asks for what we do not offer."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """What the server knows instead of a password (RFC 5802 §3); stored in the shape of RFC 5803."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    def __str__(self) -> str:
        words = (self.salt, self.stored_key, self.server_key)
        return "$".join([str(self.iterations), *(base64.b64encode(word).decode() for word in words)])


def derive(password: str, *, iterations: int = ITERATIONS, salt: bytes | None = None) -> Verifier:
    """The verifier of a password (already prepared)."""
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    return Verifier(
        iterations=iterations,
        salt=salt,
        stored_key=hashlib.sha256(_mac(salted, b"Client Key")).digest(),
        server_key=_mac(salted, b"Server Key"),
    )


def load(text: str) -> Verifier | None:
    """A stored verifier, or None."""
    try:
        iterations, *words = text.split("$")
        salt, stored_key, server_key = (base64.b64decode(word, validate=True) for word in words)
        return Verifier(int(iterations), salt, stored_key, server_key)
    except (ValueError, binascii.Error):
        return None


def decoy(name: str, secret: bytes) -> Verifier:
    """A verifier for somebody who does not exist: the same salt every time, a key that nothing fits."""
    return Verifier(
        ITERATIONS, _mac(secret, name.encode())[:16], secrets.token_bytes(32), secrets.token_bytes(32)
    )


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """RFC 5802 §7, client-first-message."""

    gs2_header: str
    authzid: str
    username: str
    bare: str
    nonce: str


def client_first(message: bytes) -> ClientFirst:
    """Read `n,,n=user,r=nonce`; channel binding is not offered, so asking for it is a mistake."""
    text = _text(message)
    match = _CLIENT_FIRST.fullmatch(text)
    if not match or match.group(1).startswith("p="):
        raise Malformed("client-first-message")
    _flag, authzid, bare, username, nonce = match.groups()
    header = text[: text.index(bare)]
    return ClientFirst(header, _saslname(authzid or ""), _saslname(username), text[len(header) :], nonce)


def server_first(first: ClientFirst, verifier: Verifier, nonce: str) -> str:
    """`r=…,s=…,i=…`; the client's nonce comes first in ours."""
    return f"r={first.nonce}{nonce},s={base64.b64encode(verifier.salt).decode()},i={verifier.iterations}"


def server_final(message: bytes, first: ClientFirst, challenge: str, verifier: Verifier) -> str | None:
    """The server's signature `v=…` if the client's proof is right, else None."""
    match = _CLIENT_FINAL.fullmatch(_text(message))
    if not match:
        raise Malformed("client-final-message")
    without_proof, binding, nonce, proof_text = match.groups()
    try:
        proof = base64.b64decode(proof_text, validate=True)
        header = base64.b64decode(binding, validate=True)
    except binascii.Error as problem:
        raise Malformed("base64") from problem
    if header != first.gs2_header.encode() or f"r={nonce}" != challenge.partition(",")[0] or len(proof) != 32:
        raise Malformed("channel binding, nonce or proof")
    said = f"{first.bare},{challenge},{without_proof}".encode()
    signature = _mac(verifier.stored_key, said)
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    if not hmac.compare_digest(hashlib.sha256(client_key).digest(), verifier.stored_key):
        return None
    return f"v={base64.b64encode(_mac(verifier.server_key, said)).decode()}"


def prepared(text: str) -> str:
    """SASLprep (RFC 4013): passwords typed on different keyboards compare equal; what it forbids is left as it is."""
    if text.isascii():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    return text if any(_is_prohibited(character) for character in normal) else normal


def _is_prohibited(character: str) -> bool:
    return any(
        table(character)
        for table in (
            stringprep.in_table_c21_c22,
            stringprep.in_table_c3,
            stringprep.in_table_c4,
            stringprep.in_table_c5,
            stringprep.in_table_c6,
            stringprep.in_table_c7,
            stringprep.in_table_c8,
            stringprep.in_table_c9,
        )
    )


def _saslname(text: str) -> str:
    if re.search(r"=(?!2C|3D)", text):
        raise Malformed("saslname")
    return text.replace("=2C", ",").replace("=3D", "=")


def _text(message: bytes) -> str:
    if len(message) > MAX_MESSAGE:
        raise Malformed("too long")
    try:
        return message.decode()
    except UnicodeDecodeError as problem:
        raise Malformed("UTF-8") from problem


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")

"""SASL mechanisms: challenges in, verdict out. RFC 4422, RFC 4616 (PLAIN), RFC 7677 (SCRAM-SHA-256), and LOGIN.

A mechanism is a generator: it yields challenges, is sent the client's answers, and returns the account or
raises a `LoginRefused`. `converse` wraps one for the wire: base64, `=` for an empty initial response, `*`
to cancel; the prompt in front of a challenge is all that differs between IMAP (RFC 9051 §6.2.2), SMTP (RFC
4954 §4) and POP3 (RFC 5034 §4).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass

from django.conf import settings

from mailcore.dialogue import Ask
from mailcore.identity import addresses, credentials, scram, throttle
from mailcore.identity.errors import (
    AddressInvalid,
    BadCredentials,
    EncryptionRequired,
    MechanismUnknown,
    SaslCancelled,
    SaslMalformed,
)
from mailcore.models import Account

MAX_ANSWER = 12_288  # RFC 4954 §4


@dataclass(frozen=True, slots=True)
class Asker:
    """At which door somebody wants in, and from where."""

    protocol: str
    peer: str


Exchange = Generator[bytes, bytes, Account]


def mechanisms(*, encrypted: bool) -> tuple[str, ...]:
    """What to offer, strongest first; nothing over a line that others can read (RFC 4954 §4)."""
    return tuple(MECHANISMS) if encrypted or settings.MAIL_PLAINTEXT_AUTH else ()


def converse(
    mechanism: str, initial: bytes | None, *, prompt: bytes, protocol: str, peer: str, encrypted: bool
) -> Generator[Ask, bytes, Account]:
    """Play a mechanism over lines of base64: `account = yield from converse(...)`."""
    make = MECHANISMS.get(mechanism.upper())
    if make is None:
        raise MechanismUnknown("Unknown authentication mechanism")
    if not mechanisms(encrypted=encrypted):
        raise EncryptionRequired("Encryption required for authentication")
    exchange = make(Asker(protocol, peer))
    first = None if initial is None else b"" if initial == b"=" else _decode(initial)
    try:
        challenge = next(exchange)
        # Client-first mechanisms begin with an empty challenge, which an initial response answers unasked;
        # LOGIN takes it as the answer to its first question (RFC 4422 §3, draft-murchison-sasl-login).
        if first is not None:
            challenge = exchange.send(first)
        while True:
            line = yield Ask(prompt + base64.b64encode(challenge) + b"\r\n", MAX_ANSWER)
            if line == b"*":
                raise SaslCancelled("Authentication cancelled")
            challenge = exchange.send(_decode(line))
    except StopIteration as end:
        account: Account = end.value
        return account
    finally:
        exchange.close()


def plain(asker: Asker) -> Exchange:
    """`authzid NUL authcid NUL password` (RFC 4616 §2)."""
    message = yield b""
    words = message.split(b"\0")
    if len(words) != 3 or not words[1] or not words[2]:
        raise SaslMalformed("Malformed PLAIN message")
    authzid, authcid, password = (_text(word) for word in words)
    return _check(authcid, password, asker, authzid)


def login(asker: Asker) -> Exchange:
    """Two questions. Never a standard, still the only one that some clients know."""
    username = yield b"Username:"
    password = yield b"Password:"
    if not username or not password or b"\0" in username or b"\0" in password:
        raise SaslMalformed("Malformed LOGIN answer")
    return _check(_text(username), _text(password), asker)


def scram_sha_256(asker: Asker) -> Exchange:
    """RFC 5802 §5: the password never travels, and the server proves that it knows it too."""
    try:
        first = scram.client_first((yield b""))
        name = _canonical(first.username)
        _refuse_impersonation(first.authzid, name)
        look = throttle.attempt(name, asker.peer)
        account = credentials.find(name)
        verifier = scram.load(account.scram) if account is not None else None
        decoy = scram.decoy(name, settings.SECRET_KEY.encode())
        challenge = scram.server_first(
            first, verifier or decoy, base64.b64encode(secrets.token_bytes(18)).decode()
        )
        final = yield challenge.encode()
        signature = scram.server_final(final, first, challenge, verifier or decoy)
    except scram.Malformed as problem:
        raise SaslMalformed(f"Malformed SCRAM message: {problem}") from problem
    if signature is None or account is None or verifier is None or not account.is_active:
        raise BadCredentials
    look.succeeded()
    yield signature.encode()  # the client answers with an empty line (RFC 4954 §4)
    account.login_proof = account.password  # changes with every new password, as the verifier does
    return account


def _check(username: str, password: str, asker: Asker, authzid: str = "") -> Account:
    _refuse_impersonation(authzid, _canonical(username))
    return credentials.check(username, password, protocol=asker.protocol, peer=asker.peer)


def _refuse_impersonation(authzid: str, name: str) -> None:
    """Nobody acts as somebody else (RFC 4422 §3.4.1)."""
    if authzid and not hmac.compare_digest(_canonical(authzid).encode(), name.encode()):
        raise BadCredentials


def _canonical(name: str) -> str:
    try:
        return addresses.canonical(name)
    except AddressInvalid:
        return name[:1_000].lower()


def _decode(line: bytes) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as problem:
        raise SaslMalformed("Malformed base64") from problem


def _text(word: bytes) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as problem:
        raise SaslMalformed("Malformed UTF-8") from problem


MECHANISMS: dict[str, Callable[[Asker], Exchange]] = {
    "SCRAM-SHA-256": scram_sha_256,
    "PLAIN": plain,
    "LOGIN": login,
}

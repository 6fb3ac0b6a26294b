"""DKIM: sign with RSA and Ed25519, verify what others signed. RFC 6376, RFC 8301, RFC 8463.

Signing oversigns: every field that a reader sees is named in `h=` once more than it occurs, so that
a second From or Subject added on the way breaks the signature (RFC 6376 §8.15).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mailcore.sender_auth import lookups
from mailcore.sender_auth.canonical import FIELD_FORMS, BodyHash, field_name, fields, relaxed_field
from mailcore.sender_auth.dkim_signature import (
    KeyRecord,
    Malformed,
    Signature,
    read_key_record,
    read_signature,
)

MOST_SIGNATURES = 10  # RFC 6376 §8.4: somebody may add a thousand
MOST_KEYS = 4  # records looked at under one key name
CLOCK_SKEW_SECONDS = 300

# Named once more than they occur: nobody can add one that a reader would see.
OVERSIGNED = (
    b"from to cc subject date message-id reply-to in-reply-to references mime-version content-type"
    b" content-transfer-encoding"
).split()
# Signed as often as they occur: lists and forwarders add these rightly.
SIGNED_IF_THERE = (
    b"sender content-id content-description content-disposition resent-date resent-from resent-to resent-cc"
    b" resent-message-id list-id list-help list-unsubscribe list-unsubscribe-post list-subscribe list-post"
    b" list-owner list-archive auto-submitted feedback-id"
).split()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half of a key that `selector._domainkey.domain` publishes."""

    domain: str
    selector: str
    private: rsa.RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> bytes:
        return b"rsa-sha256" if isinstance(self.private, rsa.RSAPrivateKey) else b"ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(sha256(data))  # RFC 8463 §3: Ed25519 over the hash


def sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


def public_record(key: SigningKey) -> str:
    """The TXT record to publish: RFC 6376 §3.6.1, RFC 8463 §4."""
    public = key.private.public_key()
    if isinstance(public, Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return "v=DKIM1; k=ed25519; p=" + base64.b64encode(raw).decode()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


# --- signing


def sign(header: bytes, body_digest: bytes, keys: Iterable[SigningKey], *, now: int) -> bytes:
    """DKIM-Signature fields, one per key, each ended by CRLF, to be put in front of `header`.

    `body_digest` is `BodyHash("relaxed").digest()` of the body as it will leave us.
    """
    names, canonical = _what_to_sign(header)
    return b"".join(_one_signature(key, names, canonical, body_digest, now) for key in keys)


def _what_to_sign(header: bytes) -> tuple[list[bytes], bytes]:
    by_name: dict[bytes, list[bytes]] = {}
    for raw in fields(header):
        by_name.setdefault(field_name(raw), []).append(raw)
    names: list[bytes] = []
    chosen: list[bytes] = []
    for name in (*OVERSIGNED, *SIGNED_IF_THERE):
        present = by_name.get(name, ())
        names += [name] * (len(present) + (name in OVERSIGNED))
        chosen += reversed(present)  # RFC 6376 §5.4.2: from the bottom up
    return names, b"".join(relaxed_field(raw) + b"\r\n" for raw in chosen)


def _one_signature(
    key: SigningKey, names: list[bytes], canonical: bytes, body_digest: bytes, now: int
) -> bytes:
    unsigned = (
        b"DKIM-Signature: v=1; a=%b; c=relaxed/relaxed; d=%b; s=%b;\r\n\tt=%d; bh=%b;\r\n\th=%b;\r\n\tb="
        % (
            key.algorithm,
            key.domain.encode(),
            key.selector.encode(),
            now,
            base64.b64encode(body_digest),
            _fold(names, 70),
        )
    )
    value = base64.b64encode(key.sign(canonical + relaxed_field(unsigned)))
    return unsigned + b"\r\n\t ".join(value[i : i + 72] for i in range(0, len(value), 72)) + b"\r\n"


def _fold(names: list[bytes], width: int) -> bytes:
    lines, line = [], b""
    for name in names:
        if line and len(line) + len(name) > width:
            lines.append(line)
            line = b""
        line += name + b":"
    return b"\r\n\t ".join([*lines, line.removesuffix(b":")])


# --- verifying


@dataclass(frozen=True, slots=True)
class Result:
    """What one signature is worth, in the words of RFC 8601 §2.7.1."""

    verdict: str  # pass fail policy neutral temperror permerror none
    reason: str = ""
    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    is_testing: bool = False


def verify(header: bytes, body: Callable[[], Iterable[bytes]], txt: lookups.Txt, *, now: int) -> list[Result]:
    """Check the first ten signatures of a message; `body()` gives its body in chunks, once.

    Each distinct (form, length) of the body is hashed in that single pass.
    """
    raw_fields = fields(header)
    found = [raw for raw in raw_fields if field_name(raw) == b"dkim-signature"][:MOST_SIGNATURES]
    read: list[tuple[bytes, Signature | Result]] = []
    for raw in found:
        try:
            read.append((raw, read_signature(raw.partition(b":")[2])))
        except Malformed as problem:
            read.append((raw, Result("permerror", str(problem))))
    wanted = {(s.body_form, s.body_length) for _, s in read if isinstance(s, Signature)}
    hashed = {key: BodyHash(*key) for key in wanted}
    for chunk in body() if hashed else ():
        for one in hashed.values():
            one.update(chunk)
    bodies = {key: (one.digest(), one.size) for key, one in hashed.items()}
    return [
        s
        if isinstance(s, Result)
        else _judge(raw, s, raw_fields, bodies[s.body_form, s.body_length], txt, now)
        for raw, s in read
    ]


def _judge(
    raw: bytes, s: Signature, raw_fields: Sequence[bytes], body: tuple[bytes, int], txt: lookups.Txt, now: int
) -> Result:
    def result(verdict: str, reason: str = "", is_testing: bool = False) -> Result:
        return Result(verdict, reason, s.domain, s.selector, s.identity, s.algorithm, is_testing)

    if s.algorithm not in ("rsa-sha256", "ed25519-sha256"):
        return result("permerror", f"{s.algorithm[:20]} is not accepted")  # RFC 8301 §3.1
    if s.expires is not None and now > s.expires + CLOCK_SKEW_SECONDS:
        return result("fail", "signature expired")
    if s.made is not None and s.made > now + 86_400:
        return result("fail", "signature is from the future")
    if body[0] != s.body_hash:
        return result("fail", "body has changed")
    try:
        records = list(txt(s.key_name))[:MOST_KEYS]
    except lookups.TemporaryFailure:
        return result("temperror", "key could not be looked up")
    if not records:
        return result("permerror", "no key for signature")
    signed = _signed_data(raw, s, raw_fields)
    answer = result("permerror", "no usable key")
    for record in records:
        try:
            key = read_key_record(record)
            check = _checker(key, s)
        except Malformed as problem:
            answer = result("permerror", str(problem))
            continue
        try:
            check(signed)
        except InvalidSignature:
            answer = result("fail", "header or key does not match", key.is_testing)
            continue
        if s.body_length is not None and s.body_length < body[1]:
            # Whatever was appended behind l= is not signed: nothing to show a person as genuine.
            return result("policy", "only part of the body is signed", key.is_testing)
        return result("pass", "", key.is_testing)
    return answer


def _signed_data(raw: bytes, s: Signature, raw_fields: Sequence[bytes]) -> bytes:
    form = FIELD_FORMS[s.header_form]
    remaining: dict[bytes, list[bytes]] = {}
    for one in raw_fields:
        if one is not raw:
            remaining.setdefault(field_name(one), []).append(one)
    chosen = []
    for name in s.signed:
        at_hand = remaining.get(name.encode())
        if at_hand:
            chosen.append(form(at_hand.pop()) + b"\r\n")
    own_name, _, value = raw.partition(b":")
    return b"".join(chosen) + form(own_name + b":" + _without_b(value))


def _without_b(value: bytes) -> bytes:
    """The field with the value of `b=` taken out: RFC 6376 §3.5."""
    specs = value.split(b";")
    for i, spec in enumerate(specs):
        tag, equals, _ = spec.partition(b"=")
        if equals and tag.strip(b" \t\r\n") == b"b":
            specs[i] = tag + equals
    return b";".join(specs)


def _checker(key: KeyRecord, s: Signature) -> Callable[[bytes], None]:
    kind, _, digest = s.algorithm.partition("-")
    if key.kind != kind:
        raise Malformed(f"key is {key.kind[:20]}, signature is {kind}")
    if key.hashes and digest not in key.hashes:
        raise Malformed(f"key is not for {digest}")
    if key.is_strict and s.identity.rpartition("@")[2].lower() != s.domain:
        raise Malformed("key is not for subdomains")
    if kind == "ed25519":
        return _ed25519_checker(key.key, s.signature)
    return _rsa_checker(key.key, s.signature)


def _ed25519_checker(raw_key: bytes, signature: bytes) -> Callable[[bytes], None]:
    try:
        public = Ed25519PublicKey.from_public_bytes(raw_key)
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("not an Ed25519 key") from None
    return lambda data: public.verify(signature, sha256(data))


def _rsa_checker(der: bytes, signature: bytes) -> Callable[[bytes], None]:
    try:
        public = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("not an RSA key") from None
    if not isinstance(public, rsa.RSAPublicKey):
        raise Malformed("not an RSA key")
    if not 1024 <= public.key_size <= 8192:
        raise Malformed(f"{public.key_size} bit key is not accepted")  # RFC 8301 §3.2
    return lambda data: public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())

"""The DKIM-Signature field and the key record as values: RFC 6376 §3.2, §3.5, §3.6.1; RFC 8463."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
DIGITS = re.compile(r"[0-9]{1,12}\Z")
HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\Z")
WHITE = re.compile(r"[ \t\r\n]+")
LONGEST_FIELD = 16_384


class Malformed(ValueError):
    """The field or record breaks the grammar, or says something we must not accept."""


def tags(text: str) -> dict[str, str]:
    """Read a tag-list: RFC 6376 §3.2. A tag given twice spoils the whole list."""
    found: dict[str, str] = {}
    for spec in text.split(";"):
        if not spec.strip(" \t\r\n"):
            continue
        name, equals, value = spec.partition("=")
        name = name.strip(" \t\r\n")
        if not equals or not TAG_NAME.match(name):
            raise Malformed(f"bad tag {name[:40]!r}")
        if name in found:
            raise Malformed(f"tag {name} given twice")
        found[name] = value.strip(" \t\r\n")
    return found


def from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(WHITE.sub("", text), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("bad base64") from None


def number(text: str) -> int:
    if not DIGITS.match(text):
        raise Malformed("bad number")
    return int(text)


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature as read: RFC 6376 §3.5."""

    algorithm: str  # rsa-sha256, ed25519-sha256 (rsa-sha1 is read, so that it can be refused by name)
    signature: bytes
    body_hash: bytes
    header_form: str
    body_form: str
    domain: str
    selector: str
    signed: tuple[str, ...]
    identity: str
    body_length: int | None
    made: int | None
    expires: int | None

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def read_signature(value: bytes) -> Signature:
    """Read the value of a DKIM-Signature field; raises `Malformed`."""
    if len(value) > LONGEST_FIELD:
        raise Malformed("signature too long")
    try:
        found = tags(value.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("not text") from None
    missing = {"v", "a", "b", "bh", "d", "h", "s"} - found.keys()
    if missing:
        raise Malformed(f"tag {sorted(missing)[0]} is missing")
    if found["v"] != "1":
        raise Malformed("unknown version")
    header_form, _, body_form = WHITE.sub("", found.get("c", "simple/simple")).partition("/")
    body_form = body_form or "simple"
    if header_form not in ("simple", "relaxed") or body_form not in ("simple", "relaxed"):
        raise Malformed("unknown canonicalization")
    domain = ascii_host(found["d"])
    signed = tuple(name.strip(" \t\r\n").lower() for name in found["h"].split(":"))
    if "from" not in signed:
        raise Malformed("From is not signed")  # RFC 6376 §5.4
    made = number(found["t"]) if "t" in found else None
    expires = number(found["x"]) if "x" in found else None
    if made is not None and expires is not None and expires <= made:
        raise Malformed("expires before it was made")
    identity = WHITE.sub("", found.get("i", "@" + domain))
    behind_at = ascii_host(identity.rpartition("@")[2])
    if behind_at != domain and not behind_at.endswith("." + domain):
        raise Malformed("identity is not within the domain")
    return Signature(
        algorithm=WHITE.sub("", found["a"]).lower(),
        signature=from_base64(found["b"]),
        body_hash=from_base64(found["bh"]),
        header_form=header_form,
        body_form=body_form,
        domain=domain,
        selector=ascii_host(found["s"]),
        signed=signed,
        identity=identity,
        body_length=number(found["l"]) if "l" in found else None,
        made=made,
        expires=expires,
    )


def ascii_host(text: str) -> str:
    """A domain in the form DNS wants it; internationalized ones become A-labels (RFC 8616 §5)."""
    text = WHITE.sub("", text).rstrip(".").lower()
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            raise Malformed("bad domain") from None
    if len(text) > 253 or not HOST.match(text):
        raise Malformed("bad domain")
    return text


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A public key as published in DNS: RFC 6376 §3.6.1."""

    kind: str
    key: bytes
    hashes: tuple[str, ...]  # empty: any
    is_testing: bool
    is_strict: bool  # no subdomains in i=


def read_key_record(text: bytes) -> KeyRecord:
    """Read a key record; raises `Malformed`. An empty key means that it was revoked."""
    try:
        found = tags(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("key record is not text") from None
    if found.get("v", "DKIM1") != "DKIM1":
        raise Malformed("not a DKIM1 record")
    if "p" not in found:
        raise Malformed("no key in the record")
    if not WHITE.sub("", found["p"]):
        raise Malformed("key was revoked")
    services = {item.strip() for item in found.get("s", "*").split(":")}
    if not services & {"*", "email"}:
        raise Malformed("key is not for mail")
    flags = {item.strip() for item in found.get("t", "").split(":")}
    return KeyRecord(
        kind=found.get("k", "rsa").lower(),
        key=from_base64(found["p"]),
        hashes=tuple(item.strip().lower() for item in found["h"].split(":")) if "h" in found else (),
        is_testing="y" in flags,
        is_strict="s" in flags,
    )

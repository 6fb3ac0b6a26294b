"""Reverse-paths and forward-paths: RFC 5321 §4.1.2, with internationalised mailboxes (RFC 6531 §3.3).

A source route is read and forgotten (RFC 5321 Appendix C). What is stricter than the grammar: a local part
may not begin with a hyphen, for the sake of every program that may one day see it on a command line.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

MAX_LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
MAX_DOMAIN_OCTETS = 255  # RFC 5321 §4.5.3.1.2
MAX_PATH_OCTETS = 1_024  # §4.5.3.1.3 says 256; a source route in front is forgotten anyway

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_STRING = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED_STRING = re.compile(r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"')
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ROUTE = re.compile(rf"@{_DOMAIN.pattern}(?:,@{_DOMAIN.pattern})*:")
_LITERAL = re.compile(r"\[[!-Z^-~]{1,253}\]")


class PathInvalid(ValueError):
    """The text is no path; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as an envelope carries it: local part without quotes, domain in lower case (A-labels)."""

    local: str
    domain: str

    @property
    def is_null(self) -> bool:
        """The reverse-path `<>`: a report, never to be answered (RFC 5321 §4.5.5)."""
        return not self.local and not self.domain

    @property
    def is_ascii(self) -> bool:
        """Can travel without SMTPUTF8 (RFC 6531 §3.2)."""
        return self.local.isascii()

    def __str__(self) -> str:
        if not self.domain:
            return self.local
        return f"{quoted_if_needed(self.local)}@{self.domain}"


NULL = Address("", "")


def quoted_if_needed(local: str) -> str:
    """The local part as the wire wants it (RFC 5321 §4.1.2: avoid quotes where a dot-string will do)."""
    if _DOT_STRING.fullmatch(local):
        return local
    return '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'


def reverse_path(text: str) -> Address:
    """`<ann@example.org>` or `<>`."""
    return NULL if text == "<>" else _path(text)


def forward_path(text: str) -> Address:
    """`<bob@example.org>`, or `<Postmaster>` without a domain (RFC 5321 §4.5.1)."""
    if text.lower() == "<postmaster>":
        return Address("postmaster", "")
    return _path(text)


def split_path(argument: str) -> tuple[str, str]:
    """`<path> parameters` → (`<path>`, `parameters`); a `>` inside quotes belongs to the path."""
    if not argument.startswith("<"):
        raise PathInvalid("Path must be in angle brackets")
    is_quoted = is_escaped = False
    for position, character in enumerate(argument):
        if is_escaped:
            is_escaped = False
        elif character == "\\" and is_quoted:
            is_escaped = True
        elif character == '"':
            is_quoted = not is_quoted
        elif character == ">" and not is_quoted:
            rest = argument[position + 1 :]
            if rest and not rest.startswith(" "):
                raise PathInvalid("Garbage after path")
            return argument[: position + 1], rest.strip(" ")
    raise PathInvalid("Path is not closed")


def mailbox(text: str) -> Address:
    """`local-part@domain` without brackets."""
    local, rest = _local_part(text)
    if not rest.startswith("@"):
        raise PathInvalid("Address needs a local part and a domain")
    return Address(local, domain(rest[1:]))


@lru_cache(maxsize=1024)  # a command is read twice (does it need a thread?), and senders come back
def _path(text: str) -> Address:
    if not (text.startswith("<") and text.endswith(">")):
        raise PathInvalid("Path must be in angle brackets")
    if len(text.encode()) > MAX_PATH_OCTETS:
        raise PathInvalid("Path too long")
    inner = text[1:-1]
    if inner.startswith("@"):
        route = _ROUTE.match(inner)
        if not route:
            raise PathInvalid("Malformed source route")
        inner = inner[route.end() :]
    return mailbox(inner)


def _local_part(text: str) -> tuple[str, str]:
    if text.startswith('"'):
        match = _QUOTED_STRING.match(text)
        local = re.sub(r"\\(.)", r"\1", match.group()[1:-1]) if match else ""
    else:
        match = _DOT_STRING.match(text)
        local = match.group() if match else ""
    if not match or not local:
        raise PathInvalid("Malformed local part")
    if len(local.encode()) > MAX_LOCAL_OCTETS:
        raise PathInvalid("Local part too long")
    if local.startswith("-"):
        raise PathInvalid("Local part must not begin with a hyphen")
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)  # RFC 6530 §10.1
        if not local.isprintable():
            raise PathInvalid("Malformed local part")
    return local, text[match.end() :]


def domain(text: str) -> str:
    """A domain in lower-case A-labels, or an address literal in its canonical form (RFC 5321 §4.1.3)."""
    if text.startswith("["):
        return literal(text)
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode()
        except idna.IDNAError as problem:
            raise PathInvalid("Malformed domain") from problem
    if not _DOMAIN.fullmatch(text) or len(text) > MAX_DOMAIN_OCTETS:
        raise PathInvalid("Malformed domain")
    return text.lower()


def literal(text: str) -> str:
    """`[192.0.2.1]` or `[IPv6:2001:db8::1]`."""
    if not _LITERAL.fullmatch(text):
        raise PathInvalid("Malformed address literal")
    inner = text[1:-1]
    try:
        if inner[:5].lower() == "ipv6:":
            return f"[IPv6:{ipaddress.IPv6Address(inner[5:])}]"
        return f"[{ipaddress.IPv4Address(inner)}]"
    except ValueError as problem:
        raise PathInvalid("Malformed address literal") from problem

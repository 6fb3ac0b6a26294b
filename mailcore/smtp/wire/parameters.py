"""`KEYWORD=value` behind a path: RFC 5321 §4.1.2; xtext (RFC 3461 §4) and utf-8-addr-xtext (RFC 6533 §3)."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u0080-\U0010ffff]+))?")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_UNITEXT = re.compile(r"(?:[!-*,-<>-\[\]-~\u0080-\U0010ffff]|\+[0-9A-F]{2}|\\x\{[0-9A-F]{2,6}\})*")
MAX_PARAMETERS = 20


class ParameterInvalid(ValueError):
    """The parameters are malformed (501), as against unknown (555)."""


def parameters(text: str) -> dict[str, str | None]:
    """`SIZE=500 SMTPUTF8` → `{"SIZE": "500", "SMTPUTF8": None}`; keywords in upper case, each at most once."""
    found: dict[str, str | None] = {}
    if not text:
        return found
    words = [word for word in text.split(" ") if word]
    if len(words) > MAX_PARAMETERS:
        raise ParameterInvalid("Too many parameters")
    for word in words:
        match = _PARAMETER.fullmatch(word)
        if not match:
            raise ParameterInvalid("Malformed parameter")
        keyword = match.group(1).upper()
        if keyword in found:
            raise ParameterInvalid(f"{keyword} given twice")
        found[keyword] = match.group(2)
    return found


def xtext(text: str) -> str:
    """Decode `+2B` and friends."""
    if not _XTEXT.fullmatch(text):
        raise ParameterInvalid("Malformed xtext")
    return re.sub(r"\+([0-9A-F]{2})", lambda match: chr(int(match.group(1), 16)), text)


def original_recipient(text: str) -> str:
    """ORCPT checked and kept as it came: `rfc822;bob@example.org` (RFC 3461 §4.2), at most 500 octets."""
    kind, semicolon, address = text.partition(";")
    if not semicolon or not re.fullmatch(r"[A-Za-z0-9-]{1,32}", kind) or len(text) > 500:
        raise ParameterInvalid("Malformed ORCPT")
    pattern = _UNITEXT if kind.lower() == "utf-8" else _XTEXT
    if not address or not pattern.fullmatch(address):
        raise ParameterInvalid("Malformed ORCPT")
    return text

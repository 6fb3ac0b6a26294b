"""`value; name=value; name*=charset''value`: RFC 2045 §5.1, RFC 2183, RFC 2231.

Two readings of the same text are needed: what stands there, for IMAP's BODYSTRUCTURE, and what it means, for people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from mailcore.message import charsets, encoded_words
from mailcore.message.headers import visible

MAX_LENGTH = 100_000  # of the whole field
MAX_PARAMETERS = 100
MAX_SEGMENTS = 1000
MAX_VALUE = 4000
MAX_NESTED = 10  # comments within comments

_PARAMETER = re.compile(
    r";\s*+([^\s=;\"]++)\s*+=\s*+(?:\"((?:[^\"\\]++|\\.)*+)(?:\"[^;]*+|\\?\Z)|([^;]*+))", re.DOTALL
)
_COMMENT = re.compile(r"\((?:[^()\\]++|\\.)*+\)", re.DOTALL)
_SEGMENT = re.compile(r"(.+?)\*(\d{1,4})(\*?)\Z")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_QUOTE = re.compile(r"(?<!\\)\"")
_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)
_TOKEN = re.compile(r"[!#$&+\-.^_`{|}~0-9A-Za-z]+\Z")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Parameterized:
    """A value and its parameters. Names and the value are in lower case."""

    value: str
    written: Pairs  # as they stand, continuations joined: name* keeps its charset''%41 form
    meant: dict[str, str]  # decoded, for people


NOTHING = Parameterized("", (), {})


def read(field: bytes) -> Parameterized:
    """Read a Content-Type or Content-Disposition body. Never fails; the value may be nonsense, or empty."""
    return _read_often(field) if len(field) < 250 else _read(field)


def _read(field: bytes) -> Parameterized:
    text = field[:MAX_LENGTH].decode("utf-8", "surrogateescape")
    if "\n" in text:
        text = text.replace("\r\n", "").replace("\n", "")
    if "(" in text:
        text = _without_comments(text)
    semicolon = text.find(";")
    if semicolon < 0:
        return Parameterized(text.strip().lower(), (), {})
    written = _join(_pairs(text, semicolon))
    return Parameterized(text[:semicolon].strip().lower(), written, _meanings(written))


_read_often = lru_cache(4096)(_read)


def _without_comments(text: str) -> str:
    """Comments are white space, but a "(" within quotes is no comment."""
    for _ in range(MAX_NESTED):  # the innermost first
        pieces = _QUOTE.split(text)
        if len(pieces) > 1000:
            return text
        bare = '"'.join(
            piece if index % 2 else _COMMENT.sub(" ", piece) for index, piece in enumerate(pieces)
        )
        if bare == text:
            break
        text = bare
    return text


def _pairs(text: str, start: int) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for found in _PARAMETER.finditer(text, start):
        quoted = found[2]
        if quoted is None:
            value = found[3].strip()
        else:
            value = _BACKSLASH.sub(r"\1", quoted) if "\\" in quoted else quoted
        if found[1].isascii() and found[1].isprintable():
            pairs.append((found[1].lower(), value))
        if len(pairs) >= MAX_SEGMENTS:
            break
    return pairs


def _join(pairs: list[tuple[str, str]]) -> Pairs:
    """RFC 2231 §3: name*0, name*1, ... are one value. A gap ends it; the first of two namesakes counts."""
    joined: dict[str, str] = {}
    segments: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pairs:
        if "*" in name and (found := _SEGMENT.match(name)) is not None:
            segments.setdefault(found[1], {}).setdefault(int(found[2]), (value, bool(found[3])))
        elif name not in joined:
            joined[name] = value
    for name, numbered in segments.items():
        pieces: list[str] = []
        extended = any(is_extended for _, is_extended in numbered.values())
        index = 0
        while index in numbered:
            piece, is_extended = numbered[index]
            pieces.append(piece if is_extended or not extended else _percent(piece))
            index += 1
        if pieces:
            joined.setdefault(f"{name}*" if extended else name, "".join(pieces))
    return tuple(list(joined.items())[:MAX_PARAMETERS])


def _percent(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def _meanings(written: Pairs) -> dict[str, str]:
    """What the parameters say. An extended one wins over its plain namesake (RFC 6266 §4.3 says why)."""
    meant: dict[str, str] = {}
    for name, value in written:
        if name.endswith("*"):
            meant[name[:-1]] = _extended(value)
    for name, value in written:
        if name not in meant and not name.endswith("*"):
            meant[name] = plain(value)
    return meant


def _extended(value: str) -> str:
    charset, quote1, rest = value.partition("'")
    _, quote2, encoded = rest.partition("'")
    if not (quote1 and quote2):
        charset, encoded = "", value
    data = encoded.encode("utf-8", "surrogateescape")
    data = _PERCENT.sub(lambda escape: bytes((int(escape[1], 16),)), data)
    return visible(charsets.decode(data, charset.lower()))[:MAX_VALUE]


def plain(value: str) -> str:
    """A value that is not extended; many writers put encoded-words there, which RFC 2047 §5 forbids."""
    if not value.isascii():
        value = charsets.decode(value.encode("utf-8", "surrogateescape"))
    return visible(encoded_words.decode(value))[:MAX_VALUE]


def render(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """`name=value` for each pair: a token, a quoted string, or RFC 2231's form in pieces that fit a line."""
    return [piece for name, value in pairs for piece in _render(name, value)]


def _render(name: str, value: str) -> list[str]:
    value = visible(value)
    if value.isascii():
        if _TOKEN.match(value):
            return [f"{name}={value}"]
        if len(value) <= 60:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return [f'{name}="{escaped}"']
    encoded = "utf-8''" + quote(value, safe="!#$&+-.^_`|~")
    if len(encoded) + len(name) <= 70:
        return [f"{name}*={encoded}"]
    return [f"{name}*{index}*={piece}" for index, piece in enumerate(_cut(encoded, 65 - len(name)))]


def _cut(encoded: str, length: int) -> list[str]:
    """Pieces that never cut a %XX in two."""
    pieces = []
    while encoded:
        stop = length
        if stop < len(encoded) and "%" in encoded[stop - 2 : stop]:
            stop = encoded.rindex("%", 0, stop)
        pieces.append(encoded[:stop])
        encoded = encoded[stop:]
    return pieces

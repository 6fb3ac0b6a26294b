"""Header fields: found, unfolded, decoded. RFC 5322 §2.2, RFC 2047, RFC 6532.

The header of a message is everything up to its first empty line. Within it a line that is neither a field nor a
continuation of one is skipped, as is the "From " line of a mailbox file.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailcore.message import charsets, encoded_words, scan

MAX_FIELD = 10 * 1024 * 1024
MAX_HEADER = 50 * 1024 * 1024
MAX_FIELDS = 200_000

_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_FIRST_LINE = re.compile(rb"[!-9;-~]++[ \t]*+:|>?From |\r?\n")
_KNOWN = re.compile(
    rb"^(?:from|to|subject|date|received|message-id|content-type|mime-version|return-path)[ \t]*:",
    re.I | re.M,
)
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it stands, and what it says before encoded-words are decoded."""

    name: str
    raw: bytes  # name, colon, folds and the last line's end included
    value: str  # unfolded

    @property
    def text(self) -> str:
        return decode(self.value)


class Header:
    """The fields of one header that somebody asks for, by lower-case name, in their order."""

    __slots__ = ("_values", "end")

    def __init__(self, values: dict[bytes, list[bytes]], end: int = 0) -> None:
        self._values = values
        self.end = end  # of the last field, wanted or not

    def first(self, name: bytes) -> bytes | None:
        """The first field of that name, with its folds; None if there is none."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: bytes) -> list[bytes]:
        return self._values.get(name, [])

    def __contains__(self, name: bytes) -> bool:
        return name in self._values


def read(raw: bytes | mmap.mmap, start: int, end: int, wanted: frozenset[bytes]) -> Header:
    """The wanted fields of raw[start:end], which begins a line."""
    values: dict[bytes, list[bytes]] = {}
    left = MAX_FIELDS
    last = start
    for found in _FIELD.finditer(raw, start, min(end, start + MAX_HEADER)):
        name = found[1].lower()
        last = found.end()
        if name in wanted and found.end(2) - found.start(2) <= MAX_FIELD:
            held = values.get(name)
            if held is None:
                values[name] = [found[2]]
            else:
                held.append(found[2])
        left -= 1
        if not left:
            break
    return Header(values, last)


def end_of(raw: bytes | mmap.mmap, start: int, end: int) -> int:
    """Where the header that begins at `start` ends: behind its empty line. There may be no header at all."""
    first = _FIRST_LINE.match(raw, start, end)
    if first is not None and first[0][-1:] == b"\n":
        return first.end()
    limit = min(end, start + MAX_HEADER)
    stop = _empty_line(raw, start, limit)
    if first is None and _KNOWN.search(raw, start, limit if stop < 0 else stop) is None:
        return start  # whoever wrote this forgot the header, or the empty line before the body
    return limit if stop < 0 else stop


def _empty_line(raw: bytes | mmap.mmap, start: int, limit: int) -> int:
    """The offset behind the first empty line; -1 if there is none."""
    with_cr = scan.find(raw, b"\n\r\n", start, limit)
    without = scan.find(raw, b"\n\n", start, limit if with_cr < 0 else with_cr + 1)
    if without >= 0:
        return without + 2
    return with_cr + 3 if with_cr >= 0 else -1


def pairs(raw_header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of every field, as they stand, folds and all: for those who read many headers."""
    for found in _FIELD.finditer(raw_header, 0, end_of(raw_header, 0, len(raw_header))):
        yield found[1], found[2]


def fields(raw_header: bytes) -> list[Field]:
    """Every field of a header, in order; stops at the empty line."""
    return list(_fields(raw_header))


def _fields(raw_header: bytes) -> Iterator[Field]:
    end = end_of(raw_header, 0, len(raw_header))
    for found in _FIELD.finditer(raw_header, 0, end):
        stop = found.end() + 1 if found.end() < end else end
        yield Field(found[1].decode("ascii"), raw_header[found.start() : stop], unfold(found[2]))


def unfold(value: bytes) -> str:
    """The field's body on one line: RFC 5322 §2.2.3. Bytes beyond ASCII are UTF-8 (RFC 6532) or guessed."""
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    if value.isascii():
        return value.decode("ascii").strip(" \t\r")
    return charsets.decode(value).strip(" \t\r")


def decode(value: str) -> str:
    """What a reader should see of an unstructured value: words decoded, blanks squeezed, controls made visible."""
    return visible(encoded_words.decode(value))


def visible(text: str) -> str:
    """One line of text that is safe to show and to store: no control can hide in it (SECURITY C08)."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _CONTROLS.sub("\ufffd", _BLANKS.sub(" ", text)).strip()


def text_of(value: bytes | None, limit: int = 100_000) -> str:
    """The decoded text of a field's body; "" if there is no such field."""
    return decode(unfold(value[:limit])) if value else ""

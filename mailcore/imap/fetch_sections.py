"""FETCH items that are octets of the message: BODY[...], BINARY[...], RFC822. RFC 9051 §6.4.5, RFC 3516.

A message is its `prefix` (trace fields that we added) followed by a blob. Whatever a section means, it
comes down to a span of those octets, so a slice of a large message costs a slice. Only chosen header fields
and decoded parts are made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailcore.imap.wire.fetch_items import Section
from mailcore.message import part as parts
from mailcore.message.part import Part
from mailcore.message.transfer_encoding import decoded_chunks
from mailcore.store import blobs

# What `Source` is made of, in this order.
SOURCE_COLUMNS = ("m.prefix", "m.digest", "m.size", "m.header_size", "m.parts")
HEADER_COLUMNS = (*SOURCE_COLUMNS[:-1], "NULL")  # where nobody asks for a part
DECODABLE = frozenset({"7bit", "8bit", "binary", "base64", "quoted-printable", ""})
_IN_MEMORY = 1 << 20
_CHUNK = 256 << 10


class UnknownEncoding(Exception):
    """RFC 3516 §4.3: the part has a transfer encoding that nobody can undo."""


class Source:
    """The octets of one message; `octets` are those of its blob, or only its header, where they are at hand."""

    __slots__ = ("_octets", "_parts", "_root", "digest", "header_size", "prefix", "size")

    def __init__(
        self,
        prefix: bytes,
        digest: bytes,
        size: int,
        header_size: int,
        part_tree: bytes,
        octets: bytes | None = None,
    ) -> None:
        self.prefix = bytes(prefix)
        self.digest = bytes(digest)
        self.size = size
        self.header_size = header_size
        self._parts = part_tree
        self._root: Part | None = None
        self._octets = octets

    @property
    def root(self) -> Part:
        if self._root is None:
            self._root = parts.load(self._parts)
        return self._root

    def blob(self, start: int, length: int) -> bytes:
        """Octets at offsets of the part tree."""
        if self._octets is not None and start + length <= len(self._octets):
            return bytes(self._octets[start : start + length])
        return blobs.slice(self.digest, start, length)

    def header(self) -> bytes:
        return self.prefix + self.blob(0, self.header_size)

    def chunks(self, start: int, length: int) -> Iterator[bytes]:
        """Octets of the whole message."""
        head = self.prefix[start : start + length]
        if head:
            yield head
        start = max(0, start - len(self.prefix))
        length -= len(head)
        if self._octets is not None and start + length <= len(self._octets):
            yield bytes(self._octets[start : start + length])
            return
        while length > 0:
            step = min(length, _CHUNK)
            yield blobs.slice(self.digest, start, step)
            start += step
            length -= step


@dataclass(frozen=True, slots=True)
class Span:
    """Octets of the whole message, from `start` on."""

    start: int
    length: int

    def cut(self, section: Section) -> Span:
        """What a partial leaves of it (RFC 9051 §6.4.5)."""
        if section.length is None:
            return self
        begin = min(section.start, self.length)
        return Span(self.start + begin, min(section.length, self.length - begin))


Writer = Callable[[Source], Iterator[bytes]]


def writer(section: Section) -> Writer:
    """How to write this section's answer for any message."""
    if section.is_size:
        return lambda source: iter((b"%s %d" % (section.label, _decoded_size(source, section)),))
    if section.is_decoded and section.part:
        return lambda source: _write_decoded(source, section)
    if section.fields:
        return _fields_writer(section)
    return lambda source: _write_span(source, section)


# --- spans
# ------------------------------------------------------------------------------------------------------------


def span(source: Source, section: Section) -> Span | None:
    """Where the section lies; None if the message has no such part."""
    prefix = len(source.prefix)
    if not section.part:
        header = prefix + source.header_size
        match section.text:
            case "HEADER":
                return Span(0, header)
            case "TEXT":
                return Span(header, source.size - header)
        return Span(0, source.size)
    part = source.root.section(section.part)
    if part is None:
        return None
    if section.text == "MIME":
        return Span(prefix + part.header_start, part.body_start - part.header_start)
    if section.text:
        if not part.is_message:
            return None
        inner = part.children[0]
        if section.text == "TEXT":
            return Span(prefix + inner.body_start, inner.end - inner.body_start)
        return Span(prefix + inner.header_start, inner.body_start - inner.header_start)
    return Span(prefix + part.body_start, part.end - part.body_start)


def _write_span(source: Source, section: Section) -> Iterator[bytes]:
    found = span(source, section)
    if found is None:
        yield section.label + b" NIL"
        return
    found = found.cut(section)
    start = b"%s {%d}\r\n" % (section.label, found.length)
    left = found.length
    for chunk in source.chunks(found.start, found.length):
        yield start + chunk
        start = b""
        left -= len(chunk)
    if start:
        yield start
    if left:
        raise ValueError("a stored message is shorter than it should be")


# --- header fields
# ----------------------------------------------------------------------------------------------------

# A field is what follows a line end: beginning with a plain octet lets `re` leap from line to line, which is
# seven times faster than `^` with MULTILINE. Hence also the scoped flag.
_REST = rb"[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*"
_FIELD = re.compile(rb"\n([!-9;-~]+)" + _REST)


def _fields_writer(section: Section) -> Writer:
    names = b"|".join(re.escape(name.encode()) for name in section.fields)
    chosen = re.compile(rb"\n(?i:%s)%s" % (names, _REST))
    left_out = frozenset(name.encode() for name in section.fields)

    def select(header: bytes) -> bytes:
        if not header.endswith(b"\n"):
            header += b"\r\n"
        if section.text == "HEADER.FIELDS":
            found = b"".join(chosen.findall(b"\n" + header))
        else:
            found = b"".join([m[0] for m in _FIELD.finditer(b"\n" + header) if m[1].upper() not in left_out])
        return found[1:] + b"\n" if found else b""

    def write(source: Source) -> Iterator[bytes]:
        header = _header_of(source, section)
        if header is None:
            yield section.label + b" NIL"
            return
        octets = select(header) + b"\r\n"
        if section.length is not None:
            octets = octets[section.start : section.start + section.length]
        yield b"%s {%d}\r\n%s" % (section.label, len(octets), octets)

    return write


def _header_of(source: Source, section: Section) -> bytes | None:
    if not section.part:
        return source.header()
    part = source.root.section(section.part)
    if part is None or not part.is_message:
        return None
    inner = part.children[0]
    return source.blob(inner.header_start, inner.body_start - inner.header_start)


# --- decoded
# ----------------------------------------------------------------------------------------------------------


def _decoded(source: Source, section: Section) -> Iterator[bytes] | None:
    part = source.root.section(section.part)
    if part is None:
        return None
    if part.encoding.lower() not in DECODABLE:
        raise UnknownEncoding("Unknown transfer encoding")
    octets = source.chunks(len(source.prefix) + part.body_start, part.end - part.body_start)
    if part.is_multipart or part.is_message:
        return octets
    return decoded_chunks(octets, part.encoding)


def _decoded_size(source: Source, section: Section) -> int:
    if not section.part:
        return source.size
    return sum(map(len, _decoded(source, section) or ()))


def _write_decoded(source: Source, section: Section) -> Iterator[bytes]:
    """A literal8 (RFC 3516 §4.2). Large parts are decoded twice: once to count, once to send."""
    size = 0
    held: list[bytes] | None = []
    octets = _decoded(source, section)
    if octets is None:
        yield section.label + b" NIL"
        return
    for chunk in octets:
        size += len(chunk)
        if held is not None:
            held.append(chunk)
            if size > _IN_MEMORY:
                held = None
    begin = min(section.start, size)
    length = size - begin if section.length is None else min(section.length, size - begin)
    yield b"%s ~{%d}\r\n" % (section.label, length)
    at, end = 0, begin + length
    for chunk in held if held is not None else _decoded(source, section) or ():
        piece = chunk[max(0, begin - at) : max(0, end - at)]
        at += len(chunk)
        if piece:
            yield piece
        if at >= end:
            return

"""Bytes to a tree of entities: RFC 2045, RFC 2046. Never raises; linear in the size; every offset kept.

A multipart is cut at its own delimiter lines only, within the bytes its parent gave it, so an unclosed one ends where
its parent goes on. What is nested deeper or split finer than the limits, or is a message in disguise (base64), is one
opaque leaf. A multipart without a delimiter line is shown for what it is: one text.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass, field

from mailcore.message import headers, parameters, scan
from mailcore.message.headers import Header
from mailcore.message.parameters import NOTHING, Parameterized

MAX_DEPTH = 100
MAX_PARTS = 10_000
_MAX_BOUNDARY = 998
_PATIENCE = 50  # near misses of a delimiter, after which a regular expression takes over

_REST_OF_LINE = re.compile(rb"(--)?[ \t]*(?:\r*\n|\r*\Z)")
_OPAQUE = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+'-]{1,150}\Z")
_IDENTITY = frozenset({"7bit", "8bit", "binary"})
MESSAGES = frozenset({"message/rfc822", "message/global"})

# What one entity is asked for; the message's own header is asked for more (summary.WANTED).
MIME_FIELDS = frozenset(
    {
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
        b"content-id",
        b"content-description",
        b"content-md5",
        b"content-language",
        b"content-location",
    }
)
ENVELOPE_FIELDS = frozenset(
    {
        b"date",
        b"subject",
        b"from",
        b"sender",
        b"reply-to",
        b"to",
        b"cc",
        b"bcc",
        b"in-reply-to",
        b"message-id",
    }
)
_MESSAGE_FIELDS = MIME_FIELDS | ENVELOPE_FIELDS


@dataclass(slots=True)
class Entity:
    """A message or a part of one, as found."""

    header: Header
    content_type: Parameterized
    encoding: str
    header_start: int
    body_start: int
    end: int
    lines: int = 0
    children: list[Entity] = field(default_factory=list)
    parameters_implied: bool = False  # no Content-Type at all

    @property
    def type(self) -> str:
        return self.content_type.value

    @property
    def is_multipart(self) -> bool:
        return bool(self.children) and self.content_type.value.startswith("multipart/")

    @property
    def is_message(self) -> bool:
        return bool(self.children) and not self.content_type.value.startswith("multipart/")


_PLAIN_TEXT = Parameterized("text/plain", (("charset", "us-ascii"),), {"charset": "us-ascii"})
_DIGESTED = Parameterized("message/rfc822", (), {})


def parse(raw: bytes | mmap.mmap, wanted: frozenset[bytes] = _MESSAGE_FIELDS) -> Entity:
    """The tree of a whole message; its root keeps the `wanted` fields."""
    return _Parser(raw).entity(0, len(raw), 0, wanted | MIME_FIELDS, _PLAIN_TEXT)


class _Parser:
    def __init__(self, raw: bytes | mmap.mmap) -> None:
        self.raw = raw
        self.parts = 1  # found or reserved

    def entity(
        self, start: int, end: int, depth: int, wanted: frozenset[bytes], implied: Parameterized
    ) -> Entity:
        raw = self.raw
        body_start = headers.end_of(raw, start, end)
        header = headers.read(raw, start, body_start, wanted)
        if body_start - header.end > 3 and start < header.end and raw[header.end : body_start].strip():
            body_start = header.end + 1  # the empty line was forgotten: what is no field any more is the body
        content_type = _content_type(header, implied)
        encoding = _encoding(header)
        entity = Entity(header, content_type, encoding, start, body_start, end)
        kind = content_type.value
        if kind.startswith("multipart/"):
            if depth >= MAX_DEPTH or self.parts >= MAX_PARTS:
                entity.content_type = _opaque(content_type)
            else:
                self._open_multipart(entity, depth)
        elif kind.startswith("text/"):
            entity.lines = scan.count_lines(raw, body_start, end)
        elif kind in MESSAGES:
            if depth >= MAX_DEPTH or self.parts >= MAX_PARTS or encoding not in _IDENTITY:
                entity.content_type = _opaque(content_type)
            else:
                self.parts += 1
                entity.lines = scan.count_lines(raw, body_start, end)
                entity.children.append(self.entity(body_start, end, depth + 1, _MESSAGE_FIELDS, _PLAIN_TEXT))
        return entity

    def _open_multipart(self, entity: Entity, depth: int) -> None:
        implied = _DIGESTED if entity.type == "multipart/digest" else _PLAIN_TEXT
        children = entity.children
        spans = self._spans(entity)
        self.parts += len(spans) or 1
        for start, end in spans:
            children.append(self.entity(start, end, depth + 1, MIME_FIELDS, implied))
        if not children:
            start, end = entity.body_start, entity.end
            text = Entity(Header({}), _PLAIN_TEXT, entity.encoding, start, start, end)
            text.lines = scan.count_lines(self.raw, start, end)
            children.append(text)

    def _spans(self, entity: Entity) -> list[tuple[int, int]]:
        """Where the parts of a multipart begin and end: RFC 2046 §5.1.1."""
        raw, end = self.raw, entity.end
        boundary = _boundary(entity.content_type)
        if not boundary:
            return []
        needle = b"\n--" + boundary
        spans: list[tuple[int, int]] = []
        room = MAX_PARTS - self.parts  # the siblings are counted before any of them is opened
        start = -1  # of the part that is open
        # The line end before a delimiter belongs to it; the one before the first may be the header's empty line.
        position = max(entity.body_start - 1, 0)
        misses = 0
        while (found := scan.find(raw, needle, position, end)) >= 0:
            rest = _REST_OF_LINE.match(raw, found + len(needle), end)
            if rest is None:
                position = found + 1
                misses += 1
                if misses > _PATIENCE:
                    position = _next_delimiter(raw, needle, position, end)
                continue
            if start >= 0:
                stop = found - 1 if found > start and raw[found - 1 : found] == b"\r" else found
                spans.append((start, max(start, stop)))
                if rest[1]:
                    return spans
            elif rest[1]:
                position = found + 1  # closed before it was opened
                continue
            start = rest.end()
            if len(spans) + 1 >= room:
                break
            position = start - 1
        if start >= 0:
            spans.append((start, end))
        return spans


def _next_delimiter(raw: bytes | mmap.mmap, needle: bytes, position: int, end: int) -> int:
    line = re.compile(re.escape(needle) + rb"(?:--)?[ \t]*(?:\r*\n|\r*\Z)")
    found = line.search(raw, position, end)
    return end if found is None else found.start()


def _boundary(content_type: Parameterized) -> bytes:
    for name, value in content_type.written:
        if name == "boundary":
            boundary = value.rstrip().encode("utf-8", "surrogateescape")
            return boundary if len(boundary) <= _MAX_BOUNDARY else b""
    meant = content_type.meant.get("boundary", "")  # boundary*0=, boundary*1=: RFC 2231 §3
    return meant.encode() if len(meant) <= _MAX_BOUNDARY else b""


def _content_type(header: Header, implied: Parameterized) -> Parameterized:
    field_body = header.first(b"content-type")
    if field_body is None:
        return implied
    read = parameters.read(field_body)
    kind = read.value
    if kind in _COMMON or _TYPE.match(kind):
        return read
    # RFC 2045 §5.2: what cannot be read is plain text, but do not lose a charset or a name that can.
    kind = _NEARLY.get(kind.strip(" \t\"'<>"), "")
    if not kind and read.value.count("/") == 1:
        kind = re.sub(r"[^a-z0-9/.+-]", "", read.value)
    kind = kind if _TYPE.match(kind) else "text/plain" if not read.value else _OPAQUE
    return Parameterized(kind, read.written, read.meant)


_COMMON = frozenset(
    {"text/plain", "text/html", "multipart/alternative", "multipart/mixed", "multipart/related"}
)
_NEARLY = {"text": "text/plain", "html": "text/html", "plain": "text/plain", "multipart": "multipart/mixed"}


def _opaque(content_type: Parameterized) -> Parameterized:
    return Parameterized(_OPAQUE, content_type.written, content_type.meant) if content_type else NOTHING


def _encoding(header: Header) -> str:
    """The Content-Transfer-Encoding in lower case, without comments and rubbish: RFC 2045 §6.1."""
    value = header.first(b"content-transfer-encoding")
    if value is None:
        return "7bit"
    word = value.strip().lower()
    known = _ENCODINGS.get(word)
    if known is not None:
        return known
    found = re.match(rb"[\s\"']*([a-z0-9-]{1,40})", value[:200].lower())
    word = found[1] if found is not None else b"7bit"
    return _ENCODINGS.get(word) or word.decode("ascii")


_ENCODINGS = {
    b"7bit": "7bit",
    b"8bit": "8bit",
    b"binary": "binary",
    b"base64": "base64",
    b"quoted-printable": "quoted-printable",
    b"7-bit": "7bit",
    b"8-bit": "8bit",
    b"8bits": "8bit",
    b"7bits": "7bit",
    b"quoted_printable": "quoted-printable",
    b"qp": "quoted-printable",
    b"b64": "base64",
    b"base-64": "base64",
    b"x-uuencode": "x-uuencode",
    b"uuencode": "x-uuencode",
    b"x-uue": "x-uuencode",
    b"uue": "x-uuencode",
}

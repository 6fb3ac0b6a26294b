"""What FETCH asks for: ENVELOPE, BODY[1.2.HEADER]<0.512>, macros. RFC 9051 §6.4.5, RFC 3501 §6.4.5.

Also BINARY (RFC 3516), PREVIEW (RFC 8970), SAVEDATE (RFC 8514), EMAILID and THREADID (RFC 8474), MODSEQ
(RFC 7162 §3.1.5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import MAX_63, Reader
from mailcore.imap.wire.response import astring as written_astring

SIMPLE = frozenset(
    [
        "UID",
        "FLAGS",
        "INTERNALDATE",
        "RFC822.SIZE",
        "ENVELOPE",
        "BODY",
        "BODYSTRUCTURE",
        "MODSEQ",
        "SAVEDATE",
        "EMAILID",
        "THREADID",
        "PREVIEW",
    ]
)
MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
MOST_ITEMS = 200
MOST_FIELDS = 1000

_NAME = re.compile(rb"[A-Za-z0-9.]+")
_PART = re.compile(rb"[1-9][0-9]*(?:\.[1-9][0-9]*)*")
_PARTIAL = re.compile(rb"<([0-9]{1,19})\.([0-9]{1,19})>")
_TEXT = re.compile(rb"HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """One BODY[...] or BINARY[...], or the RFC822 forms of old: which octets, and how the answer names them.

    `part` is the number of the MIME part ("" is the whole message), `text` one of "", HEADER, HEADER.FIELDS,
    HEADER.FIELDS.NOT, TEXT, MIME.
    """

    label: bytes
    part: str = ""
    text: str = ""
    fields: tuple[str, ...] = ()
    start: int = 0
    length: int | None = None
    is_peek: bool = False
    is_decoded: bool = False  # BINARY: without the transfer encoding
    is_size: bool = False  # BINARY.SIZE: only how many octets


@dataclass(frozen=True, slots=True)
class FetchItems:
    """`simple` and `sections` in the order of asking, without repetition."""

    simple: tuple[str, ...]
    sections: tuple[Section, ...] = ()

    def sets_seen(self) -> bool:
        return any(not section.is_peek and not section.is_size for section in self.sections)


_OLD_FORMS = {
    "RFC822": Section(b"RFC822"),
    "RFC822.HEADER": Section(b"RFC822.HEADER", text="HEADER", is_peek=True),
    "RFC822.TEXT": Section(b"RFC822.TEXT", text="TEXT"),
}


def fetch_items(reader: Reader) -> FetchItems:
    """A macro, one item, or a list of items."""
    if reader.peek() == b"(":
        items = reader.listed(_item, at_most=MOST_ITEMS)
    else:
        macro = reader.match(re.compile(rb"(ALL|FAST|FULL)(?![A-Za-z0-9.\[])", re.IGNORECASE))
        if macro:
            return FetchItems(MACROS[macro[1].decode().upper()])
        items = [_item(reader)]
    simple = [item for item in items if isinstance(item, str)]
    sections = [item for item in items if isinstance(item, Section)]
    return FetchItems(tuple(dict.fromkeys(simple)), tuple(dict.fromkeys(sections)))


def _item(reader: Reader) -> str | Section:
    name = reader.token(_NAME, "a data item").decode("ascii").upper()
    if reader.peek() == b"[":
        if name in ("BODY", "BODY.PEEK"):
            return _body_section(reader, is_peek=name.endswith("PEEK"))
        if name in ("BINARY", "BINARY.PEEK", "BINARY.SIZE"):
            return _binary_section(reader, name)
    if name in _OLD_FORMS:
        return _OLD_FORMS[name]
    if name not in SIMPLE:
        raise Malformed("Unknown data item")
    if name == "PREVIEW" and reader.takes(b" ("):  # RFC 8970 §3.1: LAZY changes nothing, ours is always there
        if reader.word() != "LAZY":
            raise Malformed("Unknown PREVIEW modifier")
        reader.expect(b")")
    return name


def _body_section(reader: Reader, is_peek: bool) -> Section:
    reader.expect(b"[")
    part = reader.match(_PART)
    number = part[0].decode() if part else ""
    fields: tuple[str, ...] = ()
    text = ""
    if part is None or reader.takes(b"."):
        found = reader.match(_TEXT)
        if found:
            text = found[0].decode().upper()
        elif part is not None:
            raise Malformed("Broken section")
    if text == "MIME" and not number:
        raise Malformed("MIME needs a part number")
    if text.startswith("HEADER.FIELDS"):
        reader.space()
        fields = tuple(dict.fromkeys(reader.listed(_field_name, at_most=MOST_FIELDS)))
    reader.expect(b"]")
    label = b"BODY[%s%s%s%s]" % (
        number.encode(),
        b"." if number and text else b"",
        text.encode(),
        b" (%s)" % b" ".join(written_astring(name.encode()) for name in fields) if fields else b"",
    )
    start, length = _partial(reader)
    if length is not None:
        label += b"<%d>" % start
    return Section(label, number, text, fields, start, length, is_peek)


def _field_name(reader: Reader) -> str:
    name = reader.astring()
    if not name or not name.isascii() or b":" in name or not name.decode("ascii").isprintable():
        raise Malformed("Broken header field name")
    return name.decode("ascii").upper()


def _binary_section(reader: Reader, name: str) -> Section:
    reader.expect(b"[")
    part = reader.match(_PART)
    number = part[0].decode() if part else ""
    reader.expect(b"]")
    is_size = name == "BINARY.SIZE"
    label = b"%s[%s]" % (b"BINARY.SIZE" if is_size else b"BINARY", number.encode())
    start, length = (0, None) if is_size else _partial(reader)
    if length is not None:
        label += b"<%d>" % start
    return Section(
        label,
        number,
        start=start,
        length=length,
        is_peek=name != "BINARY",
        is_decoded=True,
        is_size=is_size,
    )


def _partial(reader: Reader) -> tuple[int, int | None]:
    """<start.length>; the answer names only the start."""
    found = reader.match(_PARTIAL)
    if not found:
        if reader.peek() == b"<":
            raise Malformed("Broken partial")
        return 0, None
    start, length = int(found[1]), int(found[2])
    if start > MAX_63 or length > MAX_63 or not length:
        raise Malformed("Partial out of bounds")
    return start, length

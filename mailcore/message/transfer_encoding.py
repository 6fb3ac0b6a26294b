"""Content transfer encodings, both ways: RFC 2045 §6, and uuencode from before it.

Decoders take pieces of any size and give bytes as they go, so a big attachment is never in memory. Damage costs what
is damaged: letters that do not belong are skipped, padding in the middle is only an interruption, an escape that is
none stands for itself.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
_PADDING = re.compile(rb"=+")
_TRAILING_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_SOFT_BREAK_BLANKS = re.compile(rb"=[ \t]++(?=\r?\n)")
_UU_BEGIN = re.compile(rb"begin(?:-base64)? [0-7]{3,4} ?([^\r\n]{0,500})")
_MAX_LINE = 100_000
# RFC 2045 §6.7 (1): a writer may escape anything; a line of 76 characters is the limit for the result.


class Decoder(Protocol):
    """Takes the encoded bytes in pieces, gives the decoded ones as soon as they are sure."""

    def feed(self, data: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _Identity:
    def feed(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Base64:
    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        data = self._held + data.translate(None, _NOT_BASE64)
        if b"=" not in data:
            whole = len(data) & ~3
            self._held = data[whole:]
            return binascii.a2b_base64(data[:whole])
        # Padding ends a group; what follows begins a new one.
        pieces = _PADDING.split(data)
        last = pieces.pop()
        whole = len(last) & ~3
        self._held = last[whole:]
        return b"".join([*map(_group, pieces), binascii.a2b_base64(last[:whole])])

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return _group(held)


def _group(data: bytes) -> bytes:
    """Decode without padding; a last letter that holds less than an octet is dropped."""
    if len(data) & 3 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) & 3))


class _QuotedPrintable:
    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        data = self._held + data
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > _MAX_LINE:
            # A line without an end: cut anywhere but in an escape or in blanks that may turn out to be trailing.
            cut = len(data.rstrip(b" \t\r\n")) - 3
            cut = max(cut, 0) or len(data)
            equals = data.rfind(b"=", max(cut - 2, 0), cut)
            cut = equals if equals > 0 else cut
        self._held = data[cut:]
        return _unquote(data[:cut]) if cut else b""

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return _unquote(held)


def _unquote(data: bytes) -> bytes:
    if b" \n" in data or b" \r\n" in data or b"\t\n" in data or b"\t\r\n" in data or data[-1:] in b" \t":
        data = _SOFT_BREAK_BLANKS.sub(b"=", data)
        data = _TRAILING_BLANKS.sub(b"", data)  # RFC 2045 §6.7 (3): added on the way
    return binascii.a2b_qp(data)


class _Uuencode:
    """From the first begin line to its end line; what is around them is not of the file."""

    def __init__(self) -> None:
        self._held = b""
        self._is_open = self._is_done = False

    def feed(self, data: bytes) -> bytes:
        data = self._held + data
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > _MAX_LINE:
            cut = len(data)
        self._held = data[cut:]
        return b"".join(map(self._line, data[:cut].split(b"\n")))

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._line(held)

    def _line(self, line: bytes) -> bytes:
        if self._is_done or not line:
            return b""
        if not self._is_open:
            self._is_open = _UU_BEGIN.match(line) is not None
            return b""
        if line.rstrip() == b"end":
            self._is_done = True
            return b""
        try:
            return binascii.a2b_uu(line)
        except binascii.Error:
            # Many writers miscount the line; its first letter says how many octets there are.
            octets = (line[0] - 32) & 63
            needed = (octets * 4 + 2) // 3 + 1
            try:
                return binascii.a2b_uu(line[:needed])
            except binascii.Error:
                return b""


_DECODERS: dict[str, type[Decoder]] = {
    "base64": _Base64,
    "quoted-printable": _QuotedPrintable,
    "x-uuencode": _Uuencode,
}


def decoder(encoding: str) -> Decoder:
    """For an encoding nobody knows the bytes are what they are: RFC 2045 §6.4."""
    return _DECODERS.get(encoding, _Identity)()


def decode(data: bytes, encoding: str) -> bytes:
    """The bytes that `data` stands for."""
    if encoding not in _DECODERS:
        return data
    reading = decoder(encoding)
    return reading.feed(data) + reading.finish()


def decoded_chunks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same in pieces."""
    reading = decoder(encoding)
    for chunk in chunks:
        if decoded := reading.feed(chunk):
            yield decoded
    if decoded := reading.finish():
        yield decoded


def uuencoded_name(data: bytes) -> bytes | None:
    """The file name of a begin line that starts a line of `data`."""
    for found in _UU_BEGIN.finditer(data):
        if found.start() == 0 or data[found.start() - 1 : found.start()] == b"\n":
            return found[1].strip()
    return None


def base64_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Encode in lines of 76 letters with CRLF (RFC 2045 §6.8), in pieces."""
    held = b""
    for chunk in chunks:
        held += chunk
        whole = len(held) // 57 * 57
        if whole:
            yield _base64_block(held[:whole])
            held = held[whole:]
    if held:
        yield _base64_block(held)


def _base64_block(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    return b"".join([encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76)])


def quoted_printable(data: bytes) -> bytes:
    """Encode text whose lines end in CRLF: RFC 2045 §6.7. "From " and a lone "." are hidden from old programs."""
    lines = []
    for line in data.split(b"\r\n"):
        encoded = binascii.b2a_qp(line, quotetabs=False, istext=False, header=False).replace(b"=\n", b"=\r\n")
        if encoded.startswith(b"From "):
            encoded = b"=46" + encoded[1:]
        elif encoded == b".":
            encoded = b"=2E"
        if encoded.endswith((b" ", b"\t")):
            encoded = encoded[:-1] + b"=%02X" % encoded[-1]
        lines.append(encoded)
    return b"\r\n".join(lines)

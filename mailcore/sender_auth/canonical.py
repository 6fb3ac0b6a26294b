"""The two canonical forms of a message that DKIM hashes: RFC 6376 §3.4."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

WSP_RUN = re.compile(rb"[ \t]+")
FOLD = re.compile(rb"\r?\n(?=[ \t])")
FIELD_BREAK = re.compile(rb"\r?\n(?![ \t])")

LONG_LINE = 1 << 16  # a line longer than this is hashed before its end is seen
BLANK_LINES = b"\r\n" * 4096


def fields(header: bytes) -> list[bytes]:
    """Cut a header block into its raw fields, folds kept, without the final line end of each."""
    return [field for field in FIELD_BREAK.split(header) if b":" in field]


def field_name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip(b" \t").lower()


def relaxed_field(field: bytes) -> bytes:
    """RFC 6376 §3.4.2, without the final CRLF."""
    name, _, value = field.partition(b":")
    value = WSP_RUN.sub(b" ", FOLD.sub(b"", value)).strip(b" \t\r\n")
    return name.strip(b" \t").lower() + b":" + value


def simple_field(field: bytes) -> bytes:
    """RFC 6376 §3.4.1, without the final CRLF."""
    return field


FIELD_FORMS: dict[str, Callable[[bytes], bytes]] = {"relaxed": relaxed_field, "simple": simple_field}


class BodyHash:
    """SHA-256 of a body in canonical form, fed in chunks of any size: RFC 6376 §3.4.3, §3.4.4.

    Lines wait until they are whole, blank lines until something follows them, so memory stays
    flat whatever the body looks like. `limit` is the `l=` tag.
    """

    __slots__ = ("_blank_lines", "_hash", "_left", "_line", "_relaxed", "size")

    def __init__(self, form: str = "relaxed", limit: int | None = None) -> None:
        self._relaxed = form == "relaxed"
        self._hash = hashlib.sha256()
        self._line = b""
        self._blank_lines = 0
        self._left = limit
        self.size = 0

    def update(self, chunk: bytes) -> None:
        data = self._line + chunk
        cut = data.rfind(b"\n") + 1
        self._line = data[cut:]
        if cut:
            self._put(self._form(data[:cut]))
        if len(self._line) > LONG_LINE:
            text = self._line.rstrip(b" \t\r")
            self._line = self._form(self._line[len(text) :])
            self._put(self._form(text))

    def digest(self) -> bytes:
        if self._line:
            self._put(self._form(self._line + b"\r\n"))
            self._line = b""
        if self.size or not self._relaxed:
            self._hash_all(b"\r\n")
        return self._hash.digest()

    def _form(self, data: bytes) -> bytes:
        if not self._relaxed:
            return data
        if b"\t" in data or b"  " in data:
            data = WSP_RUN.sub(b" ", data)
        return data.replace(b" \r\n", b"\r\n")

    def _put(self, data: bytes) -> None:
        end = len(data)
        while data.endswith(b"\r\n", 0, end):
            end -= 2
        if end:
            self._flush_blank_lines()
            self._hash_all(data[:end])
            self._blank_lines = 0
        self._blank_lines += (len(data) - end) // 2

    def _flush_blank_lines(self) -> None:
        lines = self._blank_lines
        while lines > 0:
            batch = min(lines, 4096)
            self._hash_all(BLANK_LINES[: 2 * batch])
            lines -= batch

    def _hash_all(self, data: bytes) -> None:
        self.size += len(data)
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self._hash.update(data)

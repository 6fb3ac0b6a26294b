"""Text that came as a file: its beginning, in its charset, as lines, as a table or as tidy data."""

from __future__ import annotations

import codecs
import csv
import io
import json
from dataclasses import dataclass, field

from mailcore.message import bodies, charsets
from mailcore.message.part import Part

MOST_OCTETS = 256 * 1024
MOST_ROWS, MOST_COLUMNS = 1_000, 60
MOST_CELL = 500
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """What the page shows. `rows` is filled for tables, else `text`."""

    text: str
    rows: list[list[str]] = field(default_factory=list)
    is_cut: bool = False

    @property
    def head(self) -> list[str]:
        return self.rows[0]

    @property
    def body(self) -> list[list[str]]:
        return self.rows[1:]


def read(part: Part, kind: str, fetch: bodies.Fetch) -> TextFile:
    """The first 256 KB of it."""
    content = b""
    for chunk in bodies.decoded_chunks(part, fetch, 64 * 1024):
        content += chunk
        if len(content) > MOST_OCTETS:
            break
    is_cut = len(content) > MOST_OCTETS
    text = _decoded(content[:MOST_OCTETS], part.charset.lower()).replace("\r\n", "\n").replace("\r", "\n")
    if kind in ("text/csv", "text/tab-separated-values"):
        rows = _rows(text, "\t" if kind != "text/csv" else "")
        if rows:
            return TextFile("", rows, is_cut or len(rows) == MOST_ROWS)
    if kind.endswith("json") and not is_cut:
        text = _tidy(text)
    return TextFile(text, is_cut=is_cut)


def _decoded(content: bytes, charset: str) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    if not charset:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as problem:
            if problem.start > len(content) - 4:  # cut in the middle of a letter
                return content.decode("utf-8", "replace")
    return charsets.decode(content, charset)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Rows of equal length; none if it makes no table."""
    if not delimiter:
        first = text.partition("\n")[0]
        delimiter = max(",;\t|", key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append([cell[:MOST_CELL] for cell in row[:MOST_COLUMNS]])
            if len(rows) == MOST_ROWS:
                break
    except csv.Error:
        return []
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows] if width > 1 else []


def _tidy(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text

"""Two lines for a list of messages: the first readable words, without quotations and signatures."""

from __future__ import annotations

import mmap
import re

from mailcore.message import charsets, html_text, transfer_encoding
from mailcore.message.headers import visible
from mailcore.message.part import Part

LENGTH = 200
_WINDOWS = {"text/html": (16_384, 131_072)}
_PLAIN_WINDOWS = (2_048, 32_768)
_QUOTED = re.compile(
    r"^(?:>[^\n]*|On [^\n]{5,200} wrote:|-{2,}[^\n]*|_{3,}|={3,}|\*{3,})\r?(?:\n|\Z)", re.MULTILINE
)
_SIGNATURE = re.compile(r"^-- \r?\n", re.MULTILINE)
_LAYOUT = re.compile(r"<body\b", re.IGNORECASE)


def preview(part: Part | None, raw: bytes | mmap.mmap) -> str:
    """About 200 characters of a text part; reads no more of it than it must."""
    if part is None or part.size == 0:
        return ""
    said = ""
    for window in _WINDOWS.get(part.type, _PLAIN_WINDOWS):
        said = _words(part, raw, window)
        if len(said) >= LENGTH or part.size <= window:
            break
    return _cut(visible(said)) if said else ""


def _words(part: Part, raw: bytes | mmap.mmap, window: int) -> str:
    stop = min(part.end, part.body_start + window)
    data = raw[part.body_start : stop]
    if stop < part.end and part.encoding not in ("base64", "quoted-printable"):
        # Do not begin to decode a character whose other half is beyond the window.
        data = data[: data.rfind(b" ") + 1 or None]
    text = charsets.decode(
        transfer_encoding.decode(data, part.encoding), part.parameters.get("charset", "").lower()
    )
    if part.type != "text/plain":
        body = _LAYOUT.search(text)
        return html_text.words(text[body.start() :] if body is not None else text)[: LENGTH * 2]
    signature = _SIGNATURE.search(text)
    if signature is not None and signature.start() > 0:
        text = text[: signature.start()]
    fresh = _QUOTED.sub("", text) if "\n" in text else text
    words = " ".join(fresh.split())
    return words or " ".join(text.split())  # nothing but quotation: then that


def _cut(text: str) -> str:
    if len(text) <= LENGTH:
        return text
    space = text.rfind(" ", LENGTH - 30, LENGTH)
    return text[: space if space > 0 else LENGTH].rstrip() + "…"

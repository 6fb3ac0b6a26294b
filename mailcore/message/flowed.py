"""format=flowed: paragraphs that were wrapped for the journey. RFC 3676."""

from __future__ import annotations

import re

_QUOTES = re.compile(r">*")
_MAX_DEPTH = 100


def unwrap(text: str, *, delsp: bool = False) -> str:
    """Join the lines of each paragraph; quotation stays as one ">" for each level."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0

    def close() -> None:
        if paragraph:
            out.append(_quoted(depth, "".join(paragraph)))
            paragraph.clear()

    for line in text.replace("\r\n", "\n").split("\n"):
        quotes = _QUOTES.match(line)
        line_depth = quotes.end() if quotes is not None else 0
        content = line[line_depth:]
        if content.startswith(" "):
            content = content[1:]  # RFC 3676 §4.4: space-stuffed
        if paragraph and line_depth != depth:
            close()
        depth = line_depth
        is_signature = content == "-- "
        if is_signature:
            close()
        if content.endswith(" ") and not is_signature:
            paragraph.append(content[:-1] if delsp else content)
        else:
            paragraph.append(content)
            close()
    close()
    return "\n".join(out)


def _quoted(depth: int, text: str) -> str:
    return f"{'>' * min(depth, _MAX_DEPTH)} {text}" if depth else text


def wrap(text: str, width: int = 72) -> str:
    """Soft-wrap paragraphs for sending: RFC 3676 §4.2. Lines of a quotation keep their marks."""
    return "\n".join(wrapped for line in text.split("\n") for wrapped in _wrap(line, width))


def _wrap(line: str, width: int) -> list[str]:
    quotes = _QUOTES.match(line)
    depth = quotes.end() if quotes is not None else 0
    prefix, content = line[:depth], line[depth:]
    if content != "-- ":
        content = content.rstrip(" ")  # a blank at the end would say "goes on"
    if not depth and content.startswith((" ", "From ")):
        content = " " + content
    lines: list[str] = []
    while len(prefix) + len(content) > width:
        cut = content.rfind(" ", 1, max(width - len(prefix), 2))
        if cut <= 0:
            cut = content.find(" ", max(width - len(prefix), 1))
        if cut <= 0 or cut == len(content) - 1:
            break
        lines.append(prefix + content[: cut + 1])
        content = content[cut + 1 :]
        if depth:
            content = " " + content if not content.startswith(" ") else content
        elif content.startswith((" ", "From ", ">")):
            content = " " + content
    lines.append(prefix + content)
    return lines

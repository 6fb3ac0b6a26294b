"""A plain-text letter as HTML: escaped, links live, quotations folded, the signature set apart.

One pass: every character is escaped exactly once, in the piece it stands in; there are no placeholders that a
letter could forge (SECURITY D12). All patterns are linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from webmail.rendering.sanitize import Write, link

MAX_LENGTH = 600_000
MAX_LINKS = 2_000
MAX_QUOTE_DEPTH = 5
FOLD_LINES = 4  # quotations at least this long are folded, if they end the letter
FOLD_LINES_WITHIN = 12  # and this long, anywhere

_LINK = re.compile(
    r"(?<![\w@/])(?:(https?://[^\s<>\"\x00-\x1f]{3,2000})|(www\.[^\s<>\"\x00-\x1f]{3,2000})"
    r"|((?:mailto:)?[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}))",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'*_~’”»"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTED = re.compile(r"^ ?>")
_INVISIBLE_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def html(text: str, write: Write) -> SafeString:
    """The whole letter."""
    cut = len(text) > MAX_LENGTH
    lines = _INVISIBLE_CONTROLS.sub("\ufffd", text[:MAX_LENGTH]).rstrip().split("\n")
    links = _Links(write)
    shown = "".join(_blocks(lines, links, 0))
    if cut:
        shown += f'<p class="notice">{escape(_("The letter goes on; download it to read the rest."))}</p>'
    return mark_safe(shown)  # noqa: S308  (every piece was escaped by _Links)


class _Links:
    """Escapes text and makes its addresses live; a letter gets so many, the rest stay text."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._left = MAX_LINKS

    def html(self, text: str) -> str:
        printed: list[str] = []
        at = 0
        for match in _LINK.finditer(text):
            if self._left == 0:
                break
            if match.start() < at:
                continue
            shown = _trimmed(match[0])
            target = self._target(match, shown)
            if target is None:
                continue
            self._left -= 1
            printed.append(escape(text[at : match.start()]))
            printed.append(
                f'<a href="{escape(target)}" target="_blank" rel="noopener noreferrer nofollow">{escape(shown)}</a>'
            )
            at = match.start() + len(shown)
        printed.append(escape(text[at:]))
        return "".join(printed)

    def _target(self, match: re.Match[str], shown: str) -> str | None:
        if match[1]:
            return link(shown, self._write)
        if match[2]:
            return link(f"https://{shown}", self._write)
        return self._write(re.sub(r"\Amailto:", "", shown, flags=re.IGNORECASE))


def _trimmed(address: str) -> str:
    """Without the punctuation that ends the sentence, not the address."""
    end = len(address)
    counts = {char: address.count(char) for char in "()[]{}"}
    while end:
        char = address[end - 1]
        if char in _TRAILING:
            end -= 1
        elif char in _PAIRS and counts[char] > counts[_PAIRS[char]]:
            counts[char] -= 1
            end -= 1
        else:
            break
    return address[:end]


def _blocks(lines: list[str], links: _Links, depth: int) -> Iterator[str]:
    if depth == MAX_QUOTE_DEPTH:
        yield links.html("\n".join(lines))
        return
    blocks = [
        (quoted, list(group)) for quoted, group in groupby(lines, lambda line: bool(_QUOTED.match(line)))
    ]
    last = max((number for number, (_, block) in enumerate(blocks) if any(map(str.strip, block))), default=0)
    introduction = ""
    for number, (quoted, block) in enumerate(blocks):
        if not quoted:
            said, introduced = _introduction(block) if number + 1 < len(blocks) else (block, [])
            introduction = links.html("\n".join(introduced))
            yield _plain(said, links, is_first=number == 0)
            continue
        inner = [re.sub(r"^ ?> ?", "", line) for line in block]
        content = f'<div class="quoted__text">{"".join(_blocks(inner, links, depth + 1))}</div>'
        if depth == 0 and len(block) >= (FOLD_LINES if number >= last else FOLD_LINES_WITHIN):
            label = escape(_("Show quoted text"))
            content = f'<p class="quoted__from">{introduction}</p>{content}' if introduction else content
            yield f'<details class="quoted"><summary aria-label="{label}">···</summary>{content}</details>'
        else:
            yield f"\n{introduction}{content}" if introduction else content
        introduction = ""


def _introduction(lines: list[str]) -> tuple[list[str], list[str]]:
    """Set "On Monday Ann wrote:" apart from what comes before it, so that it can be folded with the quotation."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if not end or not lines[end - 1].rstrip().endswith((":", "：")):
        return lines, []
    start = end - 1
    while start and lines[start - 1].strip() and end - start < 3:
        start -= 1
    if end - start == 3 and start and lines[start - 1].strip():
        return lines, []  # the end of a long paragraph, not a line that introduces
    return lines[:start], lines[start:end]


def _plain(lines: list[str], links: _Links, *, is_first: bool) -> str:
    for number, line in enumerate(lines):
        if line == "-- " or (line == "--" and len(lines) - number <= 8):
            head = links.html("\n".join(lines[:number]))
            return (
                f'{head}\n<span class="letter__signature">{links.html(chr(10).join(lines[number:]))}</span>'
            )
    text = links.html("\n".join(lines))
    return text if is_first else "\n" + text if text else ""

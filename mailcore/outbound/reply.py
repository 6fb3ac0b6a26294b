"""What a peer answered, made safe to keep and to show: RFC 5321 §4.2, RFC 2034, RFC 3463.

A stranger's words end up in rows, in bounces and before people's eyes, so they are cut and cleaned here, once
(SECURITY F22): no control characters, no line ends, no more than `MOST_TEXT` characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_TEXT = 500
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: +|\Z)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `is_ours` when nobody said it: we did, about a peer that was silent or made no sense."""

    code: int
    enhanced: str
    text: str
    is_ours: bool = False

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_permanent(self) -> bool:
        return 500 <= self.code < 600

    @property
    def is_transient(self) -> bool:
        return not self.is_positive and not self.is_permanent

    @property
    def status(self) -> str:
        """The enhanced code, or the vaguest one that fits: RFC 3463 §3."""
        return self.enhanced or f"{min(max(self.code // 100, 2), 5)}.0.0".replace("3.0.0", "2.0.0")

    def __str__(self) -> str:
        return " ".join(filter(None, [str(self.code), self.enhanced, self.text]))


def ours(code: int, enhanced: str, text: str) -> Reply:
    """A verdict of our own in the form of a reply."""
    return Reply(code, enhanced, clean(text), is_ours=True)


def heard(code: int, lines: Sequence[bytes]) -> Reply:
    """A reply from the wire; `lines` without their codes. The enhanced code is taken out of each line."""
    enhanced = ""
    words = []
    for line in lines:
        text = clean(line.decode("utf-8", "replace"))
        if (found := ENHANCED.match(text)) and found[1][0] == str(code)[0]:
            enhanced = enhanced or found[1]
            text = text[found.end() :]
        words.append(text)
    return Reply(code, enhanced, clean(" ".join(filter(None, words))))


def clean(text: str) -> str:
    """Printable, one line, and not longer than anybody wants to read."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip()[:MOST_TEXT]

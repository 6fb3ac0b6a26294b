"""The signature below a text: behind a line of "-- " (RFC 3676 §4.3), marked so that another identity's can replace it.

In HTML it is `<div class="signature">`, the one class that is let through; in plain text it begins at the last such
line.
"""

from __future__ import annotations

import re

from mailcore.message import html_text

LINE = "-- "
CLASS = "signature"
_OPEN = f'<div class="{CLASS}">'
_PLAIN_LINE = re.compile(r"^--$", re.MULTILINE)
_DIV = re.compile(r"<(/?)div\b[^>]*>", re.IGNORECASE)


def html(signature: str) -> str:
    """The block in a rich letter; '' for no signature."""
    return f"{_OPEN}<div>{LINE}</div>{signature}</div>" if signature.strip() else ""


def plain(signature: str) -> str:
    """The lines in a plain one."""
    words = html_text.lines(signature)
    return f"{LINE}\n{words}\n" if words else ""


def text_of(markup: str) -> str:
    """A rich letter as plain text; markup knows no blank at the end of a line, so the one of "-- " is put back."""
    text = html_text.lines(markup)
    return _PLAIN_LINE.sub(LINE, text) if _OPEN in markup else text


def swapped_html(markup: str, signature: str) -> str:
    """The letter with this signature instead of the one it has; below the text if it has none."""
    start = markup.rfind(_OPEN)
    if start < 0:
        return f"{markup}<div><br></div>{html(signature)}" if signature.strip() else markup
    return markup[:start] + html(signature) + markup[_end(markup, start) :]


def swapped_plain(text: str, signature: str) -> str:
    """The same for plain text."""
    own, line, _ = f"\n{text}".rpartition(f"\n{LINE}\n")
    kept = (own if line else f"\n{text}")[1:].rstrip("\n")
    return f"{kept}\n\n{plain(signature)}" if signature.strip() else f"{kept}\n"


def without(text: str) -> str:
    """What was written, without the signature."""
    own, line, _ = f"\n{text}".rpartition(f"\n{LINE}\n")
    return own[1:] if line else text


def _end(markup: str, start: int) -> int:
    """Behind the </div> that closes the one at `start`."""
    depth = 0
    for found in _DIV.finditer(markup, start):
        depth += -1 if found[1] else 1
        if depth == 0:
            return found.end()
    return len(markup)

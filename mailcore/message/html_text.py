"""What an HTML body says, as plain text: for previews, for search, for a reply's quotation. Never for showing as HTML.

A sieve, not a browser: markup goes, words stay. Each pattern looks at a character a bounded number of times.
"""

from __future__ import annotations

import html
import re

MAX_LENGTH = 2_000_000

_HIDDEN = re.compile(r"<(?:(style|script|head|title|template|noscript|svg|xml)\b|!--)", re.IGNORECASE)
_CLOSING = {
    name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE)
    for name in ("style", "script", "head", "title", "template", "noscript", "svg", "xml")
} | {"": re.compile("-->")}
_INLINE = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|span|font|small|big|sup|sub|code|mark|abbr|bdo|wbr|tt)\b[^<>]*+>", re.I
)
_BREAK = re.compile(r"<br\b[^<>]*+>?", re.I)
_LINE = re.compile(r"</?(?:div|tr|li)\b[^<>]*+>?", re.I)  # begins and ends a line
_BLOCK = re.compile(
    r"<(?:/?p|/?h[1-6]|/?blockquote|/?table|/?[uo]l|hr|/?pre|/?section|/?article)\b[^<>]*+>?", re.I
)
_CELL = re.compile(r"</?t[dh]\b[^<>]*+>?", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*+>?")
# Blanks, and the invisible characters that marketing pads its previews with.
_BLANKS = re.compile("[ \t\r\f\v\xa0\u200b-\u200f\u2007\u2060\u00ad\u034f\u061c\ufeff]+")
# What stands for them until they are counted; no text has these.
_AT_LINE, _AT_BLOCK = "\ue000", "\ue001"
_LINES = re.compile(f" ?[\n{_AT_LINE}{_AT_BLOCK}][ \n{_AT_LINE}{_AT_BLOCK}]*")


def words(markup: str) -> str:
    """Everything readable on one line, blanks squeezed: cheap enough for every message that arrives."""
    text = _TAG.sub(" ", _INLINE.sub("", _visible(markup)))
    if "&" in text:
        text = html.unescape(text)
    return " ".join(_BLANKS.sub(" ", text).split())


def lines(markup: str) -> str:
    """Readable text with its lines and paragraphs."""
    flat = _visible(markup).replace("\n", " ").replace(_AT_LINE, " ").replace(_AT_BLOCK, " ")
    flat = _BLOCK.sub(_AT_BLOCK, _LINE.sub(_AT_LINE, _BREAK.sub("\n", flat)))
    flat = _TAG.sub("", _CELL.sub(" ", flat))
    if "&" in flat:
        flat = html.unescape(flat)
    return _LINES.sub(_paragraph, _BLANKS.sub(" ", flat)).strip()


def _paragraph(found: re.Match[str]) -> str:
    """One line end where a line ends, however many elements say so; an empty line between blocks."""
    if _AT_BLOCK in found[0]:
        return "\n\n"
    breaks = found[0].count("\n")
    if found[0].lstrip(" ").startswith(_AT_LINE):  # the end of a line that <br> did not end
        breaks += 1
    return "\n\n" if breaks > 1 else "\n"


def _visible(markup: str) -> str:
    """Without what nobody reads. An element that is never closed hides nothing: better junk than nothing."""
    markup = markup[:MAX_LENGTH]
    pieces: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while (found := _HIDDEN.search(markup, position)) is not None:
        name = (found[1] or "").lower()
        closing = None if name in unclosed else _CLOSING[name].search(markup, found.end())
        pieces.append(markup[position : found.start()])
        if closing is None:
            unclosed.add(name)
            pieces.append("<")
            position = found.start() + 1
        else:
            pieces.append(" ")
            position = closing.end()
    pieces.append(markup[position:])
    return "".join(pieces)

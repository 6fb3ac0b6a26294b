"""The lines of a found message that say why it was found, with the words to mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailcore.search.folding import fold

LENGTH = 160
_SCANNED = 50_000
_MAX_NEEDLES = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked or not."""

    text: str
    is_hit: bool = False


def marked(text: str, needles: Sequence[str]) -> list[Piece]:
    """All of `text`, cut where the needles begin and end."""
    pieces: list[Piece] = []
    position = 0
    for start, end in _hits(text, needles):
        if start > position:
            pieces.append(Piece(text[position:start]))
        pieces.append(Piece(text[start:end], True))
        position = end
    if position < len(text):
        pieces.append(Piece(text[position:]))
    return pieces


def excerpt(text: str, needles: Sequence[str], length: int = LENGTH) -> list[Piece]:
    """About `length` characters round the first hit; [] if there is none."""
    flat = " ".join(text[:_SCANNED].split())
    hits = _hits(flat, needles)
    if not hits:
        return []
    start = max(0, hits[0][0] - length // 10)  # a row may be narrow, and the hit is what it is there for
    if start:
        start = flat.find(" ", start, hits[0][0]) + 1 or start
    end = min(len(flat), start + length)
    if end < len(flat):
        end = max(flat.rfind(" ", hits[0][1], end), hits[0][1])
    pieces = marked(flat[start:end], needles)
    if start:
        pieces.insert(0, Piece("…"))
    if end < len(flat):
        pieces.append(Piece("…"))
    return pieces


def _hits(text: str, needles: Sequence[str]) -> list[tuple[int, int]]:
    """Where needles occur, as searches compare them; overlapping ones are one."""
    folded, places = _folded(text)
    found: list[tuple[int, int]] = []
    for needle in needles[:_MAX_NEEDLES]:
        wanted = fold(needle).strip()
        at = folded.find(wanted) if wanted else -1
        while at >= 0:
            last = at + len(wanted) - 1
            found.append((places[at], places[last] + 1) if places else (at, last + 1))
            at = folded.find(wanted, at + len(wanted))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _folded(text: str) -> tuple[str, list[int]]:
    """Folded text and, for each of its characters, the one it came from; none needed where they are the same."""
    if text.isascii():
        return text.lower(), []
    pieces: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        folded = fold(character)
        pieces.append(folded)
        places.extend([index] * len(folded))
    return "".join(pieces), places

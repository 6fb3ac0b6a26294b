"""Why a message was found: the lines of its text where the words stand, and how well it fits what was asked."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from mailcore.message import bodies
from mailcore.message.part import load
from mailcore.models.entry import ANSWERED
from mailcore.search import snippets
from mailcore.search.folding import fold
from mailcore.search.snippets import Piece
from mailcore.store import blobs
from mailcore.store.conversation_list import Letter
from mailcore.store.errors import NotFound
from mailcore.store.uidset import in_list

LONGEST = 30_000  # octets of a text that are looked through for an excerpt
SECONDS = 0.03  # for the excerpts of one page: what is not ready then shows how its message begins
_MONTH = 30 * 86_400


def excerpts(
    account_id: int, message_ids: Iterable[int], needles: Sequence[str], seconds: float = SECONDS
) -> dict[int, list[Piece]]:
    """The lines round the first hit in each message's text; those without a hit there are left out."""
    numbers = list(message_ids)
    if not numbers or not needles:
        return {}
    until = time.monotonic() + seconds
    condition, parameter = in_list("m.id", numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.digest, m.parts, b.content FROM mailcore_message m"
            f" LEFT JOIN mailcore_blob b ON b.digest = m.digest WHERE m.account_id = %s AND {condition}",
            [account_id, parameter],
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found: dict[int, list[Piece]] = {}
    for number in numbers:
        if number not in rows or time.monotonic() > until:
            continue
        pieces = snippets.excerpt(_text(*rows[number]), needles)
        if pieces:
            found[number] = pieces
    return found


def _text(digest: bytes, parts: bytes, content: bytes | None) -> str:
    """What the message says, from its beginning."""
    part = bodies.best_text(load(bytes(parts)))
    if part is None:
        return ""
    raw = None if content is None else bytes(content)
    key = bytes(digest)

    def fetch(start: int, length: int) -> bytes:
        if raw is not None:
            return raw[start : start + min(length, LONGEST)]
        return blobs.slice(key, start, min(length, LONGEST))

    try:
        return bodies.text(part, fetch, LONGEST)
    except NotFound:
        return ""


def most_relevant(
    letters: Mapping[int, Sequence[Letter]], needles: Sequence[str], own_address: str, now: float
) -> list[int]:
    """Conversations in the order in which they probably answer a question, the best first.

    Words in the subject count more than names, and those more than the rest; being starred, having been answered,
    and being addressed to the reader alone add to it; age takes away, by halves ever more slowly.
    """
    wanted = [fold(needle).strip() for needle in needles]

    def score(number: int) -> float:
        found = letters[number]
        latest = found[-1]
        subject, names = fold(latest.subject), " ".join(fold(letter.sender) for letter in found[-3:])
        opening = fold(latest.preview)
        points = 0.0
        for word in wanted:
            points += 4 * _weight(word, subject) + 2 * _weight(word, names) + _weight(word, opening)
        points += 1.5 * any(letter.is_starred for letter in found)
        points += 1.0 * any(letter.flags & ANSWERED for letter in found)
        points += 0.5 * any(own_address in letter.to.lower() for letter in found[-1:])
        months = max(0.0, now - latest.received) / _MONTH
        return points + 3 / (1 + math.log2(1 + months))

    return sorted(letters, key=lambda number: (-score(number), -letters[number][-1].received))


def _weight(word: str, text: str) -> float:
    """1 for the word itself, half for a part of another, 0 for neither."""
    at = text.find(word) if word else -1
    if at < 0:
        return 0.0
    before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
    return 0.5 if before.isalnum() or after.isalnum() else 1.0

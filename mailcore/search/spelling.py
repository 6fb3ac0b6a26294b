"""Did you mean …? For a search that found nothing: words that this account's mail has and that look nearly the same."""

from __future__ import annotations

import re
from difflib import get_close_matches

from django.db import connection

from mailcore.search.folding import fold

_RECENT = 3_000  # messages whose subjects and senders are the vocabulary
_LIKENESS = 0.74
_WORD = re.compile(r"[^\W\d_]{3,40}")


def suggestion(account_id: int, typed: str) -> str:
    """The search with its unknown words put right; "" if none comes to mind. Operators and phrases stay."""
    words = [word for word in typed.split() if _WORD.fullmatch(word) and word not in ("OR", "AND", "AROUND")]
    if not words:
        return ""
    known = _vocabulary(account_id)
    better = {}
    for word in words:
        folded = fold(word)
        if folded in known:
            continue
        likely = get_close_matches(folded, _comparable(folded, known), n=1, cutoff=_LIKENESS)
        if likely:
            better[word] = known[likely[0]]
    if not better:
        return ""
    return " ".join(better.get(word, word) for word in typed.split())


def _comparable(word: str, known: dict[str, str]) -> list[str]:
    """Only what is about as long, so that a long vocabulary stays cheap."""
    return [
        other
        for other in known
        if abs(len(other) - len(word)) <= 2 and (other[0] == word[0] or other[1:2] == word[1:2])
    ]


def _vocabulary(account_id: int) -> dict[str, str]:
    """Words of recent subjects and senders, as searches compare them, and how they were written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, sender FROM mailcore_message WHERE account_id = %s AND id BETWEEN %s AND %s"
            " ORDER BY id DESC LIMIT %s",
            [account_id, account_id << 32, (account_id + 1 << 32) - 1, _RECENT],
        )
        rows = cursor.fetchall()
    return {fold(word): word for row in rows for text in row for word in _WORD.findall(text)}

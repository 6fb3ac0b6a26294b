"""How many unread each saved search finds: counted when somebody asks, and again when the account has changed."""

from __future__ import annotations

from zlib import crc32

from django.core.cache import cache
from django.http import HttpRequest

from mailcore.models import SavedSearch
from mailcore.models.entry import SEEN
from mailcore.search import evaluate
from mailcore.search.query import And, HasFlag, Not
from webmail import finding, rail

MOST_COUNTED = 100
KEPT_SECONDS = 900  # newer_than:7d goes on without a change


def known(request: HttpRequest, row: SavedSearch) -> str:
    """What stands beside the name if it has been counted; "" costs nothing."""
    kept: int | None = cache.get(_key(request, row))
    return _text(kept or 0)


def unread(request: HttpRequest, row: SavedSearch) -> str:
    """What stands beside the name: "", a number, or "100+"."""
    key = _key(request, row)
    kept: int | None = cache.get(key)
    if kept is None:
        search = finding.understood(request, row.query)
        tree = And((search.tree, Not(HasFlag(SEEN))))
        is_nonsense = search.is_empty and bool(search.problems)
        kept = 0 if is_nonsense else evaluate.count(row.account_id, tree, MOST_COUNTED) or 0
        cache.set(key, kept, KEPT_SECONDS)
    return _text(kept)


def _text(count: int) -> str:
    return f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count or "")


def _key(request: HttpRequest, row: SavedSearch) -> str:
    return f"saved:{row.id}:{rail.of(request).modseq}:{crc32(row.query.encode())}"

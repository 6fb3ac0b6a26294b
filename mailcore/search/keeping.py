"""Searches that are kept: those with a name, which stand among the folders, and the last ones that were typed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.utils.translation import gettext as _

from mailcore.models import RecentSearch, SavedSearch
from mailcore.search.errors import SearchRefused
from mailcore.store import writing
from mailcore.store.errors import NotFound

MOST_SAVED = 50
MOST_RECENT = 20
LONGEST_NAME, LONGEST_QUERY = 100, 500


def saved(account_id: int) -> list[SavedSearch]:
    """In the reader's order."""
    return list(SavedSearch.objects.filter(account_id=account_id).order_by("position", "id"))


def one(account_id: int, search_id: int) -> SavedSearch:
    """Raises NotFound."""
    found = SavedSearch.objects.filter(account_id=account_id, id=search_id).first()
    if found is None:
        raise NotFound(_("This search is not there any more"))
    return found


def save(account_id: int, name: str, query: str) -> SavedSearch:
    """Under a name; the one that has it already is replaced. Raises SearchRefused."""
    name, query = _name(name), query.strip()[:LONGEST_QUERY]
    if not query:
        raise SearchRefused(_("There is nothing to search for"))
    with writing.account(account_id) as write:
        known = saved(account_id)
        row = next((item for item in known if item.name.casefold() == name.casefold()), None)
        if row is None:
            if len(known) >= MOST_SAVED:
                raise SearchRefused(_("At most %(count)d searches can be saved") % {"count": MOST_SAVED})
            row = SavedSearch(id=write.new_id(), account_id=account_id)
            row.position = max((item.position for item in known), default=0) + 1
        row.name, row.query = name, query
        row.save()
    return row


def change(account_id: int, search_id: int, *, name: str, query: str) -> SavedSearch:
    """Another name, or another question. Raises NotFound or SearchRefused."""
    name, query = _name(name), query.strip()[:LONGEST_QUERY]
    if not query:
        raise SearchRefused(_("There is nothing to search for"))
    with writing.account(account_id):
        row = one(account_id, search_id)
        if any(item.name.casefold() == name.casefold() and item.id != row.id for item in saved(account_id)):
            raise SearchRefused(_("There is a search of that name already"))
        row.name, row.query = name, query
        row.save(update_fields=["name", "query"])
    return row


def delete(account_id: int, search_id: int) -> None:
    """Only the search: nothing happens to the mail. Raises NotFound."""
    with writing.account(account_id):
        one(account_id, search_id)
        SavedSearch.objects.filter(account_id=account_id, id=search_id).delete()


def arrange(account_id: int, order: Sequence[int]) -> None:
    """Stand in this order; those that are not named follow as they were."""
    with writing.account(account_id):
        known = saved(account_id)
        places = {number: place for place, number in enumerate(order)}
        known.sort(key=lambda row: places.get(row.id, len(places)))
        for position, row in enumerate(known, 1):
            if row.position != position:
                row.position = position
                row.save(update_fields=["position"])


def recent(account_id: int) -> list[str]:
    """What was searched for, the last first."""
    found = RecentSearch.objects.filter(account_id=account_id).order_by("-used", "-id")
    return list(found.values_list("query", flat=True)[:MOST_RECENT])


def remember(account_id: int, query: str) -> None:
    """It was searched for now."""
    query = " ".join(query.split())[:LONGEST_QUERY]
    if not query:
        return
    with writing.account(account_id) as write:
        found = RecentSearch.objects.filter(account_id=account_id)
        if not found.filter(query=query).update(used=int(time.time())):
            RecentSearch.objects.create(
                id=write.new_id(), account_id=account_id, query=query, used=int(time.time())
            )
        old = list(found.order_by("-used", "-id").values_list("id", flat=True)[MOST_RECENT : MOST_RECENT * 2])
        RecentSearch.objects.filter(account_id=account_id, id__in=old).delete()


def forget(account_id: int, query: str | None = None) -> None:
    """One of them, or all."""
    with writing.account(account_id):
        found = RecentSearch.objects.filter(account_id=account_id)
        (found if query is None else found.filter(query=query)).delete()


def _name(text: str) -> str:
    name = " ".join(text.split())[:LONGEST_NAME]
    if not name:
        raise SearchRefused(_("A saved search needs a name"))
    return name

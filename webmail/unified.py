"""Everything that waits for one person: the inboxes of their own account and of those that were given to them.

Ids of conversations begin with the account (`account_id << 32 | n`), so a row says whose it is, and places in the
lists of different accounts can be compared. Each account is asked by itself, with its own id, and only when the
directory says anew that it is open to the person.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from mailcore.models import Account
from mailcore.models.mailbox import INBOX
from mailcore.store import conversation_list, mailboxes
from mailcore.store.conversation_list import Listed, Position
from mailcore.store.errors import MailboxNotFound
from mailcore.store.writing import ID_SHIFT
from webmail import reader, whose
from webmail.rail import Folder, Rail
from webmail.rendering import later, portraits
from webmail.rendering.rows import Row, View
from webmail.rendering.rows import rows as rendered_rows


@dataclass(frozen=True)
class Box:
    """One of the inboxes."""

    account: Account
    is_own: bool

    @cached_property
    def shelf(self) -> Rail:
        """The folders and labels of the account."""
        return Rail(self.account.pk, 0)

    @property
    def inbox(self) -> Folder | None:
        """None: somebody removed it, or mail never came."""
        return self.shelf.by_use(INBOX)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of all accounts, newest first, and where the next page begins."""

    rows: list[Row]
    next: Position | None


def accounts(request: HttpRequest) -> list[Account]:
    """The person's own first."""
    return [reader.of(request), *(item.owner for item in whose.given(request))]


def boxes(request: HttpRequest) -> list[Box]:
    """The accounts with what their lists need."""
    return [Box(account, not at) for at, account in enumerate(accounts(request))]


def unseen(request: HttpRequest) -> int:
    """What waits unread in all of them."""
    waiting = 0
    for account in accounts(request):
        try:
            waiting += mailboxes.named(account.pk, INBOX).unseen
        except MailboxNotFound:
            continue
    return waiting


def page(
    request: HttpRequest, found: list[Box], before: Position | None, *, unread_only: bool, open_id: int = 0
) -> Page:
    """The next rows: so many places of each account, then the letters of those that are shown."""
    size = conversation_list.PAGE_SIZE
    places: list[tuple[int, Position]] = []
    for box in found:
        inbox = box.inbox
        if inbox is not None and (inbox.unseen if unread_only else inbox.total):
            places += conversation_list.places(
                box.account.pk, inbox.id, before=before, unread_only=unread_only, size=size + 1
            )
    first = heapq.nlargest(size + 1, places, key=_age)
    shown, following = first[:size], first[size - 1][1] if len(first) > size else None
    return Page(drawn(request, found, shown, open_id), following)


def asked(request: HttpRequest, found: list[Box], conversation_ids: Iterable[int]) -> list[Row]:
    """Those of the conversations that are in the inbox of their account, as they are now."""
    wanted = by_account(conversation_ids)
    listed: list[tuple[Box, Listed]] = []
    for box in found:
        ids = wanted.get(box.account.pk, [])
        if ids and box.inbox is not None:
            rows = conversation_list.rows(box.account.pk, box.inbox.id, ids, box.shelf.hidden)
            listed += [(box, item) for item in rows]
    return _rendered(request, listed)


def drawn(
    request: HttpRequest, found: list[Box], places: list[tuple[int, Position]], open_id: int = 0
) -> list[Row]:
    """Rows of conversations whose places are known."""
    listed: list[tuple[Box, Listed]] = []
    for box in found:
        own = [place for place in places if place[0] >> ID_SHIFT == box.account.pk]
        if own and box.inbox is not None:
            rows = conversation_list.placed(box.account.pk, own, box.shelf.hidden, box.inbox.id)
            listed += [(box, item) for item in rows]
    return _rendered(request, listed, open_id)


def by_account(conversation_ids: Iterable[int]) -> dict[int, list[int]]:
    """Account → its conversations."""
    grouped: dict[int, list[int]] = {}
    for number in conversation_ids:
        grouped.setdefault(number >> ID_SHIFT, []).append(number)
    return grouped


def _rendered(request: HttpRequest, listed: list[tuple[Box, Listed]], open_id: int = 0) -> list[Row]:
    photos = portraits.of(request)  # before addresses lead elsewhere
    rendered: list[tuple[tuple[int, int], Row]] = []
    for box in {id(box): box for box, _ in listed}.values():
        own = [item for other, item in listed if other is box]
        view = View(
            own_address=reader.of(request).address,
            folder=box.inbox,
            folders={item.id: item for item in box.shelf.all},
            labels=box.shelf.by_keyword,
            portraits=photos,
            open_id=open_id,
            badges=later.badges(box.account.pk, [item.id for item in own]),
            whose="" if box.is_own else box.account.name or box.account.address,
            unified=True,
        )
        with whose.addresses_of(request, box.account):
            rendered += [
                (_age((item.id, item.position)), row)
                for item, row in zip(own, rendered_rows(own, view), strict=True)
            ]
    return [row for _, row in sorted(rendered, key=lambda pair: pair[0], reverse=True)]


def _age(place: tuple[int, Position]) -> tuple[int, int]:
    return place[1].received, place[1].entry_id


def title(found: list[Box], name: str, product: str) -> str:
    """The page's title, with what waits unread in all of them."""
    waiting = sum(box.shelf.unread for box in found)
    head = f"({waiting}) {name}" if waiting else name
    return f"{head} · {product}"

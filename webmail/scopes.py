"""Which list a form is about, for "all that match": a mailbox, a label or a search, walked by the server.

The form carries the list's own words (`mailbox`, `in_label` or `q`, and `unread`), never thousands of ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from mailcore.store import conversation_list, errors, label_list, labels
from mailcore.store.conversation_list import Position
from webmail import rail, reader
from webmail.views import search

Walk = Callable[[Position | None, int], tuple[list[int], Position | None]]


@dataclass(frozen=True, slots=True)
class Scope:
    """A list: `walk` gives the next conversations below a place, and the place after them (None: the end)."""

    mailbox_id: int | None
    total: int | None  # messages, where a counter knows
    walk: Walk


def of(request: HttpRequest) -> Scope:
    """The list that a form was sent from. Raises NotFound for one that is not (or no longer) there."""
    account_id, post = reader.account_id(request), request.POST
    unread_only = post.get("unread") == "1"
    if post.get("q"):
        query = post["q"]
        return Scope(None, None, lambda before, size: search.walk(request, query, before, size))
    hidden = rail.of(request).hidden
    if post.get("in_label"):
        label = labels.one(account_id, _number(post["in_label"]))

        def walk_label(before: Position | None, size: int) -> tuple[list[int], Position | None]:
            found = label_list.places(
                account_id, label.keyword, before=before, unread_only=unread_only, size=size, hidden=hidden
            )
            return [number for number, _ in found], found[-1][1] if len(found) == size else None

        return Scope(None, None, walk_label)
    folder = rail.of(request).by_id(_number(post.get("mailbox", "")))
    if folder is None:
        raise errors.NotFound("No such list")

    def walk_folder(before: Position | None, size: int) -> tuple[list[int], Position | None]:
        found = conversation_list.places(
            account_id, folder.id, before=before, unread_only=unread_only, size=size
        )
        return [number for number, _ in found], found[-1][1] if len(found) == size else None

    return Scope(folder.id, folder.unseen if unread_only else folder.total, walk_folder)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0

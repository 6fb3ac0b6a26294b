"""Completing a recipient: from people, from groups, and from whom one wrote to. Remembering whom one wrote to."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from mailcore.models import Contact
from mailcore.people import groups, words
from mailcore.store import writing

LONGEST_ADDRESS, LONGEST_NAME = 254, 200
_SPECIAL = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class Offer:
    """A person or a group that the letters typed so far may mean. `text` is what goes into the field."""

    kind: str  # "person" or "group"
    id: int
    name: str
    address: str = ""
    count: int = 1  # of a group: how many are in it

    @property
    def text(self) -> str:
        """An address as RFC 5322 §3.4 writes it; nothing for a group: its members are asked for."""
        return written(self.name, self.address) if self.kind == "person" else ""


def offer(account_id: int, text: str, limit: int = 8) -> list[Offer]:
    """Whoever's name or address begins with `text`, or has a word that does: groups, then the most written to."""
    found = [
        Offer("group", group.id, group.name, count=count)
        for group, count in groups.matching(account_id, text, limit=3)
    ]
    people = [Offer("person", row.id, row.name, row.address) for row in complete(account_id, text, limit)]
    return (found + people)[:limit]


def complete(account_id: int, text: str, limit: int = 8) -> list[Contact]:
    """The addresses among them, as rows."""
    pattern = words.pattern(text)
    if not pattern:
        return []
    # Plain SQL, and the range of ids besides the account: a walk along the table itself, in no index's order.
    first = account_id << writing.ID_SHIFT
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, address, name, uses, last_used, person_id FROM mailcore_contact"
            " WHERE account_id = %s AND id BETWEEN %s AND %s AND words LIKE %s ESCAPE '\\'"
            " ORDER BY uses DESC, person_id IS NULL, last_used DESC, address LIMIT %s",
            [account_id, first, first | 0xFFFFFFFF, pattern, limit],
        )
        names = ("id", "address", "name", "uses", "last_used", "person_id")
        return [Contact(account_id=account_id, **dict(zip(names, row, strict=True))) for row in cursor]


def remember(account_id: int, people: Iterable[tuple[str, str]], when: int | None = None) -> None:
    """Count one more use of each (address, name); a name once known is not forgotten for an empty one."""
    counted: dict[str, tuple[str, int]] = {}
    for address, name in people:
        if 0 < len(address) <= LONGEST_ADDRESS:
            known, uses = counted.get(address.lower(), ("", 0))
            counted[address.lower()] = (name[:LONGEST_NAME] or known, uses + 1)
    if not counted:
        return
    now = int(time.time()) if when is None else when
    with writing.account(account_id) as write:
        rows = {
            row.address: row for row in Contact.objects.filter(account_id=account_id, address__in=counted)
        }
        for address, (name, uses) in counted.items():
            row = rows.get(address) or Contact(account_id=account_id, address=address)
            is_new = row.id is None
            if is_new:
                row.id = write.new_id()
            if row.person_id is None:  # a saved name is the reader's own word
                row.name = name or row.name
                row.words = words.words(row.name, address)
            row.uses, row.last_used = row.uses + uses, now
            row.save(force_insert=is_new)


def written(name: str, address: str) -> str:
    """`Ann Lee <ann@x.test>`, with quotes where a name needs them."""
    if not name:
        return address
    if _SPECIAL & set(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"

"""People this account writes to: remembered when mail is sent, offered when a recipient is typed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db.models import Q

from mailcore.models import Contact
from mailcore.store import writing

LONGEST_ADDRESS, LONGEST_NAME = 254, 200


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
            row = rows.get(address)
            if row is None:
                row = Contact(id=write.new_id(), account_id=account_id, address=address)
                row.name, row.uses, row.last_used = name, uses, now
                row.save(force_insert=True)
            else:
                row.name, row.uses, row.last_used = name or row.name, row.uses + uses, now
                row.save(update_fields=["name", "uses", "last_used"])


def complete(account_id: int, text: str, limit: int = 8) -> list[Contact]:
    """Whoever's name or address begins with `text`, or has a word that does; the most written to first."""
    words = text.strip()
    if not words:
        return []
    fits = (
        Q(address__istartswith=words)
        | Q(name__istartswith=words)
        | Q(name__icontains=f" {words}")
        | Q(address__icontains=f"@{words}")
        | Q(address__icontains=f".{words}")
    )
    found = Contact.objects.filter(fits, account_id=account_id)
    return list(found.order_by("-uses", "-last_used", "address")[:limit])

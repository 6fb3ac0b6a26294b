"""Annotations of mailboxes and of the account: read, write, forget. RFC 5464.

A mailbox belongs to one account, so `/shared/…` and `/private/…` are two names for what the same people see; both
are kept because programs tell them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q

from mailcore.models import Annotation
from mailcore.store import writing
from mailcore.store.errors import MailError

ACCOUNT = 0  # instead of a mailbox's id
MOST_OCTETS = 65_536
MOST_ENTRIES = 1_000  # of one account
LONGEST_ENTRY = 255


class TooLarge(MailError):
    """A value has more octets than we keep."""


class TooMany(MailError):
    """The account has as many entries as it may."""


def read(
    account_id: int, mailbox_ids: Collection[int], entries: Iterable[str], depth: int | None = 0
) -> dict[int, dict[str, bytes]]:
    """Values by mailbox and entry: the entries themselves (0), one level below too (1), everything below (None)."""
    wanted = Q(pk__in=[])
    for entry in entries:
        wanted |= Q(entry=entry)
        if depth != 0:
            wanted |= Q(entry__startswith=f"{entry}/")
    rows = Annotation.objects.filter(wanted, account_id=account_id, mailbox_id__in=mailbox_ids)
    found: dict[int, dict[str, bytes]] = {}
    for row in rows.order_by("entry"):
        if depth != 1 or any(_is_near(row.entry, entry) for entry in entries):
            found.setdefault(row.mailbox_id, {})[row.entry] = bytes(row.value)
    return found


def _is_near(entry: str, above: str) -> bool:
    return entry == above or (entry.startswith(f"{above}/") and "/" not in entry[len(above) + 1 :])


def write(account_id: int, mailbox_id: int, values: Mapping[str, bytes | None]) -> None:
    """Set these entries, or remove them (None): all of them or none. Raises TooLarge, TooMany."""
    if any(value is not None and len(value) > MOST_OCTETS for value in values.values()):
        raise TooLarge("Value too large")
    with writing.account(account_id) as change:
        held = Annotation.objects.filter(account_id=account_id)
        held.filter(mailbox_id=mailbox_id, entry__in=list(values)).delete()
        kept = {entry: value for entry, value in values.items() if value is not None}
        if not kept:
            return
        if held.count() + len(kept) > MOST_ENTRIES:
            raise TooMany("Too many annotations")
        first = change.new_ids(len(kept))
        Annotation.objects.bulk_create(
            [
                Annotation(
                    id=first + number, account_id=account_id, mailbox_id=mailbox_id, entry=entry, value=value
                )
                for number, (entry, value) in enumerate(kept.items())
            ]
        )


def forget(account_id: int, mailbox_id: int) -> None:
    """The mailbox is deleted; so is what was noted beside it."""
    Annotation.objects.filter(account_id=account_id, mailbox_id=mailbox_id).delete()

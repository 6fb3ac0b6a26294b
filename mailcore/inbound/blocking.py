"""Senders whom an account does not want to hear from: what comes from them is filed in Junk, and nobody is told."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from mailcore.identity import addresses as directory
from mailcore.identity.errors import AddressInvalid
from mailcore.message import addresses
from mailcore.models import BlockedSender
from mailcore.store import writing
from mailcore.store.errors import MailError, NotPermitted

MOST_BLOCKED = 10_000


def block(account_id: int, address: str) -> BlockedSender:
    """From now on. Raises AddressInvalid; NotPermitted for an address of one's own, or when there are too many."""
    name = directory.canonical(address)
    if any(target.account_id == account_id for target in directory.resolve(name)):
        raise NotPermitted("That is an address of your own")
    with writing.account(account_id) as write:
        known = BlockedSender.objects.filter(account_id=account_id, address=name).first()
        if known is not None:
            return known
        if BlockedSender.objects.filter(account_id=account_id).count() >= MOST_BLOCKED:
            raise NotPermitted(_("No more than %(count)d senders can be blocked") % {"count": MOST_BLOCKED})
        row = BlockedSender(id=write.new_id(), account_id=account_id, address=name, created=int(time.time()))
        row.save(force_insert=True)
    return row


def unblock(account_id: int, address: str) -> bool:
    """Whether it was blocked."""
    with writing.account(account_id):
        found = BlockedSender.objects.filter(account_id=account_id, address=_canonical(address))
        return found.delete()[0] > 0


def listing(account_id: int) -> list[BlockedSender]:
    """Everybody, the newest first."""
    return list(BlockedSender.objects.filter(account_id=account_id).order_by("-created", "-id"))


def is_blocked(account_id: int, address: str) -> bool:
    """Whether this account blocks that address."""
    return account_id in who_blocks([account_id], [address])


def who_blocks(account_ids: Collection[int], senders: Iterable[str]) -> set[int]:
    """The accounts among these that block one of these senders: one query, however many recipients."""
    names = {name for address in senders if (name := _canonical(address))}
    if not names:
        return set()
    found = BlockedSender.objects.filter(account_id__in=list(account_ids), address__in=names)
    return set(found.values_list("account_id", flat=True))


def senders(reverse_path: str, field: str) -> list[str]:
    """The addresses that a message comes from: that of its envelope and those of its From."""
    written = (person.address for person in addresses.mailboxes(addresses.parse(field)))
    return [address for address in (reverse_path, *written) if address][:20]


def _canonical(address: str) -> str:
    try:
        return directory.canonical(address)
    except (AddressInvalid, MailError):
        return ""

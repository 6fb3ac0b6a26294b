"""Aliases: addresses that stand for others."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from mailcore.identity import addresses, domains
from mailcore.identity.errors import AddressInvalid, AddressTaken
from mailcore.models import Alias
from mailcore.store import writing


def add(address: str, targets: Sequence[str]) -> Alias:
    """Make `address` stand for `targets`. An account may have the same address: the alias then goes first."""
    name = addresses.for_new(address)
    domains.named(name.rpartition("@")[2])
    try:
        with writing.exclusive(), transaction.atomic():
            alias = Alias.objects.create(address=name, target=_target(targets))
    except IntegrityError as problem:
        raise AddressTaken(f"{name} is an alias already") from problem
    addresses.forget()
    return alias


def change(alias: Alias, *, targets: Sequence[str] | None = None, is_active: bool | None = None) -> Alias:
    """Point it elsewhere, switch it on or off."""
    if targets is not None:
        alias.target = _target(targets)
    if is_active is not None:
        alias.is_active = is_active
    with writing.exclusive():
        alias.save()
    addresses.forget()
    return alias


def remove(alias: Alias) -> None:
    """Its mail is refused from now on."""
    with writing.exclusive():
        alias.delete()
    addresses.forget()


def _target(targets: Sequence[str]) -> str:
    names = [addresses.canonical(target) for target in targets]
    if not names:
        raise AddressInvalid("An alias needs at least one address to stand for")
    if any("," in name for name in names):
        raise AddressInvalid("An alias cannot lead to an address with a comma")
    return ", ".join(dict.fromkeys(names))

"""Domains that we receive mail for: add, change."""

from __future__ import annotations

from django.db import transaction

from mailcore.identity import addresses
from mailcore.identity.errors import DomainUnknown
from mailcore.models import Account, Domain
from mailcore.store import writing


def add(name: str) -> Domain:
    """Receive mail for `name`, with DKIM keys of its own; one that is there already is returned as it is."""
    from mailcore.outbound import signing  # outbound asks identity who people are: imported late, no cycle

    canonical = addresses.canonical_domain(name)
    with writing.exclusive(), transaction.atomic():
        domain, is_new = Domain.objects.get_or_create(name=canonical)
        if is_new:
            signing.make_keys(domain)
    addresses.forget()
    return domain


def named(name: str) -> Domain:
    """The domain of that name; raises `DomainUnknown`."""
    domain = Domain.objects.filter(name=addresses.canonical_domain(name)).first()
    if domain is None:
        raise DomainUnknown(f"We do not receive mail for {name}")
    return domain


def change(domain: Domain, *, is_active: bool | None = None, catch_all: Account | str | None = "") -> Domain:
    """Switch a domain on or off; choose who gets mail for unknown addresses (None: nobody; left out: unchanged)."""
    if is_active is not None:
        domain.is_active = is_active
    if not isinstance(catch_all, str):
        domain.catch_all = catch_all
    with writing.exclusive():
        domain.save()
    addresses.forget()
    return domain

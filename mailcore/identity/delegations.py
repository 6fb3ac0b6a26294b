"""Accounts that somebody else may use as well: given by their owner (or an admin), accepted by a colleague.

What is given is the whole account in the browser: reading and moving, and with `may_send` writing "on behalf of"
(RFC 5322 §3.6.2: From stays the owner, Sender says who wrote). No password changes hands, so taking it back takes
one row away; nothing here is remembered between two questions.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailcore.identity import addresses, watching
from mailcore.identity.errors import AddressInvalid, DelegationRefused
from mailcore.models import Account, Delegation
from mailcore.store import writing
from mailcore.store.errors import NotFound

MOST_GIVEN = 100


def give(owner: Account, address: str, *, may_send: bool = False) -> Delegation:
    """Offer the account to whoever has that address here; again, to change what they may. Raises DelegationRefused."""
    delegate = _colleague(address)
    if delegate.pk == owner.pk:
        raise DelegationRefused(_("This account is yours already"))
    try:
        with writing.exclusive(), transaction.atomic():
            if Delegation.objects.filter(owner=owner).count() >= MOST_GIVEN:
                raise DelegationRefused(
                    _("An account can be given to at most %(count)d people") % {"count": MOST_GIVEN}
                )
            found, _is_new = Delegation.objects.update_or_create(
                owner=owner, delegate=delegate, defaults={"may_send": may_send}
            )
    except IntegrityError as problem:  # given twice in the same moment
        raise DelegationRefused(_("They were given this account just now")) from problem
    return found


def allow_sending(owner: Account, delegation_id: int, *, may_send: bool) -> None:
    """Let them write on the owner's behalf, or no longer."""
    with writing.exclusive():
        _one(Delegation.objects.filter(owner=owner, id=delegation_id).update(may_send=may_send))


def revoke(owner: Account, delegation_id: int) -> None:
    """Take it back: from the next request on it is as if it had never been."""
    with writing.exclusive():
        _one(Delegation.objects.filter(owner=owner, id=delegation_id).delete()[0])
    watching.of_account(owner.pk)  # the delegate's open pages end


def accept(delegate: Account, delegation_id: int) -> Account:
    """Say yes to what was offered; whose account it is."""
    with writing.exclusive():
        given = Delegation.objects.filter(delegate=delegate, id=delegation_id)
        _one(given.update(accepted=timezone.now()))
    return given.select_related("owner").get().owner


def leave(delegate: Account, delegation_id: int) -> None:
    """Say no, or no longer."""
    with writing.exclusive():
        given = Delegation.objects.filter(delegate=delegate, id=delegation_id)
        owner_id = given.values_list("owner_id", flat=True).first()
        _one(given.delete()[0])
    if owner_id is not None:
        watching.of_account(owner_id)


def access(person: Account, owner_id: int) -> Delegation | None:
    """What lets this person use that account now, with its owner; None for everybody else."""
    return (
        Delegation.objects.select_related("owner")
        .filter(
            delegate=person,
            owner_id=owner_id,
            owner__is_active=True,
            delegate__is_active=True,
            accepted__isnull=False,
        )
        .first()
    )


def may_send(person_id: int, owner_id: int) -> bool:
    """Whether that colleague may write in the owner's name now."""
    return Delegation.objects.filter(
        delegate_id=person_id,
        owner_id=owner_id,
        may_send=True,
        owner__is_active=True,
        delegate__is_active=True,
        accepted__isnull=False,
    ).exists()


def open_to(person: Account) -> list[Delegation]:
    """The accounts that were given and accepted, and are open."""
    return list(
        Delegation.objects.select_related("owner").filter(
            delegate=person, owner__is_active=True, accepted__isnull=False
        )
    )


def offered_to(person: Account) -> list[Delegation]:
    """Those that wait for an answer."""
    return list(
        Delegation.objects.select_related("owner").filter(
            delegate=person, owner__is_active=True, accepted__isnull=True
        )
    )


def given_by(owner: Account) -> list[Delegation]:
    """Who has access, or was offered it."""
    return list(Delegation.objects.select_related("delegate").filter(owner=owner))


def _colleague(address: str) -> Account:
    try:
        found = Account.objects.filter(address=addresses.canonical(address), is_active=True).first()
    except AddressInvalid:
        found = None
    if found is None:
        raise DelegationRefused(_("Nobody on this server has that address"))
    return found


def _one(changed: int) -> None:
    if not changed:
        raise NotFound(_("There is no such permission any more"))

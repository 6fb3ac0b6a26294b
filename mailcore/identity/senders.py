"""In whose name an account may write: its identities, and its bare addresses where it has made none for them.

The address of an identity is the account's own, an alias that leads to it, or one of these with a plus-tag (SECURITY
A22); it is looked at again whenever something is sent, for an alias may be gone by then.
"""

from __future__ import annotations

import html as markup
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from mailcore.identity import addresses as directory
from mailcore.identity.errors import AddressInvalid, IdentityError
from mailcore.message import addresses
from mailcore.models import Account, Identity
from mailcore.store import writing
from mailcore.store.errors import NotFound

MOST_IDENTITIES = 100
LONGEST_SIGNATURE = 100_000


@dataclass(frozen=True, slots=True)
class Sender:
    """One choice in the From field. `id` 0: an address nobody has made an identity for."""

    id: int
    name: str
    address: str
    reply_to: str = ""
    signature: str = ""  # HTML
    is_default: bool = False

    @property
    def key(self) -> str:
        """How a form names it."""
        return str(self.id) if self.id else self.address

    def __str__(self) -> str:
        return addresses.display(self.name, self.address)


def of(account: Account) -> list[Sender]:
    """Every name the account may write in, the default first."""
    rows = Identity.objects.filter(account_id=account.pk).order_by("-is_default", "id")[:MOST_IDENTITIES]
    made = [_sender(account, row) for row in rows if directory.may_send_as(account, row.address)]
    named = {sender.address for sender in made}
    bare = [
        Sender(0, account.name, address, signature=_plain(account.signature))
        for address in sorted(directory.names_of(account), key=lambda name: (name != account.address, name))
        if address not in named
    ]
    if not made or not made[0].is_default:
        own = [sender for sender in [*bare, *made] if sender.address == account.address][:1]
        first = replace((own or bare or made)[0], is_default=True)
        return [first, *(sender for sender in [*bare, *made] if sender.key != first.key)]
    return made + bare


def default(account: Account) -> Sender:
    """Who a new message is from."""
    return of(account)[0]


def chosen(account: Account, key: str) -> Sender | None:
    """The sender that a form named; None if the account may not write in that name (any more)."""
    known = of(account)
    found = next((sender for sender in known if sender.key == key), None)
    if found is None and "@" in key:
        found = by_address(account, key, known)
    return found


def by_address(account: Account, address: str, known: list[Sender] | None = None) -> Sender | None:
    """Who answers for `address`: its identity, or the default one under that address (an own plus-tag)."""
    try:
        wanted = directory.canonical(address)
    except AddressInvalid:
        return None
    known = of(account) if known is None else known
    found = next((sender for sender in known if sender.address == wanted), None)
    if found is None and directory.may_send_as(account, wanted):
        plain = _without_tag(wanted)
        base = next((sender for sender in known if sender.address == plain), known[0])
        found = replace(base, id=0, address=wanted, is_default=False)
    return found


def of_draft(account: Account, address: str, identity_id: int | None) -> Sender:
    """Who a draft is from: the identity it chose while that has still the same address, else the bare address."""
    if identity_id is not None:
        row = Identity.objects.filter(account_id=account.pk, id=identity_id, address=address).first()
        if row is not None:
            return _sender(account, row)
    return Sender(0, account.name, address)


def row(account: Account, identity_id: int) -> Identity:
    """One of them; raises NotFound."""
    found = Identity.objects.filter(account_id=account.pk, id=identity_id).first()
    if found is None:
        raise NotFound("There is no such identity")
    return found


def save(
    account: Account,
    identity_id: int | None,
    *,
    name: str,
    address: str,
    reply_to: str = "",
    signature: str = "",
    is_default: bool = False,
) -> Identity:
    """Make one (`identity_id` None) or change it. `signature` must be clean. Raises IdentityError, AddressInvalid."""
    own = directory.canonical(address)
    if not directory.may_send_as(account, own):
        raise IdentityError("This address is not yours: mail to it does not reach this account")
    if len(signature) > LONGEST_SIGNATURE:
        raise IdentityError("The signature is too long")
    answers = [person.address for person in addresses.mailboxes(addresses.parse(reply_to))]
    for answer in answers:
        directory.canonical(answer)
    with writing.account(account.pk) as write:
        mine = Identity.objects.filter(account_id=account.pk)
        if identity_id is None:
            if mine.count() >= MOST_IDENTITIES:
                raise IdentityError(_("There may be %(count)d identities") % {"count": MOST_IDENTITIES})
            kept = Identity(id=write.new_id(), account_id=account.pk)
        else:
            kept = row(account, identity_id)
        kept.name, kept.address, kept.signature = name.strip()[:200], own, signature
        kept.reply_to = ", ".join(answers)[:1000]
        kept.is_default = is_default or (identity_id is not None and kept.is_default)
        if kept.is_default:
            mine.exclude(id=kept.id).update(is_default=False)
        kept.save(force_insert=identity_id is None)
    return kept


def remove(account: Account, identity_id: int) -> None:
    """Take one away; its address stays."""
    with writing.account(account.pk):
        Identity.objects.filter(account_id=account.pk, id=identity_id).delete()


def make_default(account: Account, identity_id: int) -> None:
    """New messages are from this one."""
    with writing.account(account.pk):
        row(account, identity_id)
        mine = Identity.objects.filter(account_id=account.pk)
        mine.exclude(id=identity_id).update(is_default=False)
        mine.filter(id=identity_id).update(is_default=True)


def first_of(account: Account, found: Iterable[str]) -> Sender | None:
    """The first of these addresses that the account may write as: who a message came to answers it."""
    known = of(account)
    return next((sender for address in found if (sender := by_address(account, address, known))), None)


def _sender(account: Account, row: Identity) -> Sender:
    return Sender(row.id, row.name or account.name, row.address, row.reply_to, row.signature, row.is_default)


def _plain(signature: str) -> str:
    """The account's own signature, which is plain text, as HTML."""
    lines = signature.strip().splitlines()
    return "".join(f"<div>{markup.escape(line, quote=False) or '<br>'}</div>" for line in lines)


def _without_tag(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition(directory.TAG)[0]}@{domain}"

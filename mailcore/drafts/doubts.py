"""What somebody who is about to send may have overlooked beyond the text: dead addresses, too many in To, strangers."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.message import addresses
from mailcore.models import Contact, Draft, OutboundRecipient
from mailcore.store.writing import ID_SHIFT

MANY = 15  # people who all see each other's address
LOOKED_AT = 500


def never_worked(account_id: int, people: Iterable[addresses.Mailbox]) -> list[str]:
    """Those of the addresses that only ever failed for this account."""
    wanted = [person.address for person in people][:LOOKED_AT]
    State = OutboundRecipient.State
    rows = OutboundRecipient.objects.filter(
        account_id=account_id,
        id__range=(account_id << ID_SHIFT, (account_id + 1 << ID_SHIFT) - 1),  # there is no index but the key
        address__in=wanted,
        state__in=[State.FAILED, State.DELIVERED],
    )
    seen = set(rows.values_list("address", "state"))
    failed = {address for address, state in seen if state == State.FAILED}
    worked = {address for address, state in seen if state == State.DELIVERED}
    return sorted(failed - worked)


def visible(draft: Draft) -> int:
    """How many people in To and Cc see each other."""
    return sum(1 for field in (draft.to, draft.cc) for _ in addresses.mailboxes(addresses.parse(field)))


def strangers(account_id: int, text: str, domain: str) -> list[str]:
    """The addresses in a field that are neither colleagues nor anybody who was ever written to."""
    people = [person.address.lower() for person in addresses.mailboxes(addresses.parse(text))][:LOOKED_AT]
    outside = [address for address in people if address and not address.endswith(f"@{domain}")]
    known = Contact.objects.filter(account_id=account_id, address__in=outside).values_list(
        "address", flat=True
    )
    return sorted(set(outside) - set(known))

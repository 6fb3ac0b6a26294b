"""Which mailbox a message goes to: the one its plus-tag names if there is one, else INBOX."""

from __future__ import annotations

from mailcore.models.mailbox import INBOX, JUNK
from mailcore.store import mailboxes


def mailbox_id(account_id: int, detail: str = "", *, is_junk: bool = False) -> int:
    """Where to put a message for `name+detail@…`. A tag never makes a mailbox: strangers could fill the list."""
    if is_junk:
        return int(mailboxes.special(account_id, JUNK).id)
    if detail:
        found = _tagged(account_id, detail)
        if found is not None:
            return found
    return inbox_id(account_id)


def inbox_id(account_id: int) -> int:
    """The account's INBOX."""
    return int(mailboxes.named(account_id, INBOX).id)


def _tagged(account_id: int, detail: str) -> int | None:
    """The mailbox of that name, whatever its case; `work.bills` also finds `Work/Bills`."""
    wanted = {detail.casefold(), detail.replace(".", "/").casefold()}
    for mailbox in mailboxes.listing(account_id):
        if mailbox.name.casefold() in wanted:
            return int(mailbox.id)
    return None

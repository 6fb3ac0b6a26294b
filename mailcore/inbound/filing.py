"""Which mailbox a message goes to: the one its plus-tag names if there is one, else INBOX."""

from __future__ import annotations

import time

from mailcore.models.mailbox import INBOX, JUNK
from mailcore.store import mailboxes

REMEMBER_SECONDS = 300.0
MOST_REMEMBERED = 50_000

_inboxes: dict[int, tuple[float, int]] = {}  # account → (until when, INBOX)


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
    """The account's INBOX. It is never another mailbox (renaming it moves its messages), so it is remembered."""
    remembered = _inboxes.get(account_id)
    if remembered is not None and remembered[0] > time.monotonic():
        return remembered[1]
    found = int(mailboxes.named(account_id, INBOX).id)
    if len(_inboxes) >= MOST_REMEMBERED:
        _inboxes.clear()
    _inboxes[account_id] = (time.monotonic() + REMEMBER_SECONDS, found)
    return found


def forget() -> None:
    """Look again: an account is gone, or the test that had it is."""
    _inboxes.clear()


def _tagged(account_id: int, detail: str) -> int | None:
    """The mailbox of that name, whatever its case; `work.bills` also finds `Work/Bills`."""
    wanted = {detail.casefold(), detail.replace(".", "/").casefold()}
    for mailbox in mailboxes.listing(account_id):
        if mailbox.name.casefold() in wanted:
            return int(mailbox.id)
    return None

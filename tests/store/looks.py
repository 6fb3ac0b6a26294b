"""What can be observed of a mailbox, in few words."""

from __future__ import annotations

from mailcore.models import AccountState, Entry, Mailbox


def uids(mailbox: Mailbox) -> list[int]:
    """The UIDs that are there."""
    return [entry.uid for entry in live(mailbox)]


def live(mailbox: Mailbox) -> list[Entry]:
    """Entries that are there, by UID."""
    return list(
        Entry.objects.filter(account_id=mailbox.account_id, mailbox_id=mailbox.id, expunged=False).order_by(
            "uid"
        )
    )


def tombstones(mailbox: Mailbox) -> dict[int, int]:
    """UID → modseq of its end."""
    return dict(
        Entry.objects.filter(account_id=mailbox.account_id, mailbox_id=mailbox.id, expunged=True).values_list(
            "uid", "modseq"
        )
    )


def flags(mailbox: Mailbox) -> dict[int, tuple[int, str]]:
    """UID → flags, keywords."""
    return {entry.uid: (entry.flags, entry.keywords) for entry in live(mailbox)}


def counters(mailbox: Mailbox) -> tuple[int, int, int, int]:
    """total, unseen, bytes, uidnext: as the columns say."""
    now = Mailbox.objects.get(account_id=mailbox.account_id, id=mailbox.id)
    return now.total, now.unseen, now.bytes, now.uidnext


def state(account_id: int) -> AccountState:
    return AccountState.objects.get(account_id=account_id)

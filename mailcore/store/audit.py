"""Walk an account's mail and report what contradicts itself. Finds nothing in a healthy store."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from django.db import connection

from mailcore.models import AccountState, Mailbox, Message
from mailcore.store import blobs
from mailcore.store.errors import MailError

_LIVE_ENTRIES = (
    "SELECT count(*), coalesce(sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END), 0), coalesce(sum(size), 0)"
    " FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND NOT expunged"
)
_ALL_ENTRIES = (
    "SELECT coalesce(max(uid), 0), coalesce(max(modseq), 0) FROM mailcore_entry"
    " WHERE account_id = %s AND mailbox_id = %s"
)
_QUESTIONS = {
    "an entry names a message that is not there": (
        "SELECT e.id FROM mailcore_entry e WHERE e.account_id = %s AND NOT e.expunged AND NOT EXISTS"
        " (SELECT 1 FROM mailcore_message m WHERE m.account_id = e.account_id AND m.id = e.message_id)"
    ),
    "an entry disagrees with its message": (
        "SELECT e.id FROM mailcore_entry e JOIN mailcore_message m ON m.account_id = e.account_id"
        " AND m.id = e.message_id WHERE e.account_id = %s AND NOT e.expunged AND (e.size <> m.size"
        " OR e.conversation_id <> m.conversation_id)"
    ),
    "a message's octets are missing": (
        "SELECT m.id FROM mailcore_message m WHERE m.account_id = %s AND NOT EXISTS"
        " (SELECT 1 FROM mailcore_blob b WHERE b.digest = m.digest)"
    ),
    "a message's conversation is missing": (
        "SELECT m.id FROM mailcore_message m WHERE m.account_id = %s AND NOT EXISTS (SELECT 1 FROM"
        " mailcore_conversation c WHERE c.account_id = m.account_id AND c.id = m.conversation_id)"
    ),
    "an entry is in a mailbox that is not there": (
        "SELECT e.id FROM mailcore_entry e WHERE e.account_id = %s AND NOT e.expunged AND NOT EXISTS (SELECT 1"
        " FROM mailcore_mailbox b WHERE b.account_id = e.account_id AND b.id = e.mailbox_id"
        " AND b.deleted_modseq IS NULL)"
    ),
    "an entry's id begins with another account": (
        "SELECT e.id FROM mailcore_entry e WHERE e.account_id = %s AND e.id >> 32 <> e.account_id"
    ),
}


def contradictions(account_id: int, *, read_octets: bool = False) -> Iterator[str]:
    """One sentence for each fault. `read_octets` also reads every message and checks its digest."""
    state = AccountState.objects.filter(account_id=account_id).first()
    if state is None:
        yield f"account {account_id}: has no counters"
        return
    used = 0
    for mailbox in Mailbox.objects.filter(account_id=account_id).order_by("id"):
        for fault in _mailbox(mailbox, state):
            yield f"account {account_id}: mailbox {mailbox.id}: {fault}"
        used += mailbox.bytes
    if used != state.used_bytes:
        yield f"account {account_id}: counts {state.used_bytes} octets, its mailboxes hold {used}"
    for sentence, question in _QUESTIONS.items():
        with connection.cursor() as cursor:
            cursor.execute(question, [account_id])
            yield from (f"account {account_id}: row {row[0]}: {sentence}" for row in cursor.fetchall())
    if read_octets:
        yield from _octets(account_id)


def _mailbox(mailbox: Mailbox, state: AccountState) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_ENTRIES, [mailbox.account_id, mailbox.id])
        total, unseen, size = cursor.fetchone()
        cursor.execute(_ALL_ENTRIES, [mailbox.account_id, mailbox.id])
        highest_uid, highest_modseq = cursor.fetchone()
    for name, stored, counted in (
        ("messages", mailbox.total, total),
        ("unseen", mailbox.unseen, unseen),
        ("octets", mailbox.bytes, int(size)),
    ):
        if stored != counted:
            yield f"says {stored} {name}, holds {counted}"
    if highest_uid >= mailbox.uidnext:
        yield f"UIDNEXT is {mailbox.uidnext}, but UID {highest_uid} is in use"
    if highest_modseq > mailbox.highest_modseq:
        yield f"HIGHESTMODSEQ is {mailbox.highest_modseq}, but an entry has {highest_modseq}"
    if mailbox.highest_modseq > state.modseq:
        yield f"HIGHESTMODSEQ is {mailbox.highest_modseq}, but the account is at {state.modseq}"


def _octets(account_id: int) -> Iterator[str]:
    for message in Message.objects.filter(account_id=account_id).only("digest", "size", "prefix").iterator():
        hasher, size = blake2b(digest_size=32), len(message.prefix)
        try:
            for chunk in blobs.chunks(bytes(message.digest)):
                hasher.update(chunk)
                size += len(chunk)
        except MailError as problem:
            yield f"account {account_id}: message {message.id}: {problem}"
            continue
        if hasher.digest() != bytes(message.digest):
            yield f"account {account_id}: message {message.id}: its octets have changed"
        if size != message.size:
            yield f"account {account_id}: message {message.id}: says {message.size} octets, has {size}"

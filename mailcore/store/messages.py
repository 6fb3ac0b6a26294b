"""Append, copy, move, expunge: how messages come into mailboxes and leave them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from mailcore import doorbell
from mailcore.changes import change
from mailcore.message.summary import Summary, summarize
from mailcore.models import Mailbox
from mailcore.models.entry import DELETED, SEEN
from mailcore.models.mailbox import DRAFTS, INBOX, JUNK, SENT, TRASH
from mailcore.store import blobs, writing
from mailcore.store.blobs import Stored
from mailcore.store.conversations import Threading
from mailcore.store.errors import MailboxNotFound, MailError, NotFound, QuotaExceeded
from mailcore.store.group_commit import CommitGroup
from mailcore.store.uidset import Uids, in_list, where
from mailcore.store.writing import Write

# Seconds since 1970 that every database and every strftime can take: 1970 to 9999.
_EARLIEST, _LATEST = 0, 253_402_300_799


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message for one mailbox: its octets are safe (`stored`), its summary is made; only rows are missing."""

    account_id: int
    mailbox_id: int
    stored: Stored
    summary: Summary
    prefix: bytes = b""
    flags: int = 0
    keywords: frozenset[str] = frozenset()
    internaldate: int | None = None  # seconds since 1970; None: now

    @property
    def size(self) -> int:
        """Octets, with the trace fields."""
        return len(self.prefix) + self.stored.size


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an arrival went (APPENDUID: RFC 4315)."""

    account_id: int
    mailbox_id: int
    entry_id: int
    message_id: int
    conversation_id: int
    uid: int
    uidvalidity: int
    modseq: int


@dataclass(frozen=True, slots=True)
class Copied:
    """Which UIDs became which (COPYUID: RFC 4315); the two lists run in step."""

    uidvalidity: int
    old_uids: list[int]
    new_uids: list[int]
    modseq: int


@dataclass(frozen=True, slots=True)
class Expunged:
    """What is gone, ascending, and the modseq of its going."""

    uids: list[int]
    modseq: int


def keyword_text(keywords: frozenset[str] | set[str]) -> str:
    """Keywords as the Entry column holds them."""
    return " ".join(sorted(keywords))


def append(arrivals: Sequence[Arrival]) -> list[Appended]:
    """Put messages into mailboxes: all of them, durably, or none.

    Raises MailboxNotFound, QuotaExceeded or TemporaryFailure.
    """
    return _deliveries.submit(list(arrivals)) if arrivals else []


def append_bytes(
    account_id: int,
    mailbox_id: int,
    data: bytes,
    *,
    flags: int = 0,
    keywords: frozenset[str] = frozenset(),
    internaldate: int | None = None,
    prefix: bytes = b"",
) -> Appended:
    """Append one message that is in memory."""
    at = int(time.time()) if internaldate is None else internaldate
    summary = summarize(data, datetime.fromtimestamp(_within(at), UTC))
    arrival = Arrival(account_id, mailbox_id, blobs.put(data), summary, prefix, flags, keywords, at)
    return append([arrival])[0]


def _within(seconds: int) -> int:
    return min(max(seconds, _EARLIEST), _LATEST)


# --- the write behind append ----------------------------------------------------------------------


class _Inbox:
    """A mailbox that a group of deliveries writes to, and what they add to it."""

    __slots__ = ("bytes", "id", "total", "uidnext", "uids", "uidvalidity", "unseen", "use")

    def __init__(self, number: int, uidnext: int, uidvalidity: int, use: str) -> None:
        self.id, self.uidnext, self.uidvalidity, self.use = number, uidnext, uidvalidity, use
        self.total = self.unseen = self.bytes = 0
        self.uids: list[int] = []


def _write(jobs: list[list[Arrival]]) -> list[list[Appended] | MailError]:
    """Deliver a group in one transaction: about ten statements, however many messages there are."""
    with writing.accounts({arrival.account_id for job in jobs for arrival in job}) as writes:
        inboxes = _inboxes(jobs)
        refused = _refusals(jobs, writes, inboxes)
        accepted = [arrival for job, no in zip(jobs, refused, strict=True) if no is None for arrival in job]
        placed = iter(_insert(accepted, writes, inboxes) if accepted else [])
        answers: list[list[Appended] | MailError] = [
            [next(placed) for _ in job] if no is None else no for job, no in zip(jobs, refused, strict=True)
        ]
    return answers


def _inboxes(jobs: list[list[Arrival]]) -> dict[tuple[int, int], _Inbox]:
    by_account, accounts = in_list("account_id", sorted({a.account_id for job in jobs for a in job}))
    by_id, numbers = in_list("id", sorted({a.mailbox_id for job in jobs for a in job}))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, id, uidnext, uidvalidity, CASE name WHEN 'INBOX' THEN name ELSE special_use END"
            " FROM mailcore_mailbox"
            f" WHERE {by_account} AND {by_id} AND deleted_modseq IS NULL",
            [accounts, numbers],
        )
        return {(row[0], row[1]): _Inbox(*row[1:]) for row in cursor.fetchall()}


def _refusals(
    jobs: list[list[Arrival]], writes: dict[int, Write], inboxes: dict[tuple[int, int], _Inbox]
) -> list[MailError | None]:
    """For each job, why it cannot be done; what can be done is counted against the quota."""
    refused: list[MailError | None] = []
    for job in jobs:
        needed: dict[int, int] = {}
        for arrival in job:
            needed[arrival.account_id] = needed.get(arrival.account_id, 0) + arrival.size
        problem: MailError | None = None
        if any((arrival.account_id, arrival.mailbox_id) not in inboxes for arrival in job):
            problem = MailboxNotFound("No such mailbox")
        for account_id, size in needed.items():
            write = writes[account_id]
            if 0 < write.quota_bytes < write.used_bytes + size:
                problem = problem or QuotaExceeded(never_fits=size > write.quota_bytes)
        if problem is None:
            for account_id, size in needed.items():
                writes[account_id].use_bytes(size)
        refused.append(problem)
    return refused


def _insert(
    arrivals: list[Arrival], writes: dict[int, Write], inboxes: dict[tuple[int, int], _Inbox]
) -> list[Appended]:
    blobs.record((arrival.stored for arrival in arrivals), writes[arrivals[0].account_id].now)
    threading = Threading([(writes[a.account_id], a.summary) for a in arrivals])
    placed: list[tuple[Arrival, Write, _Inbox, int, int, int, int, int]] = []
    for arrival in arrivals:
        write, inbox = writes[arrival.account_id], inboxes[arrival.account_id, arrival.mailbox_id]
        received = _within(write.now if arrival.internaldate is None else arrival.internaldate)
        conversation = threading.conversation_of(write, arrival.summary, received)
        message_id, entry_id, uid = write.new_id(), write.new_id(), inbox.uidnext
        inbox.uidnext += 1
        inbox.uids.append(uid)
        inbox.total += 1
        inbox.bytes += arrival.size
        inbox.unseen += not arrival.flags & SEEN
        placed.append((arrival, write, inbox, received, conversation, message_id, entry_id, uid))
    threading.write_rows()
    messages: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    answers: list[Appended] = []
    for arrival, write, inbox, received, conversation, message_id, entry_id, uid in placed:
        conversation = threading.final(conversation)
        account_id, modseq = arrival.account_id, write.modseq
        messages.append(_message_row(arrival, message_id, conversation, received))
        entries.append(
            (
                entry_id,
                account_id,
                inbox.id,
                uid,
                message_id,
                conversation,
                received,
                arrival.size,
                arrival.flags,
                modseq,
                modseq,
                write.now,
                False,
                keyword_text(arrival.keywords),
            )
        )
        answers.append(
            Appended(account_id, inbox.id, entry_id, message_id, conversation, uid, inbox.uidvalidity, modseq)
        )
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_MESSAGE, messages)
        cursor.executemany(_INSERT_ENTRY, entries)
        touched = [(key, inbox) for key, inbox in inboxes.items() if inbox.total]
        cursor.executemany(
            "UPDATE mailcore_mailbox SET uidnext = %s, total = total + %s, unseen = unseen + %s,"
            " bytes = bytes + %s, highest_modseq = %s WHERE account_id = %s AND id = %s",
            [
                (
                    inbox.uidnext,
                    inbox.total,
                    inbox.unseen,
                    inbox.bytes,
                    writes[account_id].modseq,
                    account_id,
                    number,
                )
                for (account_id, number), inbox in touched
            ],
        )
    for (account_id, number), inbox in touched:
        writes[account_id].changed(number, change.ADDED, change.print_uids(inbox.uids))
    _alert(
        [
            (write, threading.final(conversation))
            for arrival, write, inbox, _, conversation, *_ in placed
            if not arrival.flags & SEEN and inbox.use not in _UNHEARD
        ]
    )
    _mark_browsers(
        {
            write.account_id: write
            for arrival, write, inbox, *_ in placed
            if write.has_push and inbox.use == INBOX and not arrival.flags & SEEN
        }
    )
    return answers


WAKE = "later.wake"  # the task that brings back what is due
TELL = "push.tell"  # the task that tells browsers
_UNHEARD = (DRAFTS, SENT, JUNK, TRASH)


def _alert(news: list[tuple[Write, int]]) -> None:
    """New mail wakes the conversation it belongs to."""
    for write in {item[0].account_id: item[0] for item in news if item[0].has_sleepers}.values():
        condition, conversations = in_list(
            "conversation_id", [item[1] for item in news if item[0].account_id == write.account_id]
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE mailcore_reminder SET due = %s WHERE account_id = %s AND kind = 'snooze'"
                f" AND state = 'waiting' AND due > %s AND {condition}",
                [write.now, write.account_id, write.now, conversations],
            )
            if cursor.rowcount:
                doorbell.ring(WAKE)


def _mark_browsers(writes: dict[int, Write]) -> None:
    """There is something to tell the browsers of these accounts: noted here, told by somebody else."""
    for account_id, write in writes.items():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE mailcore_pushsubscription SET due = %s WHERE account_id = %s AND due = 0",
                [write.now, account_id],
            )
        doorbell.ring(TELL, account_id)


_MESSAGE_COLUMNS = (
    "id, account_id, conversation_id, digest, size, header_size, internaldate, sent, has_attachments, is_reply,"
    " is_list, auto_submitted, base_subject, sort_from, sort_to, sort_cc, message_id, subject, sender,"
    " recipients_to, recipients_cc, recipients_bcc, reply_to, preview, reference_ids, envelope, body_structure,"
    " parts, prefix"
)
_INSERT_MESSAGE = f"INSERT INTO mailcore_message ({_MESSAGE_COLUMNS}) VALUES ({', '.join(['%s'] * 29)})"
_ENTRY_COLUMNS = (
    "id, account_id, mailbox_id, uid, message_id, conversation_id, received, size, flags, modseq, created_modseq,"
    " saved, expunged, keywords"
)
_INSERT_ENTRY = f"INSERT INTO mailcore_entry ({_ENTRY_COLUMNS}) VALUES ({', '.join(['%s'] * 14)})"


def _message_row(arrival: Arrival, number: int, conversation: int, received: int) -> tuple[Any, ...]:
    summary = arrival.summary
    return (
        number,
        arrival.account_id,
        conversation,
        arrival.stored.digest,
        arrival.size,
        summary.header_size,
        received,
        _within(int(summary.sent.timestamp())),
        summary.has_attachments,
        summary.is_reply,
        summary.is_list,
        summary.auto_submitted,
        summary.base_subject,
        summary.sort_from,
        summary.sort_to,
        summary.sort_cc,
        summary.message_id,
        summary.subject,
        summary.sender,
        summary.to,
        summary.cc,
        summary.bcc,
        summary.reply_to,
        summary.preview,
        " ".join(summary.references),
        summary.envelope,
        summary.body_structure,
        summary.parts,
        arrival.prefix,
    )


_deliveries: CommitGroup[list[Arrival], list[Appended]] = CommitGroup(_write)


# --- between mailboxes ----------------------------------------------------------------------------


def copy(mailbox: Mailbox, uids: Uids | None, target: Mailbox) -> Copied:
    """Entries of `uids` once more, in `target`; flags and dates go along (RFC 9051 §6.4.7)."""
    with writing.account(mailbox.account_id) as write:
        return _copy(write, mailbox.id, uids, target.id)


def move(mailbox: Mailbox, uids: Uids | None, target: Mailbox) -> Copied:
    """Copy and expunge as one (RFC 6851): nobody ever sees the message twice, or nowhere."""
    with writing.account(mailbox.account_id) as write:
        copied = _copy(write, mailbox.id, uids, target.id, is_move=True)
        _expunge(write, mailbox.id, copied.old_uids)
        return copied


def expunge(mailbox: Mailbox, uids: Uids | None = None) -> Expunged:
    """Remove what is marked \\Deleted: within `uids` (UID EXPUNGE), or everywhere (RFC 9051 §6.4.3)."""
    with writing.account(mailbox.account_id) as write:
        condition, parameters = where(mailbox.account_id, mailbox.id, uids)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT uid FROM mailcore_entry WHERE {condition} AND flags & {DELETED} <> 0 ORDER BY uid",
                parameters,
            )
            marked = [row[0] for row in cursor.fetchall()]
        return _expunge(write, mailbox.id, marked)


def remove(mailbox: Mailbox, uids: Uids | None) -> Expunged:
    """Remove whatever its flags: "delete for ever" in the browser, DELE in POP3, emptying a mailbox."""
    with writing.account(mailbox.account_id) as write:
        return _expunge(write, mailbox.id, uids)


def replace(arrival: Arrival, uid: int | None, mailbox_id: int | None = None) -> Appended:
    """Append, and in the same step expunge `uid`: a newer version of one message (RFC 8508).

    `mailbox_id`: where the old one is, if not where the new one goes. Raises NotFound when it is gone already.
    """
    with writing.account(arrival.account_id) as write:
        inboxes = _inboxes([[arrival]])
        if uid is not None and not _expunge(write, mailbox_id or arrival.mailbox_id, [uid]).uids:
            raise NotFound("No such message")
        problem = _refusals([[arrival]], {write.account_id: write}, inboxes)[0]
        if problem is not None:
            raise problem
        return _insert([arrival], {write.account_id: write}, inboxes)[0]


def _copy(write: Write, source_id: int, uids: Uids | None, target_id: int, is_move: bool = False) -> Copied:
    account_id = write.account_id
    condition, parameters = where(account_id, source_id, uids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uidnext, uidvalidity FROM mailcore_mailbox"
            " WHERE account_id = %s AND id = %s AND deleted_modseq IS NULL",
            [account_id, target_id],
        )
        row = cursor.fetchone()
        if row is None:
            raise MailboxNotFound("No such mailbox")
        uidnext, uidvalidity = row
        cursor.execute(
            "SELECT uid, size, flags & 1 FROM mailcore_entry" + f" WHERE {condition} ORDER BY uid", parameters
        )
        rows = cursor.fetchall()
        count = len(rows)
        if not count:
            return Copied(uidvalidity, [], [], write.modseq)
        size = sum(row[1] for row in rows)
        if not is_move and 0 < write.quota_bytes < write.used_bytes + size:
            raise QuotaExceeded
        first = write.new_ids(count)
        # One statement for all: the new ids and UIDs follow from the row's place in UID order.
        cursor.execute(
            f"INSERT INTO mailcore_entry ({_ENTRY_COLUMNS})"
            " SELECT %s + n, account_id, %s, %s + n, message_id, conversation_id, received, size, flags, %s, %s,"
            " %s, expunged, keywords FROM (SELECT row_number() OVER (ORDER BY uid) - 1 AS n, e.*"
            f" FROM mailcore_entry e WHERE {condition}) AS chosen ORDER BY n",
            [first, target_id, uidnext, write.modseq, write.modseq, write.now, *parameters],
        )
        cursor.execute(
            "UPDATE mailcore_mailbox SET uidnext = uidnext + %s, total = total + %s, unseen = unseen + %s,"
            " bytes = bytes + %s, highest_modseq = %s WHERE account_id = %s AND id = %s",
            [count, count, sum(not row[2] for row in rows), size, write.modseq, account_id, target_id],
        )
    write.use_bytes(size)
    new_uids = list(range(uidnext, uidnext + count))
    write.changed(target_id, change.ADDED, f"{uidnext}:{uidnext + count - 1}")
    return Copied(uidvalidity, [row[0] for row in rows], new_uids, write.modseq)


def _expunge(write: Write, mailbox_id: int, uids: Uids | None) -> Expunged:
    """Turn entries into tombstones: uid and modseq stay for clients that come back."""
    account_id = write.account_id
    condition, parameters = where(account_id, mailbox_id, uids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE mailcore_entry SET expunged = %s, modseq = %s WHERE {condition} RETURNING uid, size, flags & 1",
            [True, write.modseq, *parameters],
        )
        rows = cursor.fetchall()
        if not rows:
            return Expunged([], write.modseq)
        size = sum(row[1] for row in rows)
        cursor.execute(
            "UPDATE mailcore_mailbox SET total = total - %s, unseen = unseen - %s, bytes = bytes - %s,"
            " highest_modseq = %s WHERE account_id = %s AND id = %s",
            [len(rows), sum(not row[2] for row in rows), size, write.modseq, account_id, mailbox_id],
        )
    gone = sorted(row[0] for row in rows)
    write.use_bytes(-size)
    write.changed(mailbox_id, change.EXPUNGED, change.print_uids(gone))
    return Expunged(gone, write.modseq)

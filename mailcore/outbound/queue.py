"""The queue: put, claim, record, recover, and what an admin may do. The one home of a recipient's state.

A claim is one statement (SKIP LOCKED on PostgreSQL, the single writer on SQLite), it writes the next attempt and a
lease before anybody is dialled, and it commits at once: no row is locked while we talk to a stranger. A record counts
only under the lease it was claimed with. A lease that ran out makes the row due again: at least once, never nowhere.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from mailcore import doorbell
from mailcore.changes import change
from mailcore.models import AccountState, OutboundAttempt, OutboundMessage, OutboundRecipient
from mailcore.models.outbound import NOBODY
from mailcore.outbound.reply import Reply
from mailcore.outbound.schedule import Schedule
from mailcore.smtp.wire.envelope import Recipient
from mailcore.store import blobs, writing
from mailcore.store.blobs import Stored
from mailcore.store.errors import MailError
from mailcore.store.group_commit import CommitGroup

log = logging.getLogger(__name__)

RELAY = "outbound.relay"
PLAN = "later.plan"  # the clock is to look when the next row is due
LEASE_SECONDS = 60  # renewed by a living worker: see `keep`
MOST_CRASHES = 3
BATCH = 100
KEEP_DAYS = 30

State = OutboundRecipient.State
Owed = OutboundRecipient.Owed


def schedule() -> Schedule:
    """The law of retrying, from the settings."""
    return Schedule(settings.MAIL_RETRY_SCHEDULE, settings.MAIL_EXPIRE_SECONDS)


# --- putting in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to queue."""

    account_id: int
    sender: str
    recipients: tuple[Recipient | str, ...]
    stored: Stored
    prefix: bytes = b""
    sign_as: str = ""
    needs_smtputf8: bool = False
    ret: str = ""
    envid: str = ""
    hold_until: int = 0


def put(
    account_id: int,
    sender: str,
    recipients: Sequence[Recipient | str],
    stored: Stored,
    *,
    prefix: bytes = b"",
    sign_as: str = "",
    needs_smtputf8: bool = False,
    ret: str = "",
    envid: str = "",
    hold_until: int = 0,
) -> int:
    """Queue a message for these addresses as they are; the id of its OutboundMessage. Durable on return.

    Many at once share one transaction; inside a transaction of the caller's it is part of that one.
    """
    if account_id == NOBODY:
        _open_nobodys_account()
    posting = Posting(
        account_id, sender, tuple(recipients), stored, prefix, sign_as, needs_smtputf8, ret, envid, hold_until
    )
    return _postings.submit(posting)


def _open_nobodys_account() -> None:
    if not AccountState.objects.filter(account_id=NOBODY).exists():
        with writing.exclusive():
            AccountState.objects.get_or_create(account_id=NOBODY)


_INSERT_MESSAGE = (
    "INSERT INTO mailcore_outboundmessage (id, account_id, digest, prefix, size, sender, sign_as, needs_smtputf8,"
    " envid, ret, created, hold_until) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_INSERT_RECIPIENT = (
    "INSERT INTO mailcore_outboundrecipient (id, account_id, outbound_id, address, domain, state, attempts, crashes,"
    " next_attempt, lease, lease_until, finished, last_reply, reply_from, notify, orcpt, is_warned,"
    " owed) VALUES (%s, %s, %s, %s, %s, %s, 0, 0, %s, 0, 0, 0, '', '', %s, %s, %s, '')"
)


def _write(postings: list[Posting]) -> list[int | MailError]:
    """A group of postings in one transaction and a handful of statements."""
    messages: list[tuple[Any, ...]] = []
    recipients: list[tuple[Any, ...]] = []
    domains: set[str] = set()
    with writing.accounts({posting.account_id for posting in postings}) as writes:
        now = int(time.time())
        blobs.record((posting.stored for posting in postings), now)
        for posting in postings:
            write = writes[posting.account_id]
            message_id = write.new_id()
            messages.append(_message_row(posting, message_id, now))
            for recipient in posting.recipients:
                row = _recipient_row(posting, message_id, write.new_id(), recipient, now)
                recipients.append(row)
                if posting.hold_until <= now:
                    domains.add(row[4])
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT_MESSAGE, messages)
            cursor.executemany(_INSERT_RECIPIENT, recipients)
        for domain in domains:
            doorbell.ring(RELAY, domain)
        if any(posting.hold_until > now for posting in postings):
            doorbell.ring(PLAN)
    return [row[0] for row in messages]


def _message_row(posting: Posting, message_id: int, now: int) -> tuple[Any, ...]:
    return (
        message_id,
        posting.account_id,
        posting.stored.digest,
        posting.prefix,
        len(posting.prefix) + posting.stored.size,
        posting.sender,
        posting.sign_as,
        posting.needs_smtputf8,
        posting.envid[:100],
        posting.ret,
        now,
        posting.hold_until,
    )


def _recipient_row(
    posting: Posting, message_id: int, number: int, recipient: Recipient | str, now: int
) -> tuple[Any, ...]:
    address, notify, orcpt = str(recipient), "", ""
    if isinstance(recipient, Recipient):
        address, notify, orcpt = str(recipient.address), recipient.notify, recipient.orcpt
    return (
        number,
        posting.account_id,
        message_id,
        address,
        domain_of(address),
        State.QUEUED.value,
        max(now, posting.hold_until),
        notify,
        orcpt[:500],
        False,
    )


def domain_of(address: str) -> str:
    """The destination of an address: what shares a connection."""
    return address.rpartition("@")[2].lower().rstrip(".")


_postings: CommitGroup[Posting, int] = CommitGroup(_write)


# --- claiming -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """One recipient that is ours until the lease runs out. `attempts` counts this one."""

    id: int
    account_id: int
    outbound_id: int
    address: str
    attempts: int
    notify: str
    orcpt: str
    is_warned: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What is due for one destination: its recipients, and the messages they belong to."""

    domain: str
    lease: int
    recipients: tuple[Claimed, ...]
    messages: dict[int, OutboundMessage]


def claim(domain: str, limit: int = BATCH) -> Batch | None:
    """Take what is due for `domain`; None if nothing is.

    Rows that were lost with a worker before are taken one by one, so that a message which brings its worker down
    takes no other with it (SECURITY F20).
    """
    for crashes, most in (("= 0", limit), ("> 0", 1)):
        lease = secrets.randbits(62)
        rows = _claim_rows(domain, crashes, most, lease)
        if rows:
            break
    else:
        return None
    recipients = tuple(Claimed(*row) for row in sorted(rows))
    wanted = {one.outbound_id for one in recipients}
    accounts = {one.account_id for one in recipients}
    found = OutboundMessage.objects.filter(account_id__in=accounts, id__in=wanted)
    return Batch(domain, lease, recipients, {message.id: message for message in found})


def _claim_rows(domain: str, crashes: str, limit: int, lease: int) -> list[tuple[Any, ...]]:
    now = int(time.time())
    skip_locked = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    delays = schedule().delays
    cases = "".join(" WHEN %s THEN %s" for _ in delays)
    with writing.exclusive(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS MATERIALIZED (SELECT id FROM mailcore_outboundrecipient"
            f" WHERE state = 'queued' AND domain = %s AND next_attempt <= %s AND crashes {crashes}"
            f" ORDER BY next_attempt, id LIMIT %s{skip_locked})"
            " UPDATE mailcore_outboundrecipient SET state = 'sending', lease = %s, lease_until = %s,"
            f" attempts = attempts + 1, next_attempt = %s + CASE attempts{cases} ELSE %s END"
            " WHERE id IN (SELECT id FROM due)"
            " RETURNING id, account_id, outbound_id, address, attempts, notify, orcpt, is_warned",
            [
                domain,
                now,
                limit,
                lease,
                now + LEASE_SECONDS,
                now,
                *(value for pair in enumerate(delays) for value in pair),
                delays[-1],
            ],
        )
        return list(cursor.fetchall())


def keep(leases: Iterable[int]) -> None:
    """A living worker still has these: push their end away."""
    held = list(leases)
    if not held:
        return
    marks = ",".join(["%s"] * len(held))
    with writing.exclusive(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailcore_outboundrecipient SET lease_until = %s"
            f" WHERE state = 'sending' AND lease IN ({marks})",
            [int(time.time()) + LEASE_SECONDS, *held],
        )


def recover() -> int:
    """Make due again what a dead worker had; after the third worker it is held for an admin. How many there were."""
    now = int(time.time())
    if not OutboundRecipient.objects.filter(state=State.SENDING, lease_until__lte=now).exists():
        return 0
    with writing.exclusive(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailcore_outboundrecipient SET crashes = crashes + 1, lease = 0, next_attempt = %s,"
            " state = CASE WHEN crashes + 1 >= %s THEN 'held' ELSE 'queued' END,"
            " last_reply = CASE WHEN crashes + 1 >= %s THEN 'It brought down its worker three times'"
            " ELSE last_reply END"
            " WHERE state = 'sending' AND lease_until <= %s",
            [now, MOST_CRASHES, MOST_CRASHES, now],
        )
        count = int(cursor.rowcount)
    log.warning("leases-ran-out recipients=%d", count)
    return count


def due_domains(limit: int = 1000, since: int = -1) -> list[str]:
    """Destinations that have something due, or that became due after `since`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT domain FROM mailcore_outboundrecipient WHERE state = 'queued' AND next_attempt <= %s"
            " AND next_attempt > %s GROUP BY domain ORDER BY min(next_attempt) LIMIT %s",
            [int(time.time()), since, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def next_after(now: int) -> int | None:
    """When the next recipient becomes due that is not due yet: what is held, and what is tried again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(next_attempt) FROM mailcore_outboundrecipient"
            " WHERE state = 'queued' AND next_attempt > %s",
            [now],
        )
        row = cursor.fetchone()
    return row[0] if row else None


# --- recording ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What one attempt came to for one recipient. `peer_reports`: the peer sends what NOTIFY=SUCCESS asks for."""

    claimed: Claimed
    reply: Reply
    host: str = ""
    is_final_delivery: bool = False
    peer_reports: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """One conversation about one message."""

    account_id: int
    outbound_id: int
    target: str
    tls: str
    transcript: str


_SETTLE = (
    "UPDATE mailcore_outboundrecipient SET state = %s, finished = %s, last_reply = %s, reply_from = %s, owed = %s,"
    " is_warned = %s, crashes = 0, lease = 0 WHERE account_id = %s AND id = %s AND lease = %s AND state = 'sending'"
)
_INSERT_ATTEMPT = (
    "INSERT INTO mailcore_outboundattempt (id, account_id, outbound_id, happened, target, tls, transcript)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of (part of) a batch."""

    batch: Batch
    results: Sequence[Result]
    tries: Sequence[Tried] = ()


def record(reports: Sequence[Outcomes]) -> set[tuple[int, int]]:
    """Write all of it down in one transaction; the (account id, outbound id) of those that are owed a report now.

    Results under a lease that is no longer ours are ignored: whoever took over decides.
    """
    now = int(time.time())
    law = schedule()
    results = [(report.batch, result) for report in reports for result in report.results]
    if not results:
        return set()
    rows = [_settlement(batch, result, law, now) for batch, result in results]
    with writing.accounts({result.claimed.account_id for _, result in results}) as writes:
        attempts = [
            (
                writes[one.account_id].new_id(),
                one.account_id,
                one.outbound_id,
                now,
                one.target[:320],
                one.tls[:80],
                one.transcript,
            )
            for report in reports
            for one in report.tries
        ]
        for account_id, write in writes.items():
            if account_id != NOBODY:  # whoever wrote it may be looking at it
                ids = {one.claimed.outbound_id for _, one in results if one.claimed.account_id == account_id}
                write.changed(0, change.RELAYED, ",".join(map(str, sorted(ids))))
        with connection.cursor() as cursor:
            cursor.executemany(_SETTLE, rows)
            if attempts:
                cursor.executemany(_INSERT_ATTEMPT, attempts)
    for (batch, result), row in zip(results, rows, strict=True):
        log.info(
            "attempt outbound=%d recipient=%d domain=%s attempt=%d state=%s code=%d status=%s",
            result.claimed.outbound_id,
            result.claimed.id,
            batch.domain,
            result.claimed.attempts,
            row[0],
            result.reply.code,
            result.reply.status,
        )
    return {
        (result.claimed.account_id, result.claimed.outbound_id)
        for (_, result), row in zip(results, rows, strict=True)
        if row[4]
    }


def _settlement(batch: Batch, result: Result, law: Schedule, now: int) -> tuple[Any, ...]:
    claimed, reply = result.claimed, result.reply
    message = batch.messages.get(claimed.outbound_id)
    age = now - max(message.created, message.hold_until) if message else 0
    may_report = message is not None and message.sender != ""
    state, finished, owed, is_warned = State.QUEUED, 0, Owed.NOTHING, claimed.is_warned
    if reply.is_positive:
        state, finished = State.DELIVERED, now
        if may_report and wants(claimed.notify, "SUCCESS") and not result.peer_reports:
            owed = Owed.DELIVERED if result.is_final_delivery else Owed.RELAYED
    elif reply.is_permanent or law.is_over(age, claimed.attempts):
        state, finished = State.FAILED, now
        if may_report and wants(claimed.notify, "FAILURE"):
            owed = Owed.FAILED
    elif (
        not is_warned and may_report and law.is_late(age, claimed.attempts) and wants(claimed.notify, "DELAY")
    ):
        owed, is_warned = Owed.DELAYED, True
    return (
        state.value,
        finished,
        str(reply),
        "" if reply.is_ours else result.host,
        owed.value,
        is_warned,
        claimed.account_id,
        claimed.id,
        batch.lease,
    )


def wants(notify: str, word: str) -> bool:
    """Whether the sender is to hear of it: RFC 3461 §4.1; nothing said means failures and delays."""
    if not notify:
        return word in ("FAILURE", "DELAY")
    return word in notify.upper().split(",")


def give_back(batch: Batch, ids: Iterable[int]) -> int:
    """These were claimed and not begun: due again at once, as if nothing had been. How many there were."""
    with writing.exclusive(), transaction.atomic():
        rows = _rows(ids).filter(state=State.SENDING, lease=batch.lease)
        returned: int = rows.update(
            state=State.QUEUED, lease=0, attempts=F("attempts") - 1, next_attempt=int(time.time())
        )
    return returned


def postpone(domain: str, reply: Reply) -> int:
    """The destination cannot be reached: what else is due for it waits as if it had been tried. How many there were."""
    now = int(time.time())
    delays = schedule().delays
    cases = "".join(" WHEN %s THEN %s" for _ in delays)
    # What is old enough to be given up is left for an attempt of its own, which settles it.
    with writing.exclusive(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailcore_outboundrecipient SET attempts = attempts + 1, last_reply = %s,"
            f" next_attempt = %s + CASE attempts{cases} ELSE %s END"
            " WHERE state = 'queued' AND domain = %s AND next_attempt <= %s AND attempts < %s",
            [
                str(reply),
                now,
                *(value for pair in enumerate(delays) for value in pair),
                delays[-1],
                domain,
                now,
                len(delays) - 1,
            ],
        )
        return int(cursor.rowcount)


# --- for admins -----------------------------------------------------------------------------------------------------


def waiting(domain: str = "") -> QuerySet[OutboundRecipient]:
    """What has not been settled: queued, being sent, held; the one that is due first comes first."""
    rows = OutboundRecipient.objects.filter(state__in=[State.QUEUED, State.SENDING, State.HELD])
    if domain:
        rows = rows.filter(domain=domain.lower())
    return rows.select_related("outbound").order_by("next_attempt", "id")


def _move(ids: Iterable[int], old: Sequence[str], **new: Any) -> int:
    with writing.exclusive():
        moved: int = _rows(ids).filter(state__in=old).update(**new)
    return moved


def _rows(ids: Iterable[int]) -> QuerySet[OutboundRecipient]:
    wanted = list(ids)
    return OutboundRecipient.objects.filter(account_id__in={number >> 32 for number in wanted}, id__in=wanted)


def hold(recipient_ids: Iterable[int]) -> int:
    """Stop these until they are released; what is being sent right now is not stopped. How many were."""
    return _move(recipient_ids, [State.QUEUED], state=State.HELD)


def release(recipient_ids: Iterable[int]) -> int:
    """Let held ones go on, now."""
    ids = list(recipient_ids)
    moved = _move(ids, [State.HELD], state=State.QUEUED, next_attempt=int(time.time()), crashes=0)
    _ring_for(ids)
    return moved


def retry(recipient_ids: Iterable[int]) -> int:
    """Try queued and held ones now, whatever the schedule says."""
    ids = list(recipient_ids)
    moved = _move(
        ids, [State.QUEUED, State.HELD], state=State.QUEUED, next_attempt=int(time.time()), crashes=0
    )
    _ring_for(ids)
    return moved


def drop(recipient_ids: Iterable[int]) -> int:
    """Throw these away; nobody is told."""
    return _move(recipient_ids, [State.QUEUED, State.HELD], state=State.DROPPED, finished=int(time.time()))


def _ring_for(ids: list[int]) -> None:
    for domain in _rows(ids).filter(state=State.QUEUED).values_list("domain", flat=True).distinct():
        doorbell.ring(RELAY, domain)


def transcripts(message: OutboundMessage) -> list[OutboundAttempt]:
    """Every conversation about this message, oldest first."""
    return list(
        OutboundAttempt.objects.filter(account_id=message.account_id, outbound_id=message.id).order_by("id")
    )


def recall(account_id: int, outbound_id: int) -> bool:
    """Take a whole message back; False, and nothing changed, if any of it has left or is leaving."""
    with writing.exclusive(), transaction.atomic():
        rows = OutboundRecipient.objects.filter(account_id=account_id, outbound_id=outbound_id)
        total = rows.count()
        taken = rows.filter(state=State.QUEUED, attempts=0).update(
            state=State.DROPPED, finished=int(time.time())
        )
        if not total or taken != total:
            transaction.set_rollback(True)
            return False
    return True


def forget_finished(keep_days: int = KEEP_DAYS, limit: int = 1000) -> int:
    """Delete messages whose every recipient was settled long ago; how many there were."""
    before = int(time.time()) - keep_days * 86_400
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM mailcore_outboundmessage m WHERE m.created < %s AND NOT EXISTS (SELECT 1 FROM"
            " mailcore_outboundrecipient r WHERE r.outbound_id = m.id AND (r.finished = 0 OR r.finished >= %s"
            " OR r.owed <> '')) LIMIT %s",
            [before, before, limit],
        )
        gone = [row[0] for row in cursor.fetchall()]
    accounts = {number >> 32 for number in gone}
    with writing.exclusive(), transaction.atomic():
        OutboundAttempt.objects.filter(account_id__in=accounts, outbound_id__in=gone).delete()
        OutboundRecipient.objects.filter(account_id__in=accounts, outbound_id__in=gone).delete()
        OutboundMessage.objects.filter(account_id__in=accounts, id__in=gone).delete()
    return len(gone)

"""Pay the reports that senders are owed: RFC 3461 §5, §6; RFC 5321 §4.5.5, §6.1.

A report goes out with the null reverse-path and through the same queue as everything else, and the debt is crossed out
in the transaction that queues it: one report, not none and not two. What came with the null reverse-path is never
answered, so a bounce cannot bounce.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from mailcore.message.summary import summarize
from mailcore.models import Domain, OutboundMessage, OutboundRecipient
from mailcore.models.outbound import NOBODY
from mailcore.outbound import dsn, queue
from mailcore.outbound.letter import from_xtext
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import PathInvalid, mailbox
from mailcore.store import blobs, writing
from mailcore.store.blobs import Stored
from mailcore.store.errors import MailError
from mailcore.store.raw import Raw

log = logging.getLogger(__name__)

WHOLE_BYTES = 64 << 10  # sent back whole although nobody asked
MOST_WHOLE_BYTES = 10 << 20  # sent back whole because RET=FULL asked
HEADER_BYTES = 64 << 10


def pay(account_id: int, outbound_ids: Iterable[int]) -> None:
    """Send the reports that are owed for these messages."""
    messages = OutboundMessage.objects.filter(account_id=account_id, id__in=list(outbound_ids))
    for message in messages:
        owed = OutboundRecipient.objects.filter(account_id=account_id, outbound_id=message.id).exclude(
            owed=""
        )
        by_kind: dict[str, list[OutboundRecipient]] = {}
        for recipient in owed.order_by("id"):
            by_kind.setdefault(recipient.owed, []).append(recipient)
        for kind, recipients in by_kind.items():
            _pay_one(message, kind, recipients)


def pay_all(limit: int = 500) -> None:
    """Reports that a dead worker left unpaid."""
    unpaid = OutboundRecipient.objects.exclude(owed="").values_list("account_id", "outbound_id")[:limit]
    by_account: dict[int, set[int]] = {}
    for account_id, outbound_id in unpaid:
        by_account.setdefault(account_id, set()).add(outbound_id)
    for account_id, outbound_ids in by_account.items():
        pay(account_id, outbound_ids)


def delivered(
    sender: str,
    envid: str,
    recipients: Sequence[Recipient],
    stored: Stored,
    prefix: bytes = b"",
    ret: str = "",
) -> None:
    """For NOTIFY=SUCCESS after delivery into mailboxes of ours; recipients who did not ask are left out."""
    asking = [one for one in recipients if queue.wants(one.notify, "SUCCESS")]
    if not asking or not sender:
        return
    now = int(time.time())
    octets = stored.content if stored.content is not None else blobs.slice(stored.digest, 0, HEADER_BYTES)
    fates = tuple(
        dsn.Fate(
            str(one.address),
            "delivered",
            "250 2.1.5 Delivered",
            orcpt=from_xtext(one.orcpt),
            last_attempt=now,
        )
        for one in asking
    )
    whole = ret == "FULL" and stored.content is not None
    _send(_report(sender, fates, prefix + octets, whole, now, envid))


def _pay_one(message: OutboundMessage, kind: str, recipients: list[OutboundRecipient]) -> None:
    octets, is_whole = _original(message)
    fates = tuple(_fate(message, recipient, kind) for recipient in recipients)
    report = _report(message.sender, fates, octets, is_whole, message.created, message.envid)
    ids = [recipient.id for recipient in recipients]
    with writing.exclusive(), transaction.atomic():
        rows = OutboundRecipient.objects.filter(account_id=message.account_id, id__in=ids, owed=kind)
        if rows.update(owed="") != len(ids):
            transaction.set_rollback(True)  # somebody else is paying: what is left is found by the next sweep
            return
        _send(report)
    log.info("reported outbound=%d kind=%s recipients=%d", message.id, kind, len(ids))


def _fate(message: OutboundMessage, recipient: OutboundRecipient, kind: str) -> dsn.Fate:
    last = recipient.finished or int(time.time())
    until = max(message.created, message.hold_until) + queue.schedule().expire_seconds
    return dsn.Fate(
        recipient.address,
        kind,
        recipient.last_reply,
        recipient.reply_from,
        from_xtext(recipient.orcpt),
        last_attempt=last,
        retry_until=until if kind == "delayed" else 0,
    )


def _original(message: OutboundMessage) -> tuple[bytes, bool]:
    raw = Raw(bytes(message.prefix), bytes(message.digest), message.size)
    most = MOST_WHOLE_BYTES if message.ret == "FULL" else 0 if message.ret == "HDRS" else WHOLE_BYTES
    try:
        if message.size <= most:
            return raw.read(), True
        return raw.slice(0, HEADER_BYTES), False
    except MailError:  # a report without the message is better than none
        log.exception("report-without-original outbound=%d", message.id)
        return b"", False


def _report(
    sender: str, fates: tuple[dsn.Fate, ...], octets: bytes, is_whole: bool, arrived: int, envid: str
) -> dsn.Report:
    now = int(time.time())
    return dsn.Report(
        sender=sender,
        hostname=settings.MAIL_HOSTNAME,
        from_domain=_from_domain(sender),
        fates=fates,
        original=octets,
        is_whole=is_whole,
        subject=summarize(octets[:HEADER_BYTES], datetime.fromtimestamp(now, UTC)).subject,
        arrived=arrived,
        envid=envid,
        now=now,
    )


def _from_domain(sender: str) -> str:
    """Reports to our own people come from their own domain, others from the first of ours."""
    own = queue.domain_of(sender)
    names = list(Domain.objects.filter(is_active=True).order_by("id").values_list("name", flat=True)[:1])
    if Domain.objects.filter(name=own, is_active=True).exists():
        return own
    return names[0] if names else str(settings.MAIL_HOSTNAME)


def _send(report: dsn.Report) -> None:
    try:
        recipient = Recipient(mailbox(report.sender), notify="NEVER")
    except PathInvalid:
        log.warning("report-undeliverable reason=sender-unreadable")
        return
    queue.put(
        NOBODY,
        "",
        [recipient],
        blobs.put(dsn.compose(report)),
        sign_as=report.from_domain,
        needs_smtputf8=not report.sender.isascii(),
    )

"""From the last octet to the 250: where DATA and BDAT meet. RFC 5321 §4.2.5: then the message is ours to lose.

At the MX a message goes to our own mailboxes (`inbound.receive`); on the submission port it goes wherever
its recipients are (`outbound.submit`), with what a submission server mends on the way (RFC 6409 §8).
"""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime

from mailcore.identity import addresses
from mailcore.identity.errors import AddressInvalid
from mailcore.inbound import receive, trace
from mailcore.inbound.checks import pipeline
from mailcore.inbound.checks.verdict import Defer, Reject
from mailcore.inbound.clean import Cleaner, Noted, Rules
from mailcore.message import addresses as header_addresses
from mailcore.outbound import submit
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Role, Session
from mailcore.smtp.wire.reply import reply
from mailcore.store import blobs

logger = logging.getLogger(__name__)

FOREIGN = ("return-path", "x-spam-*")
SUBMITTED = (*FOREIGN, "bcc", "resent-bcc", "sender")  # Sender comes back where From is not the sender's own


def sink(session: Session) -> Cleaner:
    """Where the octets of this message go."""
    hostname = session.policy.hostname
    if session.role is Role.MX:
        return Cleaner(blobs.upload(), Rules(FOREIGN, hostname))
    return Cleaner(
        blobs.upload(), Rules(SUBMITTED, hostname, additions=lambda noted: _missing(session, noted))
    )


def accept(session: Session, cleaner: Cleaner) -> bytes:
    """Make the message ours; the reply to say so with."""
    cleaner.complete()
    verdict = pipeline.content(cleaner.noted.received_count)
    if isinstance(verdict, Defer | Reject):
        raise Refused(verdict.code, verdict.enhanced, verdict.text)
    stored = cleaner.finish()
    envelope = session.current().envelope
    hop = session.hop
    if session.account is not None:
        submit.submit(
            session.account.pk,
            str(envelope.sender),
            envelope.recipients,
            stored,
            buffer=cleaner.buffer(),
            prefix=trace.received(
                hop, str(envelope.recipients[0].address) if len(envelope.recipients) == 1 else ""
            ),
            ret=envelope.ret,
            envid=envelope.envid,
        )
    else:
        receive.deliver(
            str(envelope.sender),
            envelope.recipients,
            stored,
            cleaner.buffer(),
            hop=hop,
            delivered_to=cleaner.noted.delivered_to,
            ret=envelope.ret,
            envid=envelope.envid,
        )
    logger.info(
        "accepted session=%s id=%s peer=%s from=<%s> to=<%s> recipients=%d octets=%d",
        session.id,
        hop.id,
        session.peer,
        envelope.sender,
        envelope.recipients[0].address,
        len(envelope.recipients),
        stored.size,
    )
    session.accepted()
    return reply(250, "2.0.0", f"Ok: message taken as {hop.id}")


def _missing(session: Session, noted: Noted) -> bytes:
    """Fields that a submitted message should have had: Date, Message-ID, and Sender where From is somebody else's."""
    lines = []
    if not noted.has_date:
        lines.append(f"Date: {format_datetime(datetime.now(UTC))}")
    if not noted.has_message_id:
        lines.append(f"Message-ID: <{secrets.token_hex(16)}@{session.policy.hostname}>")
    account = session.account
    if account is not None and not _is_own(session, noted.from_field):
        lines.append(f"Sender: {account.address}")
        if not noted.from_field.strip():
            lines.append(f"From: {account.address}")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _is_own(session: Session, from_field: bytes) -> bool:
    """Whether everybody in From is whoever signed in (RFC 5322 §3.6.2)."""
    own = session.own_addresses
    parsed = header_addresses.parse(from_field)
    try:
        named = [addresses.canonical(mailbox.address) for mailbox in header_addresses.mailboxes(parsed)]
    except AddressInvalid:
        return False
    return bool(named) and all(_untagged(name) in own for name in named)


def _untagged(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"

"""Follow a message of an account from its author to its reader, as far as anybody wrote it down.

A message that came in is followed by its trace fields (RFC 5321 §4.4), of which only those of our own server are ours;
one that went out by the rows of the queue. The words for the stations are RFC 5598's, in the order of its figure.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from django.conf import settings

from mailcore.identity import addresses as directory
from mailcore.identity.addresses import Kind
from mailcore.identity.errors import AddressInvalid
from mailcore.journey import received, results
from mailcore.journey.received import Received
from mailcore.journey.results import Verdict
from mailcore.message import addresses
from mailcore.models import Entry, Mailbox, Message, OutboundAttempt, OutboundMessage, OutboundRecipient
from mailcore.models.mailbox import DRAFTS, SENT
from mailcore.store.raw import Raw

MOST_HEADER = 128 * 1024
MOST_BRANCHES = 500
MOST_ATTEMPTS = 100
MOST_LOCAL = 100  # each is looked up


class Role(StrEnum):
    """What a station does for the message."""

    AUTHOR = "author"  # the user agent it was written in
    CLIENT = "client"  # the MTA client: the author's own server
    GATEWAY = "gateway"  # passes it on
    SERVER = "server"  # the MTA server that answers for the recipient
    MAILBOX = "mailbox"
    ACCESS = "access"  # the access agent: what reads the mailbox


@dataclass(frozen=True, slots=True)
class Step:
    """A station, and how the message got there. `is_pull`: it was fetched from the one before."""

    role: Role
    name: str
    address: str = ""
    protocol: str = ""
    tls: str = ""
    id: str = ""
    is_pull: bool = False
    at: int | None = None
    delay: int | None = None  # seconds since the station before; below zero where clocks disagree
    is_ours: bool = False  # our own word, not a stranger's


@dataclass(frozen=True, slots=True)
class Branch:
    """One recipient of a message that went out."""

    address: str
    state: str  # OutboundRecipient.State, "local" for a mailbox of this server, "held-back" while it can be undone
    host: str = ""
    tls: str = ""
    at: int | None = None
    attempts: int = 0
    next_attempt: int | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dialogue with one other server, as it was spoken."""

    at: int
    target: str
    tls: str
    transcript: str


@dataclass(frozen=True, slots=True)
class Journey:
    """All that is known."""

    is_sent: bool
    steps: tuple[Step, ...]
    branches: tuple[Branch, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    verdicts: tuple[Verdict, ...] = ()  # of our own server
    claims: tuple[Verdict, ...] = ()  # of others
    mailed_by: str = ""  # the domain of the return path
    signed_by: tuple[str, ...] = ()  # domains whose DKIM signature held
    tls: str = ""  # of the last hop, the one that we saw

    @property
    def seconds(self) -> int | None:
        """From the first date to the last."""
        times = [step.at for step in self.steps if step.at is not None]
        return times[-1] - times[0] if len(times) > 1 else None


def journey(account_id: int, message: Message) -> Journey:
    """Of a message that the account has."""
    places = _places(account_id, message)
    prefix = bytes(message.prefix)
    sent = None if b"received:" in prefix.lower() else _outbound(account_id, message)
    if sent is not None or (places and all(box.special_use == SENT for box in places)):
        return _sent(account_id, message, sent)
    return _received(message, places)


def delivery(account_id: int, messages: Sequence[Message]) -> dict[int, list[Branch]]:
    """How it stands with the recipients of messages that went out: for a line below each, in three queries."""
    digests = {bytes(message.digest): message.id for message in messages if not message.prefix}
    if not digests:
        return {}
    sent = {
        row.id: digests[bytes(row.digest)]
        for row in OutboundMessage.objects.filter(account_id=account_id, digest__in=list(digests))
    }
    found: dict[int, list[Branch]] = {}
    if sent:
        rows = OutboundRecipient.objects.filter(account_id=account_id, outbound_id__in=list(sent)).order_by(
            "id"
        )
        for row in rows.select_related("outbound")[:MOST_BRANCHES]:
            found.setdefault(sent[row.outbound_id], []).append(_branch(row, row.outbound, {}))
    return found


def conversations_of(account_id: int, outbound_ids: Collection[int]) -> set[int]:
    """Where the account's own copies of what went out lie."""
    sent = OutboundMessage.objects.filter(account_id=account_id, id__in=list(outbound_ids)[:MOST_BRANCHES])
    digests = [bytes(digest) for digest in sent.values_list("digest", flat=True)]
    copies = Message.objects.filter(account_id=account_id, digest__in=digests, prefix=b"")
    return set(copies.values_list("conversation_id", flat=True)[:MOST_BRANCHES])


# --- in -------------------------------------------------------------------------------------------------------------


def _received(message: Message, places: list[Mailbox]) -> Journey:
    raw = Raw(bytes(message.prefix), bytes(message.digest), message.size)
    header = raw.slice(0, min(MOST_HEADER, len(raw.prefix) + message.header_size))
    hops = received.of(header)
    ours = len(received.of(raw.prefix))
    steps = _stations(hops, ours)
    mailbox = places[0].name if places else ""
    filed = Step(
        Role.MAILBOX,
        mailbox,
        at=message.internaldate,
        delay=_since(steps, message.internaldate),
        is_ours=True,
    )
    steps += [filed, Step(Role.ACCESS, "", protocol="HTTP", is_pull=True, is_ours=True)]
    own = results.of(header, settings.MAIL_HOSTNAME) if ours else []
    every = results.of(header)
    return Journey(
        is_sent=False,
        steps=tuple(steps),
        verdicts=tuple(own),
        claims=tuple(one for one in every if one not in own),
        mailed_by=received.return_path(raw.prefix),
        signed_by=tuple(
            dict.fromkeys(one.about for one in own if one.method == "dkim" and one.is_good and one.about)
        ),
        tls=hops[-1].tls if hops and ours else "",
    )


def _stations(hops: list[Received], ours: int) -> list[Step]:
    """The origin, and one station for every hop; the last `ours` of them are our own word."""
    if not hops:
        return []
    first = hops[0]
    # A peer without a public address is the author's machine only where a server of theirs passed it on.
    is_author = first.is_submission or not first.source or (first.is_inside and len(hops) > max(ours, 1))
    steps = [Step(Role.AUTHOR if is_author else Role.CLIENT, first.source, first.address)]
    for number, hop in enumerate(hops, 1):
        is_last = number == len(hops)
        role = Role.SERVER if is_last else Role.CLIENT if number == 1 and is_author else Role.GATEWAY
        at = int(hop.at.timestamp()) if hop.at is not None else None
        name = hop.by or (hops[number].source if not is_last else "")
        steps.append(
            Step(
                role=role,
                name=name,
                protocol=hop.protocol,
                tls=hop.tls,
                id=hop.id,
                at=at,
                delay=_since(steps, at),
                is_ours=number > len(hops) - ours,
            )
        )
    return steps


def _since(steps: list[Step], at: int | None) -> int | None:
    before = next((step.at for step in reversed(steps) if step.at is not None), None)
    return at - before if at is not None and before is not None else None


# --- out ------------------------------------------------------------------------------------------------------------


def _sent(account_id: int, message: Message, row: OutboundMessage | None) -> Journey:
    hop = next(iter(received.of(bytes(row.prefix))), None) if row is not None else None
    at = row.created if row is not None else message.internaldate
    steps = [
        Step(
            Role.AUTHOR, hop.source if hop else "", hop.address if hop else "", at=message.sent, is_ours=True
        ),
        Step(
            Role.CLIENT,
            settings.MAIL_HOSTNAME,
            protocol=hop.protocol if hop else "HTTP",
            tls=hop.tls if hop else "",
            at=at,
            delay=at - message.sent,
            is_ours=True,
        ),
    ]
    queued: list[OutboundRecipient] = []
    attempts: list[OutboundAttempt] = []
    if row is not None:
        mine = OutboundRecipient.objects.filter(account_id=account_id, outbound_id=row.id)
        queued = list(mine.order_by("id")[:MOST_BRANCHES])
        tried = OutboundAttempt.objects.filter(account_id=account_id, outbound_id=row.id)
        attempts = list(tried.order_by("id")[:MOST_ATTEMPTS])
    tls = {one.target.rpartition(":")[0] or one.target: one.tls for one in attempts}
    branches = [_branch(one, row, tls) for one in queued if row is not None]
    known = {one.address.lower() for one in queued}
    branches += [
        Branch(address, "local", at=at) for address in _here(message) if address.lower() not in known
    ]
    return Journey(
        is_sent=True,
        steps=tuple(steps),
        branches=tuple(branches),
        attempts=tuple(Attempt(one.happened, one.target, one.tls, one.transcript) for one in attempts),
    )


def _branch(row: OutboundRecipient, message: OutboundMessage, tls: dict[str, str]) -> Branch:
    is_held = row.state == OutboundRecipient.State.QUEUED and message.hold_until > time.time()
    is_waiting = row.state == OutboundRecipient.State.QUEUED
    return Branch(
        address=row.address,
        state="held-back" if is_held else row.state,
        host=row.reply_from,
        tls=tls.get(row.reply_from, ""),
        at=row.finished or None,
        attempts=row.attempts,
        next_attempt=row.next_attempt if is_waiting else None,
        reply=row.last_reply,
    )


def _here(message: Message) -> list[str]:
    """Recipients with a mailbox on this server: theirs was put there at once, and no queue knows of it."""
    found: dict[str, None] = {}
    for field in (message.to, message.cc, message.bcc):
        for person in islice(addresses.mailboxes(addresses.parse(field)), MOST_LOCAL):
            try:
                targets = directory.resolve(person.address)
            except AddressInvalid:
                continue
            if any(target.kind is Kind.ACCOUNT for target in targets):
                found.setdefault(person.address)
    return list(found)


# --- rows -----------------------------------------------------------------------------------------------------------


def _places(account_id: int, message: Message) -> list[Mailbox]:
    ids = Entry.objects.filter(account_id=account_id, message_id=message.id, expunged=False)
    wanted = set(ids.values_list("mailbox_id", flat=True))
    boxes = Mailbox.objects.filter(account_id=account_id, id__in=wanted)
    return [box for box in boxes if box.special_use != DRAFTS]


def _outbound(account_id: int, message: Message) -> OutboundMessage | None:
    """What the queue knows of it: the octets are the same."""
    digest = bytes(message.digest)
    return OutboundMessage.objects.filter(account_id=account_id, digest=digest).order_by("id").last()

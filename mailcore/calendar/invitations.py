"""What an account knows of an invitation, and the answer it gives. RFC 5546 §3.2.2, RFC 6047 §2.

A letter about an event may be outdated by the time it is read: the highest SEQUENCE that was read, and DTSTAMP among
equals, is what counts (RFC 5546 §2.1.4).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from mailcore.calendar import reply
from mailcore.calendar.event import ANSWERS, Attendee, Event
from mailcore.identity import addresses as directory
from mailcore.identity import senders
from mailcore.identity.senders import Sender
from mailcore.models import Account, Invitation, Message
from mailcore.outbound import note
from mailcore.store import writing
from mailcore.store.errors import MailError, NotPermitted

LONGEST_NOTE = 2_000
TOLD = ("REQUEST", "CANCEL", "ADD")  # what organizers send


class NotAsked(MailError):
    """There is nobody to answer, or nothing to answer to."""


@dataclass(frozen=True, slots=True)
class Known:
    """How a letter stands among those about the same event."""

    answer: str = ""
    is_outdated: bool = False  # a newer letter was read
    is_changed: bool = False  # answered, but to an older version
    is_cancelled: bool = False  # by a newer letter


def known(account_id: int, event: Event) -> Known:
    """What is remembered."""
    row = _row(account_id, event)
    if row is None:
        return Known()
    return Known(
        answer=row.answer,
        is_outdated=(row.sequence, row.stamp) > (event.sequence, event.stamp),
        is_changed=bool(row.answer) and row.answered_sequence < event.sequence,
        is_cancelled=row.is_cancelled,
    )


def remember(account_id: int, event: Event) -> None:
    """A letter about it was read; the newest counts, and is written down only when it is new."""
    if event.method not in TOLD:
        return
    row = _row(account_id, event)
    if row is not None and (row.sequence, row.stamp) >= (event.sequence, event.stamp):
        return
    with writing.account(account_id) as write:
        row = _row(account_id, event) or Invitation(
            id=write.new_id(), account_id=account_id, uid=event.uid, recurrence=event.recurrence
        )
        row.sequence, row.stamp, row.is_cancelled = event.sequence, event.stamp, event.is_cancelled
        row.save()


def answer(account: Account, event: Event, message: Message, said: str, comment: str = "") -> None:
    """Tell the organizer, and remember it. Raises NotAsked, and what sending raises; then nothing happened."""
    if said not in ANSWERS:
        raise NotAsked("No such answer")
    organizer = event.organizer
    if event.method != "REQUEST" or event.is_cancelled or organizer is None or not organizer.address:
        raise NotAsked("This cannot be answered")
    author = attending(account, event)
    if directory.may_send_as(account, organizer.address):
        raise NotPermitted("You organize this yourself")
    words = {
        "accepted": _("Accepted: %(title)s"),
        "tentative": _("Maybe: %(title)s"),
        "declined": _("Declined: %(title)s"),
    }
    now = datetime.now(UTC)
    comment = comment.strip()[:LONGEST_NOTE]
    note.send(
        account,
        organizer.address,
        words[said] % {"title": event.summary or event.uid},
        comment or words[said] % {"title": event.summary},
        sender=author,
        calendar=("REPLY", reply.reply(event, author.address, author.name, said, comment, now)),
        in_reply_to=message.message_id,
        references=tuple(filter(None, (*message.references.split(), message.message_id))),
    )
    remember(account.pk, event)
    with writing.account(account.pk) as write:
        row = _row(account.pk, event) or Invitation(
            id=write.new_id(), account_id=account.pk, uid=event.uid, recurrence=event.recurrence
        )
        row.answer, row.answered, row.answered_sequence = said, int(time.time()), event.sequence
        row.save()


def attending(account: Account, event: Event) -> Sender:
    """In whose name to answer: the address that was invited, else the account's usual one."""
    invited = [one.address for one in event.attendees if one.address]
    return senders.first_of(account, invited) or senders.default(account)


def mine(account: Account, event: Event) -> Attendee | None:
    """The account among the attendees."""
    own = {name.lower() for name in directory.names_of(account)}
    return next((one for one in event.attendees if one.address.lower() in own), None)


def _row(account_id: int, event: Event) -> Invitation | None:
    found = Invitation.objects.filter(account_id=account_id, uid=event.uid, recurrence=event.recurrence)
    return found.first()

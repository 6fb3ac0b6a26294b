"""Messages within messages: forwarded as they were, gathered in a digest, returned by a report.

RFC 2046 §5.2.1, §5.1.5. One is shown like any other, by the same class: its parts are parts of the whole, with
numbers and offsets of the whole, so pictures, bodies and files need no addresses of their own. Only its head is read
again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from django.urls import reverse

from mailcore.message.part import Part
from mailcore.message.summary import Summary, summarize
from mailcore.models import Message
from mailcore.models.entry import SEEN
from webmail.rendering import when
from webmail.rendering.letter import Shown
from webmail.rendering.people import Person, clean, sender

MAX_HEAD = 128 * 1024
MOST_LISTED = 200
_COLUMNS = {field.name for field in fields(Summary)} & {field.attname for field in Message._meta.fields}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One line of the list of messages within a message."""

    sender: Person
    subject: str
    at: datetime
    url: str
    part: Part


def opened(holder: Shown, item: Part) -> Shown:
    """The message that `item` holds, to be shown as one."""
    child = item.children[0]
    row = _row(holder, item)
    inner = Shown(row, SEEN, holder.account, is_open=True, is_enclosed=True)
    inner.with_images = holder.with_images
    inner.__dict__["root"] = child  # instead of the tree of a row of its own
    return inner


def listed(holder: Shown) -> list[Enclosed]:
    """The messages among the attachments, in their order."""
    found = [item for item in holder.attached if item.is_message][:MOST_LISTED]
    return [_line(holder, item) for item in found]


def holding(shown: Shown, number: str) -> Shown:
    """The message among whose bodies that part is: the one shown, or one within it."""
    waiting = [shown]
    for current in waiting:
        if any(item.number == number for item in current.reading.bodies):
            return current
        within = (item for item in current.root.walk() if item.is_message)
        waiting += [opened(shown, item) for item in within if _covers(item, number)][:1]
    return shown


def _covers(item: Part, number: str) -> bool:
    return number == item.number or number.startswith(f"{item.number}.")


def _row(holder: Shown, item: Part) -> Message:
    """An unsaved row that says what the head of the message within says."""
    child = item.children[0]
    head = holder.fetch(child.header_start, min(MAX_HEAD, child.body_start - child.header_start))
    summary = summarize(head, datetime.fromtimestamp(holder.row.internaldate, UTC))
    outer = holder.row
    row = Message(id=outer.id, account_id=outer.account_id, digest=outer.digest, size=item.size, prefix=b"")
    for name in _COLUMNS - {"parts", "envelope", "body_structure", "references", "sent"}:
        setattr(row, name, getattr(summary, name))
    row.sent = row.internaldate = int(summary.sent.timestamp())
    row.conversation_id = outer.conversation_id
    return row


def _line(holder: Shown, item: Part) -> Enclosed:
    row = _row(holder, item)
    return Enclosed(
        sender=sender(row.sender),
        subject=clean(row.subject),
        at=when.moment(row.sent),
        url=reverse("message:enclosed", args=[holder.row.id, item.number]),
        part=item,
    )

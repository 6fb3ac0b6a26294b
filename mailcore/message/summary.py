"""Everything a mailbox keeps of a message, found once, when it arrives."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from datetime import UTC, datetime

from mailcore.imap.wire import envelope
from mailcore.imap.wire.body_structure import body_structure
from mailcore.message import (
    addresses,
    bodies,
    dates,
    headers,
    message_id,
    parameters,
    parse,
    preview,
    references,
)
from mailcore.message.addresses import Address, Group
from mailcore.message.headers import Header
from mailcore.message.parse import Entity
from mailcore.message.part import Part


@dataclass(frozen=True, slots=True)
class Summary:
    """What is listed, sorted, threaded and fetched without opening the message again."""

    sent: datetime  # aware, UTC: Date, or when it came if that is absent, unreadable or absurd
    message_id: str  # without <>; "" if there is none
    references: tuple[str, ...]  # RFC 5256 §2.2: parents, oldest first, without <>
    subject: str
    base_subject: str  # RFC 5256 §2.1
    is_reply: bool  # the subject was a reply's or a forward's
    sender: str  # From, decoded: 'Ann Lee <ann@x.org>, ...'
    to: str
    cc: str
    bcc: str
    reply_to: str
    sort_from: str  # RFC 5256 §3: mailbox of the first address, upper case
    sort_to: str
    sort_cc: str
    preview: str
    has_attachments: bool
    envelope: bytes  # RFC 9051 §7.5.2, ready for the wire
    body_structure: bytes  # RFC 9051 §7.5.2, with extension data
    header_size: int  # up to and including the blank line
    parts: bytes  # Part.dump
    is_list: bool
    auto_submitted: bool


# What the root header is asked for: the envelope, the structure and these.
WANTED = parse.ENVELOPE_FIELDS | {
    b"references",
    b"list-id",
    b"list-post",
    b"list-unsubscribe",
    b"precedence",
    b"auto-submitted",
}
_MAX_SUBJECT = 1000
_MAX_ADDRESSES = 4000
_MAX_SENDER = 1000
_MAX_SORT = 255
_MAX_VALUES = 40  # parameters of one part that are kept for people


def summarize(raw: bytes | mmap.mmap, internaldate: datetime) -> Summary:
    """Read a message; never raises, whatever the bytes are."""
    root = parse.parse(raw, WANTED)
    header = root.header
    part = _part(root, "", True)
    reading = bodies.reading(part, prefer="text/plain")

    sender = addresses.parse(header.first(b"from") or b"")
    to, cc, bcc = (envelope.merged(header, name) for name in (b"to", b"cc", b"bcc"))
    reply_to = addresses.parse(header.first(b"reply-to") or b"")
    subject = headers.text_of(header.first(b"subject"))[:_MAX_SUBJECT]
    base_subject, is_reply = references.base_subject(subject)
    return Summary(
        sent=_sent(header, internaldate),
        message_id=message_id.read(_unfolded(header, b"message-id")),
        references=references.parents(_unfolded(header, b"references"), _unfolded(header, b"in-reply-to")),
        subject=subject,
        base_subject=base_subject,
        is_reply=is_reply,
        sender=addresses.show(sender, _MAX_SENDER),
        to=addresses.show(to, _MAX_ADDRESSES),
        cc=addresses.show(cc, _MAX_ADDRESSES),
        bcc=addresses.show(bcc, _MAX_ADDRESSES),
        reply_to=addresses.show(reply_to, _MAX_ADDRESSES),
        sort_from=_sort_key(sender),
        sort_to=_sort_key(to),
        sort_cc=_sort_key(cc),
        preview=preview.preview(_said(reading, part), raw),
        has_attachments=bool(reading.attachments),
        envelope=envelope.render(header, sender, to, cc, bcc, reply_to),
        body_structure=body_structure(root),
        header_size=root.body_start,
        parts=part.dump(),
        is_list=_is_list(header),
        auto_submitted=_is_automatic(header),
    )


def _unfolded(header: Header, name: bytes) -> str:
    body = header.first(name)
    return headers.unfold(body[: references.MAX_SCANNED]) if body else ""


def _sent(header: Header, internaldate: datetime) -> datetime:
    """RFC 5256 §2.2: Date as UTC; INTERNALDATE where there is none that makes sense."""
    body = header.first(b"date")
    named = dates.parse(headers.unfold(body[:500])) if body else None
    return (named or internaldate).astimezone(UTC)


def _sort_key(found: list[Address]) -> str:
    """RFC 5256 §3: addr-mailbox of the first address; of a group that is its name."""
    if not found:
        return ""
    first = found[0]
    name = first.name if isinstance(first, Group) else first.local
    return headers.visible(name).upper()[:_MAX_SORT]


def _said(reading: bodies.Reading, root: Part) -> Part | None:
    """The first body that says something; of a forward without a word, what it forwards."""
    for body in reading.bodies:
        if body.size > 2:
            return body
    for part in root.walk():
        if part.type == "text/plain" and part.disposition != "attachment" and part.size > 2:
            return part
    return None


def _is_list(header: Header) -> bool:
    if b"list-id" in header or b"list-post" in header:
        return True
    return (header.first(b"precedence") or b"").strip().lower() in (b"list", b"bulk", b"junk")


def _is_automatic(header: Header) -> bool:
    """RFC 3834 §5."""
    body = header.first(b"auto-submitted")
    return body is not None and not body.strip().lower().startswith(b"no")


def _part(entity: Entity, number: str, is_message: bool) -> Part:
    """The tree as it is kept: decoded and without what only IMAP asks for."""
    header = entity.header
    multipart = entity.is_multipart
    if is_message and not multipart:
        number = f"{number}.1" if number else "1"
    if multipart:
        prefix = f"{number}." if number else ""
        children = tuple(
            [_part(child, f"{prefix}{index}", False) for index, child in enumerate(entity.children, 1)]
        )
    else:
        children = tuple([_part(child, number, True) for child in entity.children])
    kind = entity.content_type
    disposition = header.first(b"content-disposition")
    shown = parameters.read(disposition) if disposition is not None else parameters.NOTHING
    meant = kind.meant
    if len(meant) > _MAX_VALUES:
        meant = dict(list(meant.items())[:_MAX_VALUES])
    identifier = header.first(b"content-id")
    return Part(
        number,
        kind.value,
        meant,
        entity.encoding,
        "" if not shown.value else "inline" if shown.value == "inline" else "attachment",
        (shown.meant.get("filename") or meant.get("name") or "")[:_MAX_NAME],
        message_id.read(headers.unfold(identifier[:2000])) if identifier else "",
        headers.text_of(header.first(b"content-description"), 1000),
        entity.header_start,
        entity.body_start,
        entity.end,
        entity.lines,
        children,
    )


_MAX_NAME = 1000

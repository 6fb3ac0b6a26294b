"""Everything a mailbox keeps of a message, found once, when it arrives."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from datetime import UTC, datetime

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


def summarize(raw: bytes | mmap.mmap, internaldate: datetime) -> Summary:
    """Read a message; never raises, whatever the bytes are."""
    size = len(raw)
    root = Part("1", header_start=0, body_start=0, end=size, parameters={"charset": "us-ascii"})
    return Summary(
        sent=internaldate.astimezone(UTC),
        message_id="",
        references=(),
        subject="",
        base_subject="",
        is_reply=False,
        sender="",
        to="",
        cc="",
        bcc="",
        reply_to="",
        sort_from="",
        sort_to="",
        sort_cc="",
        preview="",
        has_attachments=False,
        envelope=b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
        body_structure=b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" %d 0 NIL NIL NIL NIL)' % size,
        header_size=0,
        parts=root.dump(),
        is_list=False,
        auto_submitted=False,
    )

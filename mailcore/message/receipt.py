"""Read receipts: who asks for one, and writing one. Message disposition notifications, RFC 8098. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailcore.message import addresses, compose, dates, headers
from mailcore.message.addresses import Mailbox

_ASKED = frozenset(
    {
        b"disposition-notification-to",
        b"return-path",
        b"list-id",
        b"list-unsubscribe",
        b"precedence",
        b"auto-submitted",
        b"content-type",
        b"original-recipient",
        b"message-id",
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants to know that a message was read. `is_plain`: it comes from where the message came from, so that
    a reader who always says yes need not be asked (RFC 8098 §2.1).
    """

    to: tuple[Mailbox, ...]
    is_plain: bool
    message_id: str
    original_recipient: str = ""


def wish(header: bytes) -> Wish | None:
    """What a message asks for; None where nobody asks, or where nobody may be answered: lists, machines, reports."""
    found = headers.read(header, 0, len(header), _ASKED)
    asked = headers.text_of(found.first(b"disposition-notification-to"))
    if not asked:
        return None
    to = {person.key: person for person in addresses.mailboxes(addresses.parse(asked)) if person.domain}
    path = headers.text_of(found.first(b"return-path")).strip("<> ")
    kind = headers.text_of(found.first(b"content-type")).lower()
    is_list = b"list-id" in found or b"list-unsubscribe" in found
    is_bulk = headers.text_of(found.first(b"precedence")).lower() in ("bulk", "junk", "list")
    is_machine = headers.text_of(found.first(b"auto-submitted")).lower() not in ("", "no")
    is_from_nobody = b"return-path" in found and not path
    if not to or is_list or is_bulk or is_machine or is_from_nobody or kind.startswith("multipart/report"):
        return None
    return Wish(
        to=tuple(to.values()),
        is_plain=len(to) == 1 and next(iter(to)) == path.lower(),
        message_id=headers.text_of(found.first(b"message-id")).strip("<> "),
        original_recipient=headers.text_of(found.first(b"original-recipient")),
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """One answer: `reader` has opened it. `words` are for people, in the language of who sends it."""

    wish: Wish
    reader: Mailbox
    subject: str
    words: str
    hostname: str
    program: str
    date: datetime
    is_automatic: bool = False


def write(receipt: Receipt) -> Iterator[bytes]:
    """The message, CRLF line ends, ASCII but for a reader whose address is not (RFC 8098 §3, RFC 6522 §3)."""
    boundary = f"receipt-{secrets.token_hex(12)}"
    head = [
        compose.address_field("From", str(receipt.reader)),
        compose.address_field("To", ", ".join(map(str, receipt.wish.to))),
        compose.text_field("Subject", receipt.subject),
        f"Date: {dates.render(receipt.date)}\r\n",
        f"Message-ID: <{secrets.token_hex(16)}@{receipt.hostname}>\r\n",
        f"References: <{receipt.wish.message_id}>\r\n" if receipt.wish.message_id else "",
        "Auto-Submitted: auto-replied\r\n",  # RFC 3834 §5
        "MIME-Version: 1.0\r\n",
        f'Content-Type: multipart/report; report-type=disposition-notification;\r\n boundary="{boundary}"\r\n\r\n',
    ]
    yield "".join(head).encode()
    yield f"--{boundary}\r\n".encode()
    yield from compose.text_part(receipt.words)
    yield f"\r\n--{boundary}\r\n".encode()
    yield _disposition(receipt).encode()
    yield f"\r\n--{boundary}--\r\n".encode()


def _disposition(receipt: Receipt) -> str:
    """RFC 8098 §3.1, §3.2."""
    mode = (
        "automatic-action/MDN-sent-automatically"
        if receipt.is_automatic
        else "manual-action/MDN-sent-manually"
    )
    kind = "rfc822" if receipt.reader.address.isascii() else "utf-8"  # RFC 6533 §3
    lines = [f"Reporting-UA: {receipt.hostname}; {receipt.program}"]
    if receipt.wish.original_recipient:
        lines.append(f"Original-Recipient: {receipt.wish.original_recipient}")
    lines.append(f"Final-Recipient: {kind};{receipt.reader.address}")
    if receipt.wish.message_id:
        lines.append(f"Original-Message-ID: <{receipt.wish.message_id}>")
    lines.append(f"Disposition: {mode}; displayed")
    name = "disposition-notification" if kind == "rfc822" else "global-disposition-notification"
    return "\r\n".join([f"Content-Type: message/{name}", "", *lines, ""])

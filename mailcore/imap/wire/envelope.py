"""Header fields to ENVELOPE: RFC 9051 §7.5.2, RFC 3501 §7.4.2.

Rendered once, when a message arrives, for clients of every kind: so it is ASCII. Encoded-words stay as the sender wrote
them; raw UTF-8 becomes encoded-words, a domain its A-labels, and only a local part beyond ASCII (RFC 6532) a literal.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.message import encoded_words
from mailcore.message.addresses import Address, Group, Mailbox
from mailcore.message.addresses import parse as parse_addresses
from mailcore.message.headers import Header, unfold, visible

MAX_TEXT = 10_000
MAX_ADDRESSES = 5_000


def envelope(header: Header) -> bytes:
    """The ENVELOPE of a message, of the message within a message too."""
    sender = parse_addresses(header.first(b"from") or b"")
    return render(
        header,
        sender,
        merged(header, b"to"),
        merged(header, b"cc"),
        merged(header, b"bcc"),
        parse_addresses(header.first(b"reply-to") or b""),
    )


def merged(header: Header, name: bytes) -> list[Address]:
    """A field that may stand once (RFC 5322 §3.6) and often stands twice: nobody shall be dropped."""
    bodies = header.all(name)
    if len(bodies) == 1:
        return parse_addresses(bodies[0])
    return parse_addresses(b",".join(bodies)) if bodies else []


def render(
    header: Header,
    sender: Sequence[Address],
    to: Sequence[Address],
    cc: Sequence[Address],
    bcc: Sequence[Address],
    reply_to: Sequence[Address],
) -> bytes:
    """ENVELOPE from addresses that are parsed already."""
    source = _addresses(sender)
    sender_field = header.first(b"sender")
    actual = _addresses(parse_addresses(sender_field)) if sender_field else b"NIL"
    answer = _addresses(reply_to)
    return b"(%s %s %s %s %s %s %s %s %s %s)" % (
        _text(header, b"date"),
        _text(header, b"subject"),
        source,
        source if actual == b"NIL" else actual,  # RFC 9051 §7.5.2: absent or empty is From
        source if answer == b"NIL" else answer,
        _addresses(to),
        _addresses(cc),
        _addresses(bcc),
        _text(header, b"in-reply-to"),
        _text(header, b"message-id"),
    )


def _text(header: Header, name: bytes) -> bytes:
    """A field as it stands; NIL if there is none, "" if it is empty."""
    body = header.first(name)
    return b"NIL" if body is None else string(unfold(body[: MAX_TEXT * 2]))


def string(value: str) -> bytes:
    """A quoted string of ASCII, whatever `value` is."""
    if not value.isascii():
        value = encoded_words.encode(visible(value)[:MAX_TEXT])
    if not value.isprintable():
        value = visible(value).replace("\ufffd", "?")
    if len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    if '"' in value or "\\" in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'.encode("ascii")


def _addresses(addresses: Sequence[Address]) -> bytes:
    if not addresses:
        return b"NIL"
    rows: list[bytes] = []
    for address in addresses[:MAX_ADDRESSES]:
        if isinstance(address, Group):
            rows.append(b"(NIL NIL %s NIL)" % string(address.phrase))
            rows.extend(map(_mailbox, address.members[:MAX_ADDRESSES]))
            rows.append(b"(NIL NIL NIL NIL)")
        else:
            rows.append(_mailbox(address))
    return b"(%s)" % b"".join(rows)


def _mailbox(mailbox: Mailbox) -> bytes:
    phrase, local, domain = mailbox.phrase, mailbox.local, mailbox.domain
    return b"(%s %s %s %s)" % (
        string(phrase) if phrase else b"NIL",
        string(mailbox.route) if mailbox.route else b"NIL",
        _local(local),
        _domain(domain),
    )


def _local(local: str) -> bytes:
    if local.isascii():
        return string(local)
    octets = visible(local)[:MAX_TEXT].encode("utf-8", "replace")
    return b"{%d}\r\n%s" % (len(octets), octets)


def _domain(domain: str) -> bytes:
    """NIL would make it a group (RFC 9051 §7.5.2), so an address without a domain has an empty one."""
    if domain.isascii():
        return string(domain)
    try:
        return string(domain[:255].encode("idna").decode("ascii"))
    except UnicodeError:
        return string(domain)

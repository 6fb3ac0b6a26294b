"""Write a message: RFC 5322, MIME, RFC 2047, RFC 2231, RFC 6532. CRLF everywhere, no line beyond 998 octets.

The result comes in pieces, so that attachments of any size stream from where they lie to where the message goes. Every
value that a person typed passes `visible`, so nothing in it can begin a header (SECURITY D20): there is no other door.
What is written is 7-bit, whatever it says, but for an 8-bit message that is sent along as it is; only an address whose
local part is not ASCII needs SMTPUTF8.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailcore.message import addresses, dates, encoded_words, flowed, parameters, transfer_encoding
from mailcore.message.addresses import Address, Group, Mailbox
from mailcore.message.headers import visible
from mailcore.message.parse import MESSAGES

LINE = 78  # RFC 5322 §2.1.1: should
MAX_LINE = 998  # must
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}\Z")
_COMPOSITE = ("multipart/", "message/")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send. `open` gives its bytes in pieces, as often as it is asked."""

    name: str
    type: str
    open: Callable[[], Iterable[bytes]]
    content_id: str = ""  # without <>; the HTML refers to it as cid:…


@dataclass(frozen=True, slots=True)
class Letter:
    """What to write. Address fields are lists as people write them: `Ann Lee <ann@x.org>, bob@y.org`."""

    sender: str
    date: datetime
    message_id: str  # without <>
    to: str = ""
    cc: str = ""
    bcc: str = ""
    reply_to: str = ""
    written_by: str = ""  # who really wrote, if that is not the author: Sender (RFC 5322 §3.6.2)
    subject: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    text: str = ""
    html: str = ""
    attachments: Sequence[Attachment] = ()
    calendar: tuple[str, str] | None = None  # iTIP method and iCalendar text, RFC 6047 §2.4
    extra: Sequence[tuple[str, str]] = field(default=())  # further fields: name, value


def compose(letter: Letter) -> Iterator[bytes]:
    """The message in pieces."""
    yield "".join(_fields(letter)).encode("utf-8", "replace")
    inline = [file for file in letter.attachments if file.content_id and letter.html]
    files = [file for file in letter.attachments if not (file.content_id and letter.html)]
    boundary = _Boundaries(letter.message_id)

    body: Iterator[bytes]
    if letter.html:
        rich: Iterator[bytes] = _text("html", letter.html)
        if inline:
            parts = [rich, *map(_file, inline)]
            rich = _multipart('related; type="text/html"', boundary, parts)
        body = _multipart("alternative", boundary, [_text("plain", letter.text), rich])
    else:
        body = _text("plain", letter.text)
    if letter.calendar is not None:
        body = _multipart("alternative", boundary, [body, _calendar(*letter.calendar)])
    if files:
        is_8bit = any(file.type.lower() in MESSAGES and _clean_message(file) == "8bit" for file in files)
        body = _multipart("mixed", boundary, [body, *map(_file, files)], "8bit" if is_8bit else "")
    yield from body


def needs_smtputf8(letter: Letter) -> bool:
    """RFC 6531: an address of it cannot be written in ASCII."""
    fields = (letter.sender, letter.to, letter.cc, letter.bcc, letter.reply_to)
    return any(
        not mailbox.local.isascii()
        for value in fields
        for mailbox in addresses.mailboxes(addresses.parse(value))
    )


# --- the header -------------------------------------------------------------------------------------


def _fields(letter: Letter) -> Iterator[str]:
    yield address_field("From", letter.sender)
    for name, value in (
        ("Sender", letter.written_by),
        ("Reply-To", letter.reply_to),
        ("To", letter.to),
        ("Cc", letter.cc),
        ("Bcc", letter.bcc),
    ):
        if value.strip():
            yield address_field(name, value)
    if visible(letter.subject):
        yield text_field("Subject", letter.subject)
    yield f"Date: {dates.render(letter.date)}\r\n"
    yield f"Message-ID: <{_id(letter.message_id)}>\r\n"
    if letter.in_reply_to:
        yield f"In-Reply-To: <{_id(letter.in_reply_to)}>\r\n"
    if letter.references:
        yield _fold("References:", [f"<{_id(reference)}>" for reference in letter.references])
    for name, value in letter.extra:
        yield text_field(name, value)
    yield "MIME-Version: 1.0\r\n"


def text_field(name: str, value: str) -> str:
    """An unstructured field, encoded if it must be, folded, with its line end."""
    value = visible(value)
    words = value.split(" ")
    if not value.isascii() or "=?" in value or any(len(word) > MAX_LINE - 80 for word in words):
        words = encoded_words.encode(value, room=LINE - len(name) - 2).split(" ")
    return _fold(f"{name}:", words)


def text_part(text: str) -> Iterator[bytes]:
    """A plain text as a part: its header and its lines."""
    yield from _text("plain", text)


def address_field(name: str, value: str) -> str:
    """A field of addresses; names are encoded, what is no address is dropped."""
    shown = [text for address in addresses.parse(value) if (text := _address(address))]
    return _fold(f"{name}:", [f"{text}," for text in shown[:-1]] + shown[-1:])


def _address(address: Address) -> str:
    if isinstance(address, Group):
        members = ", ".join(filter(None, map(_mailbox, address.members)))
        return f"{_phrase(address.name) or 'undisclosed-recipients'}:{members and ' '}{members};"
    return _mailbox(address)


def _mailbox(mailbox: Mailbox) -> str:
    if not mailbox.local or not mailbox.domain:
        return ""
    address = visible(Mailbox("", mailbox.local, _ascii_domain(mailbox.domain)).address)
    phrase = _phrase(mailbox.name)
    return f"{phrase} <{address}>" if phrase else address


def _phrase(name: str) -> str:
    name = visible(name)
    if not name:
        return ""
    if name.isascii() and "=?" not in name:
        return addresses.quoted_if_needed(name)
    return encoded_words.encode(name)


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _id(identifier: str) -> str:
    return re.sub(r"[\s<>]", "", visible(identifier))


def _fold(start: str, words: Iterable[str]) -> str:
    """Words on lines of at most 78 octets where they have blanks to break at: RFC 5322 §2.2.3."""
    lines: list[str] = []
    line = start
    for word in words:
        for piece in word.split(" ") if len(word) > LINE - 2 else (word,):
            if line != start and len(line) + 1 + len(piece) > LINE:
                lines.append(line)
                line = ""
            line = f"{line} {piece}"
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"


# --- the body ---------------------------------------------------------------------------------------


class _Boundaries:
    """Delimiters that differ from each other and, by their "=_", from every encoded line: RFC 2045 §6.7."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def next(self) -> str:
        self._count += 1
        digest = hashlib.sha256(f"{self._seed} {self._count}".encode("utf-8", "replace")).hexdigest()
        return f"=_{digest[:28]}"


def _multipart(
    subtype: str, boundaries: _Boundaries, parts: Iterable[Iterator[bytes]], encoding: str = ""
) -> Iterator[bytes]:
    boundary = boundaries.next()
    yield f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    yield f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() if encoding else b"\r\n"
    for part in parts:
        yield f"--{boundary}\r\n".encode()
        yield from part
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _text(subtype: str, text: str) -> Iterator[bytes]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    parameters_of_type = ""
    if subtype == "plain":
        text, parameters_of_type = flowed.wrap(text), "; format=flowed"
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    encoding, encoded = _encoded(data)
    charset = "us-ascii" if data.isascii() else "utf-8"
    yield (
        f"Content-Type: text/{subtype}; charset={charset}{parameters_of_type}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()
    yield encoded if encoded.endswith(b"\r\n") else encoded + b"\r\n"


def _calendar(method: str, text: str) -> Iterator[bytes]:
    data = text.encode("utf-8", "replace")
    yield f"Content-Type: text/calendar; charset=utf-8; method={re.sub('[^A-Z-]', '', method)}\r\n".encode()
    encoding, encoded = _encoded(data)
    yield f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + encoded


def _encoded(data: bytes) -> tuple[str, bytes]:
    """As it is if that is safe on every path, else in the form that is shorter."""
    longest = max(map(len, data.split(b"\r\n")))
    if data.isascii() and longest <= MAX_LINE and not data.startswith(b"From ") and b"\nFrom " not in data:
        return "7bit", data
    beyond = sum(octet > 126 for octet in data[:50_000])
    if beyond * 3 > min(len(data), 50_000):
        return "base64", b"".join(transfer_encoding.base64_lines([data]))
    return "quoted-printable", transfer_encoding.quoted_printable(data)


def _file(file: Attachment) -> Iterator[bytes]:
    kind = file.type.lower() if _TYPE.match(file.type) else "application/octet-stream"
    encoding = "base64"
    if kind in MESSAGES and (as_it_is := _clean_message(file)):
        encoding = as_it_is
    elif kind.startswith(_COMPOSITE):
        kind = "application/octet-stream"  # RFC 2046 §5.2.1: a message may not be base64, and this one is not clean
    name = visible(file.name)
    lines = [f"Content-Type: {kind}"]
    lines += [f" {piece}" for piece in parameters.render([("name", name)])] if name else []
    header = [";\r\n".join(lines), f"Content-Transfer-Encoding: {encoding}"]
    disposition = "inline" if file.content_id else "attachment"
    shown = parameters.render([("filename", name)]) if name else []
    header.append(";\r\n".join([f"Content-Disposition: {disposition}", *(f" {piece}" for piece in shown)]))
    if file.content_id:
        header.append(f"Content-ID: <{_id(file.content_id)}>")
    yield ("\r\n".join(header) + "\r\n\r\n").encode("utf-8", "replace")
    yield from file.open() if encoding != "base64" else transfer_encoding.base64_lines(file.open())


def _clean_message(file: Attachment) -> str:
    """The identity encoding that carries a message as it is; "" if its lines cannot travel."""
    is_ascii, length, last = True, 0, b"\r\n"
    for chunk in file.open():
        if b"\0" in chunk:
            return ""
        is_ascii = is_ascii and chunk.isascii()
        joined = last[-1:] + chunk  # a CRLF may be cut in two
        if _BARE.search(joined):
            return ""
        lines = chunk.split(b"\n")
        if max(length + len(lines[0]), *map(len, lines)) > MAX_LINE:
            return ""
        length = len(lines[-1]) if len(lines) > 1 else length + len(chunk)
        last = joined
    if last.endswith(b"\r"):
        return ""
    return "7bit" if is_ascii else "8bit"


_BARE = re.compile(rb"\r(?!\n|\Z)|[^\r]\n")

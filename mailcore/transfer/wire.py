"""What an IMAP server says of its folders and messages, as values: RFC 3501 §7.2.2, §7.4.2, RFC 6154.

imaplib hands over lines and literals; here they become Folder and Listed. Gmail's X-GM-LABELS is read as well.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailcore.imap.wire import mailbox_name

Piece = bytes | tuple[bytes, bytes] | None  # as imaplib gives them

MOST_FOLDERS = 2_000
MOST_KEYWORDS = 30

_LIST = re.compile(
    rb'\((?P<marks>[^)]*)\) (?:"(?P<delimiter>(?:\\.|[^"]))"|NIL) (?P<name>.*)\Z', re.DOTALL | re.IGNORECASE
)
_LITERAL = re.compile(rb"\{\d+\+?\}\Z")
_TOKEN = re.compile(rb'"((?:\\.|[^"\\])*)"|([^\s()"]+)', re.DOTALL)
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})", re.IGNORECASE)
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
_LABELS = re.compile(rb'X-GM-LABELS \(((?:"(?:\\.|[^"\\])*"|[^")])*)\)', re.IGNORECASE | re.DOTALL)
_BODY = re.compile(rb'BODY\[\](?:<\d+>)? (NIL|"(?:\\.|[^"\\])*")', re.IGNORECASE | re.DOTALL)
_ATOM = re.compile(rb"[^\s(){%*\"\\\]\x00-\x1f\x7f-\xff]{1,64}\Z")
_MONTHS = {name: number for number, name in enumerate(
    b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # fmt: skip

# RFC 6154 §2, RFC 8457 → what the folder is called here.
USES = {
    "\\sent": "Sent",
    "\\drafts": "Drafts",
    "\\trash": "Trash",
    "\\junk": "Junk",
    "\\archive": "Archive",
}


class Unreadable(Exception):
    """No IMAP."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the other server."""

    raw: bytes  # as the server writes it
    name: str
    delimiter: str
    marks: frozenset[str]

    @property
    def can_be_opened(self) -> bool:
        return not self.marks & {"\\noselect", "\\nonexistent"}

    @property
    def is_everything(self) -> bool:
        """All mail once more (RFC 6154 \\All), or a view of it."""
        return bool(self.marks & {"\\all", "\\flagged", "\\important"})


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a message before its octets."""

    uid: int
    size: int
    flags: frozenset[str]
    received: int | None
    labels: tuple[str, ...] = ()


def folders(data: Sequence[Piece]) -> list[Folder]:
    """The answers to LIST."""
    found = []
    for line, _ in lines(data):
        matched = _LIST.match(line)
        if matched is None:
            continue
        raw = _string(matched["name"].strip())
        try:
            name = mailbox_name.decoded(raw)
        except mailbox_name.BadName:
            name = raw.decode("utf-8", "replace")
        delimiter = (matched["delimiter"] or b"").removeprefix(b"\\").decode("latin1")
        marks = frozenset(matched["marks"].decode("latin1").lower().split())
        found.append(Folder(raw, name, delimiter, marks))
        if len(found) > MOST_FOLDERS:
            raise Unreadable("too many folders")
    return found


def listed(data: Sequence[Piece]) -> Iterator[Listed]:
    """The answers to UID FETCH (UID FLAGS INTERNALDATE RFC822.SIZE …)."""
    for line, _ in lines(data):
        uid, size, flags = _UID.search(line), _SIZE.search(line), _FLAGS.search(line)
        if uid is None or size is None:
            continue  # news of another message
        date, labels = _DATE.search(line), _LABELS.search(line)
        words = frozenset(flags[1].decode("latin1").split()) if flags else frozenset()
        yield Listed(
            int(uid[1]),
            int(size[1]),
            words,
            _moment(date[1]) if date else None,
            _labels(labels[1] if labels else b""),
        )


def bodies(data: Sequence[Piece]) -> Iterator[tuple[int, bytes]]:
    """The answers to UID FETCH (UID BODY.PEEK[]): UID, octets."""
    for line, literals in lines(data):
        uid = _UID.search(line)
        if uid is None:
            continue
        if literals:
            yield int(uid[1]), literals[-1]
        elif (quoted := _BODY.search(line)) is not None:
            yield int(uid[1]), _string(quoted[1]) if quoted[1].upper() != b"NIL" else b""


def lines(data: Iterable[Piece]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Whole answers: the line with its short literals as quoted strings, and the literals."""
    parts: list[bytes] = []
    literals: list[bytes] = []
    for piece in data:
        if isinstance(piece, tuple):
            head, literal = piece
            parts.append(_LITERAL.sub(b"", head))
            parts.append(
                _quoted(literal)
                if len(literal) <= 4096 and not head.upper().rstrip(b"{}+0123456789 ").endswith((b"]", b">"))
                else b"NIL"
            )
            literals.append(literal)
        elif piece is not None:
            parts.append(piece)
            yield b"".join(parts), literals
            parts, literals = [], []


def keywords(flags: Iterable[str]) -> frozenset[str]:
    """Those that are no system flags, as far as ours can carry them."""
    fit = [
        word
        for word in sorted(flags)
        if not word.startswith("\\") and _ATOM.match(word.encode("latin1", "replace"))
    ]
    return frozenset(fit[:MOST_KEYWORDS])


def astring(raw: bytes) -> bytes:
    """A name as a quoted string of a command."""
    if any(octet in raw for octet in b"\r\n\0"):
        raise Unreadable("a folder's name holds a line end")
    return _quoted(raw)


def _quoted(raw: bytes) -> bytes:
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _string(text: bytes) -> bytes:
    if text.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", text[1:].removesuffix(b'"'), flags=re.DOTALL)
    return text


def _labels(text: bytes) -> tuple[str, ...]:
    found = []
    for quoted, atom in _TOKEN.findall(text):
        raw = re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL) if quoted else atom
        try:
            found.append(mailbox_name.decoded(raw))
        except mailbox_name.BadName:
            found.append(raw.decode("utf-8", "replace"))
    return tuple(found)


def _moment(text: bytes) -> int | None:
    """`17-Jul-1996 02:44:25 -0700` (RFC 3501 §9, date-time)."""
    found = re.fullmatch(
        rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", text.strip()
    )
    month = _MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return None
    try:
        parts = time.struct_time(
            (int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), 0, 0, 0)
        )
        ahead = (int(found[8]) * 60 + int(found[9])) * 60
        return calendar.timegm(parts) - (ahead if found[7] == b"+" else -ahead)
    except (ValueError, OverflowError):
        return None

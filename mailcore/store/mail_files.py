"""Messages in files as other programs keep them: mbox, Maildir, single .eml files, and folders of these.

Octets stay what they are, with two exceptions that the formats demand: files with Unix line ends get CRLF, which is
what every protocol speaks, and mboxrd's `>From ` quoting is undone (RFC 4155 and its relatives agree on no more).
"""

from __future__ import annotations

import calendar
import mmap
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mailcore.models.entry import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailcore.store import gmail_labels

CHUNK = 1 << 20

# "From MAILBOX DATE" after an empty line. Asking for a year keeps prose that begins with "From " in its message.
_FROM = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\d{2}:\d{2}[^\r\n]*\d{4}[^\r\n]*\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_BARE_LF = re.compile(rb"(?<!\r)\n")
_STATUS = re.compile(rb"^(?:X-)?Status:[ \t]*([A-Z]*)", re.MULTILINE | re.IGNORECASE)
_INFO = re.compile(r"[:;_!-]2,([A-Za-z]*)\Z")
_LETTERS = {"S": SEEN, "R": ANSWERED, "F": FLAGGED, "T": DELETED, "D": DRAFT}  # Maildir's
_STATUS_LETTERS = {"R": SEEN, "A": ANSWERED, "F": FLAGGED, "D": DELETED, "T": DRAFT}  # mbox's
_SPECIAL = {
    "inbox": "INBOX",
    **dict.fromkeys(("sent", "sent items", "sent messages", "sent mail", "sent-mail"), "Sent"),
    **dict.fromkeys(("drafts", "draft"), "Drafts"),
    **dict.fromkeys(("trash", "bin", "deleted", "deleted items", "deleted messages"), "Trash"),
    **dict.fromkeys(("junk", "spam", "junk e-mail", "junk email", "bulk mail"), "Junk"),
    **dict.fromkeys(("archive", "archives"), "Archive"),
}


class NotMail(Exception):
    """There is nothing at that path that we know how to read; the text says so."""


@dataclass(frozen=True, slots=True)
class Found:
    """One message in a file; `mailbox` is where it stood, "" at the top."""

    mailbox: str
    path: Path
    flags: int = 0
    received: int | None = None  # seconds since 1970
    start: int = 0
    end: int | None = None  # None: to the end of the file
    is_mbox: bool = False
    keywords: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()  # as people call them

    @property
    def place(self) -> str:
        """For complaints."""
        return str(self.path)

    def chunks(self) -> Iterator[bytes]:
        """Its octets with CRLF line ends."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = (1 << 62) if self.end is None else self.end - self.start
            yield from as_on_the_wire(file, left, unquote=self.is_mbox)


def find(path: Path) -> Iterator[Found]:
    """Every message in a file or below a folder, in the order of the files. Raises NotMail."""
    if path.is_file():
        yield from _file(path, "")
    elif _is_maildir(path):
        yield from _maildir(path)
    elif path.is_dir():
        yield from _folder(path)
    else:
        raise NotMail(f"{path} does not exist.")


def _folder(path: Path) -> Iterator[Found]:
    is_empty = True
    for file in sorted(path.rglob("*")):
        below = file.relative_to(path)
        if _is_maildir(file):
            for message in _maildir(file):
                is_empty = False
                name = "/".join([*below.parts, message.mailbox]).strip("/")
                yield Found(name, message.path, message.flags, message.received)
        elif file.is_file() and not any(_is_maildir(parent) for parent in file.parents):
            if file.suffix.lower() == ".eml":
                is_empty = False
                yield from _file(file, "/".join(below.parts[:-1]))
            elif file.suffix.lower() in (".mbox", ".mbx") or (not file.suffix and _is_mbox(file)):
                is_empty = False
                yield from _file(file, "/".join([*below.parts[:-1], below.stem]))
    if is_empty:
        raise NotMail(f"{path} holds no mbox, no Maildir and no .eml file.")


def _file(path: Path, mailbox: str) -> Iterator[Found]:
    if path.stat().st_size == 0:
        return
    if _is_mbox(path):
        yield from in_mbox(path, mailbox)
    else:
        yield Found(mailbox, path)


# --- mbox -----------------------------------------------------------------------------------------------------
def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def in_mbox(path: Path, mailbox: str) -> Iterator[Found]:
    """Its messages, in order; Gmail's labels, where there are any, say where each one stood."""
    with path.open("rb") as file:
        # Not closed by hand: whoever stops half-way leaves matches behind that still look at it.
        octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        separators = _FROM.finditer(octets)
        here = next(separators, None)
        if here is None:  # a first line without a date: one message
            start = octets.find(b"\n") + 1
            yield Found(mailbox, path, 0, None, start, len(octets), is_mbox=True)
            return
        while here is not None:
            following = next(separators, None)
            end = len(octets) if following is None else following.start()
            # The empty line before the next separator belongs to the format.
            if octets[here.end() : end].endswith(b"\r\n\r\n"):
                end -= 2
            elif octets[max(here.end(), end - 2) : end] == b"\n\n":
                end -= 1
            head = octets[here.end() : min(end, here.end() + 65536)].replace(b"\r\n", b"\n")
            head = head.partition(b"\n\n")[0]
            flags, place = _mbox_flags(head), mailbox
            labels: tuple[str, ...] = ()
            if (gmail := gmail_labels.in_header(head)) is not None:
                place, labels = gmail.mailbox, gmail.labels
                flags |= gmail.flags | (0 if gmail.is_unread else SEEN)
            when = _from_date(here[0])
            yield Found(place, path, flags, when, here.end(), end, is_mbox=True, labels=labels)
            here = following


def _mbox_flags(head: bytes) -> int:
    letters = "".join(match[1].decode().upper() for match in _STATUS.finditer(head))
    return _flags(letters, _STATUS_LETTERS)


def _from_date(line: bytes) -> int | None:
    """`From ann@x.org Sat Nov 21 08:54:16 2026`, in UTC as RFC 4155 asks."""
    match = re.search(rb"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d+:\d+(?::\d+)?.* (\d{4})", line)
    if match is None:
        return None
    words = match[0].split()
    clock = words[3] if words[3].count(b":") == 2 else words[3] + b":00"
    try:
        return calendar.timegm(
            time.strptime(
                b" ".join([words[1], words[2], clock, match[1]]).decode(),
                "%b %d %H:%M:%S %Y",
            )
        )
    except ValueError:
        return None


# --- Maildir --------------------------------------------------------------------------------------------------
def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _maildir(path: Path) -> Iterator[Found]:
    """A Maildir and, as Maildir++ has it, its `.Folder.Below` subfolders."""
    yield from _maildir_messages(path, "")
    for folder in sorted(path.iterdir()):
        if folder.name.startswith(".") and _is_maildir(folder):
            yield from _maildir_messages(folder, folder.name[1:].replace(".", "/"))


def _maildir_messages(path: Path, mailbox: str) -> Iterator[Found]:
    files = [file for part in ("cur", "new") for file in (path / part).iterdir() if file.is_file()]
    for file in sorted(files, key=_maildir_order):
        yield Found(mailbox, file, maildir_flags(file.name), int(file.stat().st_mtime))


def _maildir_order(file: Path) -> tuple[int, str]:
    seconds = file.name.partition(".")[0]
    return (int(seconds) if seconds.isdecimal() else 0, file.name)


def maildir_flags(name: str) -> int:
    """What a file's name says; archives and Windows cannot always keep its colon."""
    info = _INFO.search(name)
    return _flags(info[1], _LETTERS) if info else 0


def _flags(letters: str, table: dict[str, int]) -> int:
    flags = 0
    for letter in letters:
        flags |= table.get(letter, 0)
    return flags


# --- octets ---------------------------------------------------------------------------------------------------
def _lines(file: IO[bytes], left: int) -> Iterator[bytes]:
    """Whole lines, about a mebibyte at a time; a longer line in pieces."""
    rest = b""
    while left:
        data = file.read(min(CHUNK, left))
        if not data:
            break
        left -= len(data)
        data = rest + data
        cut = data.rfind(b"\n") + 1
        if not cut:  # keep a CR with its LF
            cut = len(data) - data.endswith(b"\r")
        rest = data[cut:]
        yield data[:cut]
    if rest:
        yield rest


def as_on_the_wire(file: IO[bytes], left: int, *, unquote: bool = False) -> Iterator[bytes]:
    """The next `left` octets of a file with CRLF line ends."""
    is_unix = None
    for piece in _lines(file, left):
        if is_unix is None:
            end = piece.find(b"\n")
            is_unix = end >= 0 and piece[end - 1 : end] != b"\r"
        if unquote:
            piece = _QUOTED.sub(rb"\1", piece)
        yield _BARE_LF.sub(b"\r\n", piece) if is_unix else piece


def standard_name(mailbox: str) -> str:
    """`sent` and `.Sent Items`-like names of other programs, as ours are called; others as they are."""
    return _SPECIAL.get(mailbox.lower(), mailbox)

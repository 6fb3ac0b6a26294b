"""Write an account's mail to files that other programs read: Maildir, mbox, or one .eml for each message.

A message whose every line ends in CRLF is written with Unix line ends into Maildir and mbox, where readers expect
them; any other octet for octet. Importing the files again gives back the very octets.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mailcore.models import Mailbox
from mailcore.models.entry import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailcore.store import entries, mailboxes
from mailcore.store.raw import Raw

PAGE = 500
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_LETTERS = ((DRAFT, "D"), (FLAGGED, "F"), (ANSWERED, "R"), (SEEN, "S"), (DELETED, "T"))  # in ASCII order


@dataclass(frozen=True, slots=True)
class Exported:
    """One message on its way out."""

    uid: int
    flags: int
    received: int
    raw: Raw


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an export; a name that ends in "/" is an empty folder."""

    name: str
    chunks: Iterator[bytes]
    modified: int | None = None


def write_all(account_id: int, folder: Path, form: str, progress: Callable[[str, int], object]) -> int:
    """Write every mailbox below `folder` (which must be empty or new) as "maildir", "mbox" or "eml"; how many."""
    total = 0
    for mailbox in mailboxes.listing(account_id):
        tally = Tally()
        for member in members(mailbox, form, tally):
            file = folder / member.name
            if member.name.endswith("/"):
                file.mkdir(parents=True, exist_ok=True)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as out:
                out.writelines(member.chunks)
            if member.modified is not None:
                os.utime(file, (member.modified, member.modified))
        progress(mailbox.name, tally.count)
        total += tally.count
    return total


@dataclass(slots=True)
class Tally:
    """Messages that are out."""

    count: int = 0


def members(mailbox: Mailbox, form: str, tally: Tally | None = None) -> Iterator[Member]:
    """A mailbox as files, one after the other; each must be read before the next is asked for."""
    return FORMS[form](mailbox, tally or Tally())


def _messages(mailbox: Mailbox, tally: Tally) -> Iterator[Exported]:
    uids = [row[0] for row in entries.rows(mailbox.account_id, mailbox.pk, None, ["e.uid"])]
    columns = ["e.uid", "e.flags", "e.received", "e.message_id"]
    for start in range(0, len(uids), PAGE):
        page = entries.rows(mailbox.account_id, mailbox.pk, uids[start : start + PAGE], columns)
        raws = entries.raws_of(mailbox.account_id, {row[3] for row in page})
        for uid, flags, received, message_id in page:
            tally.count += 1
            yield Exported(uid, flags, received, raws[message_id])


def _maildir(mailbox: Mailbox, tally: Tally) -> Iterator[Member]:
    """Maildir++: subfolders are `.Name.Below`; flags are in the name, the date is the file's."""
    name = "" if mailbox.name == "INBOX" else "." + mailbox.name.replace(".", "_").replace("/", ".") + "/"
    for part in ("cur", "new", "tmp"):
        yield Member(f"{name}{part}/", iter(()))
    for message in _messages(mailbox, tally):
        letters = "".join(letter for flag, letter in _LETTERS if message.flags & flag)
        file = f"{name}cur/{message.received}.U{message.uid}:2,{letters}"
        is_unix = _has_only_crlf(message.raw)
        yield Member(file, _copy(message.raw, is_unix=is_unix), message.received)


def _mbox(mailbox: Mailbox, tally: Tally) -> Iterator[Member]:
    """mboxrd (RFC 4155): a `From ` line before each message, an empty line after it."""
    yield Member(_file_name(mailbox.name) + ".mbox", _mbox_octets(mailbox, tally))


def _mbox_octets(mailbox: Mailbox, tally: Tally) -> Iterator[bytes]:
    for message in _messages(mailbox, tally):
        stamp = time.asctime(time.gmtime(message.received))
        is_unix = _has_only_crlf(message.raw)
        end = b"\n" if is_unix else b"\r\n"
        yield b"From MAILER-DAEMON " + stamp.encode() + end
        last = b""
        for piece in _copy(message.raw, is_unix=is_unix, quote=True):
            yield piece
            last = piece
        yield end if last.endswith(b"\n") else end + end


def _eml(mailbox: Mailbox, tally: Tally) -> Iterator[Member]:
    where = _file_name(mailbox.name)
    yield Member(f"{where}/", iter(()))
    for message in _messages(mailbox, tally):
        yield Member(f"{where}/{message.uid:06}.eml", _copy(message.raw, is_unix=False), message.received)


FORMS: dict[str, Callable[[Mailbox, Tally], Iterator[Member]]] = {
    "mbox": _mbox,
    "maildir": _maildir,
    "eml": _eml,
}


def _file_name(name: str) -> str:
    """A mailbox name as a path below the folder: its levels, none of which may climb or hide."""
    return "/".join(re.sub(r"[^\w .+@-]", "_", level).lstrip(".") or "_" for level in name.split("/"))


def _has_only_crlf(raw: Raw) -> bool:
    last = b""
    for chunk in raw.chunks():
        text = last + chunk
        last = text[-1:] if text.endswith(b"\r") else b""
        if _BARE.search(text[: len(text) - len(last)]):
            return False
    return not last


def _copy(raw: Raw, *, is_unix: bool, quote: bool = False) -> Iterator[bytes]:
    """Whole lines, so that no `From ` and no CRLF falls between two chunks."""
    rest = b""
    for chunk in raw.chunks():
        text = rest + chunk
        cut = text.rfind(b"\n") + 1
        text, rest = text[:cut], text[cut:]
        if text:
            yield _as_in_file(text, is_unix, quote)
    if rest:
        yield _as_in_file(rest, is_unix, quote)


def _as_in_file(text: bytes, is_unix: bool, quote: bool) -> bytes:
    if quote:
        text = _FROM.sub(rb">\1", text)
    return text.replace(b"\r\n", b"\n") if is_unix else text

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
from typing import IO

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


def write_all(account_id: int, folder: Path, form: str, progress: Callable[[str, int], object]) -> int:
    """Write every mailbox below `folder` (which must be empty or new) as "maildir", "mbox" or "eml"; how many."""
    write = {"maildir": _write_maildir, "mbox": _write_mbox, "eml": _write_eml}[form]
    total = 0
    for mailbox in mailboxes.listing(account_id):
        count = write(mailbox, folder)
        progress(mailbox.name, count)
        total += count
    return total


def _messages(mailbox: Mailbox) -> Iterator[Exported]:
    uids = [row[0] for row in entries.rows(mailbox.account_id, mailbox.pk, None, ["e.uid"])]
    columns = ["e.uid", "e.flags", "e.received", "e.message_id"]
    for start in range(0, len(uids), PAGE):
        page = entries.rows(mailbox.account_id, mailbox.pk, uids[start : start + PAGE], columns)
        raws = entries.raws_of(mailbox.account_id, {row[3] for row in page})
        for uid, flags, received, message_id in page:
            yield Exported(uid, flags, received, raws[message_id])


def _write_maildir(mailbox: Mailbox, folder: Path) -> int:
    """Maildir++: subfolders are `.Name.Below`; flags are in the name, the date is the file's."""
    name = "" if mailbox.name == "INBOX" else "." + mailbox.name.replace(".", "_").replace("/", ".")
    where = folder / name
    for part in ("cur", "new", "tmp"):
        (where / part).mkdir(parents=True, exist_ok=True)
    count = 0
    for message in _messages(mailbox):
        letters = "".join(letter for flag, letter in _LETTERS if message.flags & flag)
        file = where / "cur" / f"{message.received}.U{message.uid}:2,{letters}"
        with file.open("xb") as out:
            _copy(message.raw, out, is_unix=_has_only_crlf(message.raw))
        os.utime(file, (message.received, message.received))
        count += 1
    return count


def _write_mbox(mailbox: Mailbox, folder: Path) -> int:
    """mboxrd (RFC 4155): a `From ` line before each message, an empty line after it."""
    file = folder / (_file_name(mailbox.name) + ".mbox")
    file.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with file.open("xb") as out:
        for message in _messages(mailbox):
            stamp = time.asctime(time.gmtime(message.received))
            is_unix = _has_only_crlf(message.raw)
            end = b"\n" if is_unix else b"\r\n"
            out.write(b"From MAILER-DAEMON " + stamp.encode() + end)
            last = _copy(message.raw, out, is_unix=is_unix, quote=True)
            out.write(end if last.endswith(b"\n") else end + end)
            count += 1
    return count


def _write_eml(mailbox: Mailbox, folder: Path) -> int:
    where = folder / _file_name(mailbox.name)
    where.mkdir(parents=True, exist_ok=True)
    count = 0
    for message in _messages(mailbox):
        file = where / f"{message.uid:06}.eml"
        with file.open("xb") as out:
            _copy(message.raw, out, is_unix=False)
        os.utime(file, (message.received, message.received))
        count += 1
    return count


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


def _copy(raw: Raw, out: IO[bytes], *, is_unix: bool, quote: bool = False) -> bytes:
    """Line by line, so that no `From ` and no CRLF falls between two chunks; answers with the last line."""
    rest = last = b""
    for chunk in raw.chunks():
        text = rest + chunk
        cut = text.rfind(b"\n") + 1
        text, rest = text[:cut], text[cut:]
        if text:
            last = _put(text, out, is_unix, quote)
    return _put(rest, out, is_unix, quote) if rest else last


def _put(text: bytes, out: IO[bytes], is_unix: bool, quote: bool) -> bytes:
    if quote:
        text = _FROM.sub(rb">\1", text)
    if is_unix:
        text = text.replace(b"\r\n", b"\n")
    out.write(text)
    return text[-2:]

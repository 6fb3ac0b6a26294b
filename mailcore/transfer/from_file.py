"""What an uploaded file gives: an mbox, a message, or a .zip of mbox files, Maildirs and messages."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from mailcore.models import Transfer
from mailcore.people import exchange
from mailcore.people.errors import NoCards
from mailcore.store import mail_archives, mail_files
from mailcore.store.importing import Incoming, Tally
from mailcore.transfer import uploads
from mailcore.transfer.errors import Ended

Tick = Callable[[], object]


class NotMailFile(Ended):
    """Neither an mbox, nor a message, nor an archive of them."""

    word = "not-mail"


class Damaged(Ended):
    """An archive that cannot be read to its end."""

    word = "damaged"


class Locked(Ended):
    """An archive with a password."""

    word = "locked"


class TooMuch(Ended):
    """Unpacked, it would be more than an import may be."""

    word = "too-much"


class FromFile:
    """The messages of a file that are not done yet. `tick` is called now and then while none comes."""

    def __init__(self, row: Transfer, tick: Tick) -> None:
        self._row, self._tick = row, tick
        self._path: Path = uploads.path(row.id)
        self._archive: mail_archives.Archive | None = None
        self._done = row.taken + row.known + row.refused  # by earlier workers
        self._read = row.read
        self.total = 0  # nobody knows before the end

    def messages(self) -> Iterator[Incoming]:
        """In the order of the file, those behind what is done. Raises Ended."""
        try:
            if not self._path.exists():
                raise NotMailFile("The file is gone")
            for number, message in enumerate(self._all()):
                if number < self._done:
                    self._tick()
                else:
                    yield message
        except mail_files.NotMail as problem:
            raise NotMailFile(str(problem)) from None
        except mail_archives.TooMuch as problem:
            raise TooMuch(str(problem)) from None
        except mail_archives.Locked as problem:
            raise Locked(str(problem)) from None
        except mail_archives.DAMAGED as problem:
            raise Damaged(str(problem)) from None
        except OSError as problem:
            if problem.errno != errno.EINVAL:
                raise
            raise Damaged(str(problem)) from None  # offsets that lead out of the file

    def committed(self, tally: Tally) -> dict[str, int]:
        """What to note of the way, now that everything that was given is in."""
        if self._archive is not None:
            self._read = self._row.size * self._archive.read // max(1, self._archive.size)
        return {"read": self._read}

    def finish(self) -> dict[str, int]:
        """The address books of an archive."""
        people = 0
        if self._archive is not None:
            for info in self._archive.cards():
                try:
                    found = exchange.read(self._archive.octets(info, exchange.MOST_OCTETS + 1))
                except (NoCards, *mail_archives.DAMAGED):
                    continue
                people += exchange.take(self._row.account_id, found).added
        return {"people": people, "read": self._row.size}

    def close(self) -> None:
        """Let go of the file."""
        if self._archive is not None:
            self._archive.close()

    def _all(self) -> Iterator[Incoming]:
        into = str(self._row.options.get("into", ""))
        if mail_archives.is_archive(self._path):
            self._archive = mail_archives.Archive(self._path, settings.MAIL_MAX_IMPORT_BYTES * 4)
            found = self._archive.messages(uploads.spool(self._row.id), self._tick)
            yield from (_below(into, message) for message in found)
            return
        if not _looks_like_mail(self._path):
            raise NotMailFile("Not mail")
        for message in mail_files.find(self._path):
            yield _below(into, message)
            self._read = message.end or self._row.size


class _Below:
    """The same message, in a folder below another."""

    def __init__(self, message: Incoming, mailbox: str) -> None:
        self._message, self.mailbox = message, mailbox
        self.flags, self.received = message.flags, message.received
        self.keywords, self.labels, self.place = message.keywords, message.labels, message.place

    def chunks(self) -> Iterator[bytes]:
        """Its octets."""
        return self._message.chunks()


def _below(into: str, message: Incoming) -> Incoming:
    if not into:
        return message
    name = mail_files.standard_name(message.mailbox)
    return _Below(message, f"{into}/{name}" if name and name != "INBOX" else into)


def _looks_like_mail(path: Path) -> bool:
    """A `From ` line, or a header field, before anything that no message begins with."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"From "):
        return True
    name, colon, _ = head.lstrip(b"\r\n").partition(b":")
    return bool(colon) and 0 < len(name) <= 76 and all(33 <= octet <= 126 for octet in name)

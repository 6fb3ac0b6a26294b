"""Mail in a .zip: mbox files, Maildirs, .eml files, in folders or not; what Google Takeout makes; what we export.

Single messages are read straight out of the archive. An mbox is unpacked to one file first, because finding its
messages needs the whole of it; at any time there is one such file. Nothing is believed that the archive says of sizes
without being counted.
"""

from __future__ import annotations

import calendar
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mailcore.store import mail_files
from mailcore.store.importing import Incoming, possible_name
from mailcore.store.mail_files import NotMail

MOST_DIRECTORY = 64 << 20  # octets of the archive's table of contents: some 500,000 files
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error)
_WRAPPERS = ("Takeout/Mail/", "Takeout/Gmail/")
_MBOX = (".mbox", ".mbx")


class TooMuch(Exception):
    """Unpacked it would be more than is allowed."""


class Locked(Exception):
    """There is a password on it."""


@dataclass(frozen=True, slots=True)
class Zipped:
    """One message that is a file of an archive."""

    mailbox: str
    place: str
    flags: int
    received: int | None
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    keywords: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()

    def chunks(self) -> Iterator[bytes]:
        """Its octets with CRLF line ends."""
        with self.archive.open(self.info) as file:
            yield from mail_files.as_on_the_wire(file, self.info.file_size)


def is_archive(path: Path) -> bool:
    """By its first octets, whatever it is called."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06") and zipfile.is_zipfile(path)


class Archive:
    """A .zip with mail in it. Raises TooMuch, Locked, and what is in DAMAGED."""

    def __init__(self, path: Path, most_octets: int) -> None:
        if _directory_size(path) > MOST_DIRECTORY:
            raise TooMuch("Too many files")
        self._zip = zipfile.ZipFile(path)
        members = [
            info for info in self._zip.infolist() if not info.is_dir() and _is_of_interest(info.filename)
        ]
        self._root = _maildir_root(members)
        self._members = members
        if sum(info.file_size for info in members) > most_octets:
            raise TooMuch("Too much when unpacked")
        if any(info.flag_bits & 1 for info in members):
            raise Locked("There is a password on it")
        self.size = sum(info.compress_size for info in members)
        self.read = 0  # octets of the archive whose messages were given

    def messages(self, spool: Path, tick: Callable[[], object]) -> Iterator[Incoming]:
        """Every message, in the order of the archive; `spool` is a path for the mbox at hand. Raises NotMail."""
        is_empty = True
        for info in self._members:
            for message in self._of(info, spool, tick):
                is_empty = False
                yield message
            self.read += info.compress_size
            tick()
        if is_empty and not self.cards():
            raise NotMail("There is no mbox, no Maildir and no .eml file in it.")

    def cards(self) -> list[zipfile.ZipInfo]:
        """Address books (.vcf)."""
        return [info for info in self._members if _suffix(info.filename) == ".vcf"]

    def octets(self, info: zipfile.ZipInfo, most: int) -> bytes:
        """A small file."""
        with self._zip.open(info) as file:
            return file.read(most)

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def _of(self, info: zipfile.ZipInfo, spool: Path, tick: Callable[[], object]) -> Iterator[Incoming]:
        path = PurePosixPath(_unwrapped(info.filename))
        if path.parent.name in ("cur", "new"):
            yield self._maildir_message(info, path)
            return
        suffix = path.suffix.lower()
        if suffix not in (".eml", "", *_MBOX) or not info.file_size:
            return
        with self._zip.open(info) as file:
            is_mbox = file.read(5) == b"From "
        if is_mbox:
            yield from self._mbox(info, _mailbox_of(path), spool, tick)
        elif suffix == ".eml":
            yield Zipped(_folders(path.parts[:-1]), info.filename, 0, None, self._zip, info)

    def _maildir_message(self, info: zipfile.ZipInfo, path: PurePosixPath) -> Zipped:
        folder = "/".join(path.parts[:-2]).removeprefix(self._root).strip("/")
        name = "/".join(
            level[1:].replace(".", "/") if level[0] == "." else level for level in folder.split("/") if level
        )
        first = path.name.partition(".")[0]
        received = int(first) if first.isdecimal() and len(first) <= 11 else _moment(info)
        flags = mail_files.maildir_flags(path.name)
        return Zipped(possible_name(name), info.filename, flags, received, self._zip, info)

    def _mbox(
        self, info: zipfile.ZipInfo, mailbox: str, spool: Path, tick: Callable[[], object]
    ) -> Iterator[Incoming]:
        try:
            with self._zip.open(info) as packed, spool.open("wb") as out:
                while piece := packed.read(mail_files.CHUNK):
                    out.write(piece)
                    tick()
            before = self.read
            for message in mail_files.in_mbox(spool, mailbox):
                self.read = before + info.compress_size * (message.end or 0) // info.file_size
                yield message
            self.read = before
        finally:
            spool.unlink(missing_ok=True)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_of_interest(name: str) -> bool:
    path = PurePosixPath(name)
    if path.parent.name in ("cur", "new"):
        return True
    hidden = any(part == "__MACOSX" or (part[0] == "." and part != "..") for part in path.parts)
    return not hidden and path.suffix.lower() in (".eml", ".vcf", "", *_MBOX)


def _unwrapped(name: str) -> str:
    return next((name[len(wrapper) :] for wrapper in _WRAPPERS if name.startswith(wrapper)), name)


def _maildir_root(members: list[zipfile.ZipInfo]) -> str:
    """The Maildir that all others lie in, or "": what lies in it stood at the top."""
    roots = {
        "/".join(path.parts[:-2])
        for info in members
        if (path := PurePosixPath(_unwrapped(info.filename))).parent.name in ("cur", "new")
    }
    top = min(roots, key=len, default="")
    return top if all(f"{root}/".startswith(f"{top}/") for root in roots) else ""


def _mailbox_of(path: PurePosixPath) -> str:
    """`2026/list.mbox` → 2026/list; Apple's `Work.mbox/mbox` → Work; Thunderbird's `Inbox.sbd/Work` → Inbox/Work."""
    parts = path.parts
    if path.name == "mbox" and len(parts) > 1:
        parts = parts[:-1]
    elif _suffix(path.name) in _MBOX:
        parts = (*parts[:-1], path.stem)
    return _folders(parts)


def _folders(parts: tuple[str, ...]) -> str:
    return possible_name("/".join(part.removesuffix(".sbd").removesuffix(".mbox") for part in parts))


def _moment(info: zipfile.ZipInfo) -> int | None:
    try:
        return calendar.timegm((*info.date_time, 0, 0, 0))
    except (ValueError, OverflowError):
        return None


def _directory_size(path: Path) -> int:
    """What the end of the archive says of its table of contents, which is read into memory as a whole."""
    with path.open("rb") as file:
        file.seek(0, 2)
        whole = file.tell()
        file.seek(max(0, whole - (1 << 16) - 22))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("no end")
        size = int(struct.unpack_from("<I", tail, at + 12)[0])
        if size < 0xFFFFFFFF:
            return size
        locator = tail.rfind(b"PK\x06\x07", 0, at)
        if locator < 0:
            raise zipfile.BadZipFile("no ZIP64 end")
        file.seek(struct.unpack_from("<Q", tail, locator + 8)[0])
        end = file.read(56)
        return int(struct.unpack_from("<Q", end, 40)[0]) if len(end) == 56 else whole

"""What another server gives: the messages of the folders that were chosen, from where we were last time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from mailcore.models import Transfer, TransferFolder
from mailcore.models.entry import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailcore.store import gmail_labels
from mailcore.store.errors import MessageTooBig
from mailcore.store.importing import Incoming, NotTaken, Tally, possible_name
from mailcore.transfer import rows, wire
from mailcore.transfer.client import Client, Server
from mailcore.transfer.wire import USES, Folder, Listed

LOOK_SECONDS = 5.0  # somebody waits for the page: what is not counted until then is counted later
WINDOW = 200  # messages whose flags and sizes are asked for at a time
TOGETHER = 50  # small messages that come in one answer
TOGETHER_OCTETS = 4 << 20
SMALL = 256 << 10
_FLAGS = {
    "\\seen": SEEN,
    "\\answered": ANSWERED,
    "\\flagged": FLAGGED,
    "\\deleted": DELETED,
    "\\draft": DRAFT,
}
_GMAIL = ("[Gmail]", "[Google Mail]")

Tick = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Offer:
    """A folder of the other server as it is offered: its name there, ours that it would go to, whether one wants it."""

    name: str
    into: str
    count: int
    is_wanted: bool


def server_of(row: Transfer) -> Server:
    """Where the mail of a transfer is."""
    options = row.options
    return Server(options["host"], options["port"], options["security"], options["user"])


def look(server: Server, password: str) -> list[Offer]:
    """What there is. Raises Ended and Unavailable."""
    client = Client(server, password)
    try:
        found = client.folders()
        until = time.monotonic() + LOOK_SECONDS
        counts = [client.count(folder) if time.monotonic() < until else 0 for folder in found]
        # Gmail keeps everything once in "All Mail", with labels; its other folders show the same again.
        has_all = client.has_labels and any("\\all" in folder.marks for folder in found)
        return [
            Offer(folder.name, into(folder), count, _is_wanted(folder, has_all))
            for folder, count in zip(found, counts, strict=True)
        ]
    finally:
        client.close()


def _is_wanted(folder: Folder, has_all: bool) -> bool:
    if has_all:
        return bool(folder.marks & {"\\all", "\\trash", "\\junk"})
    return not folder.is_everything


def into(folder: Folder) -> str:
    """Ours that would be the same."""
    for mark, name in USES.items():
        if mark in folder.marks:
            return name
    if "\\all" in folder.marks:
        return "Archive"
    delimiter = folder.delimiter or "/"
    levels = [level.replace("/", "-") for level in folder.name.split(delimiter)]
    # Courier and some Dovecots put everything below INBOX; Gmail puts its own below [Gmail].
    if len(levels) > 1 and (levels[0].upper() == "INBOX" or levels[0] in _GMAIL):
        levels = levels[1:]
    return possible_name("/".join(levels)) or "INBOX"


@dataclass(frozen=True, slots=True)
class Remote:
    """One message of the other server."""

    mailbox: str
    place: str
    flags: int
    received: int | None
    keywords: frozenset[str]
    labels: tuple[str, ...]
    pieces: Callable[[], Iterator[bytes]]

    def chunks(self) -> Iterator[bytes]:
        """Octet for octet as the server has it: CRLF is what IMAP speaks."""
        return self.pieces()


class FromServer:
    """The messages that are not here yet, folder by folder."""

    def __init__(self, row: Transfer, tick: Tick) -> None:
        self._row, self._tick = row, tick
        self._client: Client | None = None
        self._place: TransferFolder | None = None
        self._uid = 0
        self._finished: list[TransferFolder] = []
        self.total = row.total

    def messages(self) -> Iterator[Incoming]:
        """Raises Ended and Unavailable."""
        self._client = client = Client(server_of(self._row), rows.password(self._row))
        chosen: dict[str, str] = dict(self._row.options.get("chosen", []))
        folders = [folder for folder in client.folders() if folder.name in chosen]
        if not self.total:
            for folder in folders:
                self.total += client.count(folder)
                self._tick()
        for folder in folders:
            validity = client.open(folder)
            if validity is not None:
                yield from self._folder(client, folder, chosen[folder.name], validity)

    def _folder(self, client: Client, folder: Folder, target: str, validity: int) -> Iterator[Incoming]:
        place = rows.folder(self._row, folder.name, validity)
        if self._place is not None:
            self._finished.append(self._place)
            self._place.last_uid = self._uid
        self._place, self._uid = place, place.last_uid
        uids = client.uids_after(place.last_uid)
        by_labels = client.has_labels and "\\all" in folder.marks
        for start in range(0, len(uids), WINDOW):
            self._tick()
            window = client.listed(uids[start : start + WINDOW])
            for group in _groups(window):
                small = client.bodies([item.uid for item in group]) if len(group) > 1 else {}
                self._tick()
                for item in group:
                    octets = small.get(item.uid)
                    self._uid = item.uid
                    yield self._message(client, item, folder, target, by_labels, octets)
            self._uid = max(self._uid, *uids[start : start + WINDOW])

    def _message(
        self, client: Client, item: Listed, folder: Folder, target: str, by_labels: bool, octets: bytes | None
    ) -> Remote:
        def pieces() -> Iterator[bytes]:
            if octets is not None:
                yield octets
                return
            if item.size > settings.MAIL_MAX_MESSAGE_BYTES:
                raise MessageTooBig(f"{folder.name} {item.uid}: too big")
            came = 0
            for piece in client.pieces(item.uid):
                self._tick()
                came += len(piece)
                yield piece
            if not came:
                raise NotTaken(f"{folder.name} {item.uid}: nothing came")

        flags = 0
        for word in item.flags:
            flags |= _FLAGS.get(word.lower(), 0)
        labels: tuple[str, ...] = ()
        if by_labels:
            gmail = gmail_labels.meant(item.labels)
            target = gmail.mailbox if target == "Archive" else target
            labels, flags = gmail.labels, flags | gmail.flags
        place = f"{folder.name} {item.uid}"
        return Remote(target, place, flags, item.received, wire.keywords(item.flags), labels, pieces)

    def committed(self, tally: Tally) -> dict[str, int]:
        """Everything that was given is in: note how far each folder is."""
        for place in self._finished:
            rows.reached(place, place.last_uid)
        self._finished.clear()
        if self._place is not None:
            rows.reached(self._place, self._uid)
        return {}

    def finish(self) -> dict[str, Any]:
        """Nothing more."""
        return {}

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()


def _groups(window: list[Listed]) -> Iterator[list[Listed]]:
    """Small messages together, a big one alone."""
    group: list[Listed] = []
    octets = 0
    for item in window:
        if group and (item.size > SMALL or len(group) >= TOGETHER or octets + item.size > TOGETHER_OCTETS):
            yield group
            group, octets = [], 0
        group.append(item)
        octets += item.size
        if item.size > SMALL:
            yield group
            group, octets = [], 0
    if group:
        yield group

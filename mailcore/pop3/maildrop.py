"""INBOX as one session sees it: numbered at login, the same to the end. RFC 1939 §4.

Message number n is the n-th entry by UID. Octets are read ahead, several messages with one question to the
database, because clients fetch them one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from mailcore.identity.leases import Lease
from mailcore.models import Mailbox
from mailcore.models.mailbox import INBOX
from mailcore.pop3.errors import Refused
from mailcore.store import blobs, entries, mailboxes, messages
from mailcore.store.raw import Raw

AHEAD_OCTETS = 1 << 20
AHEAD_MESSAGES = 64


class Maildrop:
    """The numbered messages of one session, and which of them it has deleted."""

    __slots__ = ("_ahead", "_mailbox", "_message_ids", "_sizes", "_uids", "deleted", "lease")

    def __init__(self, account_id: int, lease: Lease) -> None:
        self.lease = lease
        self.deleted: set[int] = set()
        self._mailbox: Mailbox = mailboxes.named(account_id, INBOX)
        rows = entries.rows(account_id, self._mailbox.id, None, ["e.uid", "e.message_id", "e.size"])
        self._uids: array[int] = array("q", [row[0] for row in rows])
        self._message_ids: array[int] = array("q", [row[1] for row in rows])
        self._sizes: array[int] = array("q", [row[2] for row in rows])
        self._ahead: dict[int, bytes] = {}  # number → octets, read before they were asked for

    def __len__(self) -> int:
        return len(self._uids)

    @property
    def numbers(self) -> Iterator[int]:
        """Those not deleted, ascending."""
        return (number for number in range(1, len(self) + 1) if number not in self.deleted)

    @property
    def octets(self) -> int:
        """Of those not deleted."""
        return sum(self._sizes) - sum(self._sizes[number - 1] for number in self.deleted)

    def check(self, number: int) -> int:
        """The number, if there is such a message and it is not deleted."""
        if not 1 <= number <= len(self):
            raise Refused("No such message")
        if number in self.deleted:
            raise Refused("That message is deleted")
        return number

    def size(self, number: int) -> int:
        """Octets of a message (RFC 1939 §11: as stored, before byte-stuffing)."""
        return self._sizes[number - 1]

    def unique_id(self, number: int) -> str:
        """Never used for another message, whatever happens to the mailbox (RFC 1939 §7)."""
        return f"{self._mailbox.uidvalidity}.{self._uids[number - 1]}"

    def is_at_hand(self, number: int) -> bool:
        """Whether its octets were read ahead."""
        return number in self._ahead

    def chunks(self, number: int) -> Iterator[bytes]:
        """The octets of a message, 256 KiB at a time; nothing is held open in between."""
        ready = self._ahead.pop(number, None)
        if ready is None and self.size(number) <= AHEAD_OCTETS:
            self._read_ahead(number)
            ready = self._ahead.pop(number, None)
        if ready is not None:
            yield ready
            return
        raw = entries.raw_of(self._mailbox.account_id, self._message_ids[number - 1])
        if raw is None:
            raise Refused("That message is gone", "SYS/TEMP")
        yield from raw.chunks()

    def update(self) -> int:
        """Remove for good what was deleted (RFC 1939 §6); how many messages that were."""
        if not self.deleted:
            return 0
        uids = [self._uids[number - 1] for number in sorted(self.deleted)]
        return len(messages.remove(self._mailbox, uids).uids)

    def _read_ahead(self, number: int) -> None:
        """This message and those that will be asked for next, up to a megabyte."""
        chosen: list[int] = []
        octets = 0
        for candidate in range(number, min(number + AHEAD_MESSAGES, len(self) + 1)):
            if candidate in self.deleted:
                continue
            octets += self.size(candidate)
            if octets > AHEAD_OCTETS and chosen:
                break
            chosen.append(candidate)
        raws = entries.raws_of(self._mailbox.account_id, [self._message_ids[n - 1] for n in chosen])
        contents = blobs.read_many([raw.digest for raw in raws.values()])
        self._ahead.clear()
        for candidate in chosen:
            raw: Raw | None = raws.get(self._message_ids[candidate - 1])
            if raw is not None and raw.digest in contents:
                self._ahead[candidate] = raw.prefix + contents[raw.digest]

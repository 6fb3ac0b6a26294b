"""What this client believes its mailbox holds: sequence number ↔ UID. RFC 9051 §2.3.1.2, RFC 9051 §7.5.1.

A belief is three numbers: `uidnext` (arrivals known), `gone_modseq` (expunges known), `flags_modseq` (flags
known). Everything else follows from them and the store, so the map from numbers to UIDs is only a cache. It is
loaded from its end, as far down as a command looks: the newest page of a mailbox with a million messages loads
fifty UIDs, and `FETCH 1:*` loads none.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailcore.imap import believed, uid_maps
from mailcore.imap.believed import View
from mailcore.imap.flags_told import NOBODY, FlagsTold
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.sequence_set import Ranges, SequenceSet, clipped, merged
from mailcore.models import Mailbox

_LEAST_LOAD = 256


@dataclass(frozen=True, slots=True)
class Run:
    """Messages side by side: from `low` to below `below`, the first of them numbered `number`."""

    low: int
    below: int
    number: int


class Selected:
    """One selected mailbox of one session."""

    __slots__ = (
        "_base",
        "_uids",
        "account_id",
        "count",
        "flags",
        "flags_modseq",
        "gone_modseq",
        "is_read_only",
        "mailbox_id",
        "name",
        "quiet",
        "told",
        "uidnext",
        "uids_only",
        "uidvalidity",
    )

    def __init__(
        self, account_id: int, mailbox_id: int, name: str, now: believed.Counters, *, is_read_only: bool
    ) -> None:
        self.account_id = account_id
        self.mailbox_id = mailbox_id
        self.name = name
        self.is_read_only = is_read_only
        self.uids_only = False  # FETCH responses name UIDs, not numbers (RFC 9586 §3.3)
        self.uidvalidity = now.uidvalidity
        self.uidnext = now.uidnext
        self.flags_modseq = self.gone_modseq = now.highest_modseq
        self.count = now.total
        self.flags = FlagsTold()
        self.quiet: set[int] = set()  # modseqs of our own STORE .SILENT: the client knows the flags
        self.told: set[int] = set()  # modseqs of changes whose outcome the client has already been sent
        self._base = self.count  # how many believed messages lie below the loaded part of the map
        self._uids = array("I")

    @property
    def mailbox(self) -> Mailbox:
        """A name for the store's verbs; its counters are not filled in."""
        return Mailbox(id=self.mailbox_id, account_id=self.account_id, name=self.name)

    @property
    def view(self) -> View:
        """How to read entries as this session believes them."""
        return View(self.account_id, self.mailbox_id, self.gone_modseq)

    # --- the map ------------------------------------------------------------------------------------------------------
    def forget_map(self) -> None:
        """Give the memory back; the map can be loaded again at any time."""
        self._base = self.count
        self._uids = array("I")

    def _first_loaded(self) -> int:
        return self._uids[0] if self._uids else self.uidnext

    def _prepend(self, uids: Iterable[int]) -> None:
        more = array("I", uids)
        self._base -= len(more)
        more.extend(self._uids)
        self._uids = more
        if len(more) >= uid_maps.WORTH_KEEPING:
            uid_maps.keep(self.mailbox_id, uid_maps.Known(*self._state(), self._base, more[:]))

    def _state(self) -> tuple[int, int, int]:
        return self.uidvalidity, self.uidnext, self.gone_modseq

    def _adopt(self, missing: int) -> None:
        """Before loading much: perhaps another session of this process has loaded it already."""
        if missing >= uid_maps.WORTH_KEEPING:
            known = uid_maps.known(self.mailbox_id, self.view, self._state())
            if known and known.base < self._base and known.base + len(known.uids) == self.count:
                self._base, self._uids = known.base, known.uids

    def _load_number(self, number: int) -> None:
        """Load down to this number. Little by little doubles, so that paging back stays linear."""
        self._adopt(self._base - number + 1)
        missing = self._base - number + 1
        if missing > 0:
            wanted = min(self._base, max(missing, len(self._uids), _LEAST_LOAD))
            self._prepend(self.view.last_uids(wanted, self._first_loaded()))
            if self._base >= number:
                raise BeliefBroken

    def _load_uid(self, uid: int) -> None:
        """Load down to this UID."""
        if self._base and uid < self._first_loaded():
            self._adopt(self._first_loaded() - uid)
        if self._base and uid < self._first_loaded():
            self._prepend(self.view.uids(uid, self._first_loaded()))

    def uid_of(self, number: int) -> int:
        """The UID of a number in 1..count."""
        self._load_number(number)
        return self._uids[number - self._base - 1]

    def number_of(self, uid: int) -> int | None:
        """The number of a believed UID."""
        self._load_uid(uid)
        index = bisect_left(self._uids, uid)
        if index < len(self._uids) and self._uids[index] == uid:
            return self._base + index + 1
        return None

    def numbers_of(self, uids: Sequence[int]) -> list[int]:
        """Numbers of ascending UIDs; those that nobody believes in are left out."""
        if not uids:
            return []
        self._load_uid(uids[0])
        held, base, end = self._uids, self._base + 1, len(self._uids)
        if len(uids) * 8 > end:  # most of the mailbox: one pass
            number = {uid: index for index, uid in enumerate(held, base)}
            return [number[uid] for uid in uids if uid in number]
        out, at = [], 0
        for uid in uids:
            at = bisect_left(held, uid, at)
            if at < end and held[at] == uid:
                out.append(base + at)
        return out

    def heads(self, uids: Sequence[int]) -> list[bytes]:
        """How an unsolicited FETCH response about each of these ascending UIDs begins."""
        if self.uids_only:
            return [b"* %d UIDFETCH (" % uid for uid in uids]
        numbers = self.numbers_of(uids)
        return [b"* %d FETCH (UID %d " % pair for pair in zip(numbers, uids, strict=True)]

    def believes(self, uids: Sequence[int]) -> list[int]:
        """Those of these ascending UIDs that the client knows of."""
        if not uids or uids[0] >= self.uidnext:
            return []
        end = bisect_left(uids, self.uidnext)
        return list(uids[:end])

    # --- sets ---------------------------------------------------------------------------------------------------------
    def _largest_uid(self) -> int:
        return self.uid_of(self.count) if self.count else self.uidnext

    def uid_ranges(self, wanted: SequenceSet, by_uid: bool, saved: Ranges = ()) -> Ranges:
        """The UIDs that a set names, as ranges with nobody unknown in them. `saved`: what `$` stands for."""
        if wanted.is_saved_result:
            return clipped(saved, 1, self.uidnext - 1)
        if by_uid:
            has_star = any(0 in pair for pair in wanted.ranges)
            return clipped(wanted.within(self._largest_uid() if has_star else NOBODY), 1, self.uidnext - 1)
        return merged((run.low, run.below - 1) for run in self._runs_by_number(wanted))

    def runs(self, wanted: SequenceSet, by_uid: bool, saved: Ranges = ()) -> list[Run]:
        """The same with the number that each run begins with, for answers that are numbered."""
        if not by_uid and not wanted.is_saved_result:
            return self._runs_by_number(wanted)
        out = []
        for low, high in self.uid_ranges(wanted, by_uid, saved):
            number = self.number_from(low)
            if number <= self.count:
                out.append(Run(low, high + 1, number))
        return out

    def number_from(self, uid: int) -> int:
        """The number of the first believed message at or above this UID; count + 1 if there is none."""
        if uid <= 1:
            return 1
        self._load_uid(uid)
        return self._base + bisect_left(self._uids, uid) + 1

    def _runs_by_number(self, wanted: SequenceSet) -> list[Run]:
        if wanted.largest_named() > self.count and not (self.count == 0 and wanted.largest_named() == 1):
            raise Malformed("No such message")
        out = []
        for low, high in clipped(wanted.within(max(self.count, 1)), 1, self.count):
            first = 1 if low == 1 else self.uid_of(low)
            below = self.uidnext if high == self.count else self.uid_of(high) + 1
            out.append(Run(first, below, low))
        return out

    def uids_in(self, ranges: Ranges) -> list[int]:
        """Every believed UID in these ranges; only for answers that spell each of them out."""
        out: list[int] = []
        for low, high in ranges:
            self._load_uid(low)
            out += self._uids[bisect_left(self._uids, low) : bisect_left(self._uids, high + 1)]
        return out

    # --- learning -----------------------------------------------------------------------------------------------------
    def learn_expunged(self, uids: Sequence[int], modseq: int) -> None:
        """The client has been told that these are gone; `modseq`: all expunges up to there are known now."""
        if uids and self._uids:
            gone = set(uids)
            kept = array("I", [uid for uid in self._uids if uid not in gone])
            self._base = self.count - len(uids) - len(kept)
            self._uids = kept
        else:
            self._base -= len(uids)
        self.count -= len(uids)
        self.gone_modseq = modseq

    def learn_arrived(self, uids: Sequence[int], uidnext: int) -> None:
        """The client is being told of these."""
        if self._uids or self._base == 0:
            self._uids.extend(uids)
        else:
            self._base += len(uids)
        self.count += len(uids)
        self.uidnext = uidnext

    def recent_count(self) -> int:
        """How many believed messages are \\Recent (RFC 3501 §2.3.2)."""
        if self.flags.recent_from >= self.uidnext:
            return 0
        return self.view.count(self.flags.recent_from, self.uidnext)


class BeliefBroken(Exception):
    """The store no longer holds what this session believed: its tombstones are gone. Only a new start helps."""

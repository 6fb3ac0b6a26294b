"""Maps from numbers to UIDs that some session of this process loaded, for the next one to begin with.

A client that comes back to a large mailbox and asks what changed needs the numbers of a few messages, and each of
them counts everything below it. What an earlier session knew is brought up to date by what has arrived and gone
since: the cost is that of the difference. A copy only, checked against the mailbox's own count by who adopts it;
losing it costs a reading.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from dataclasses import dataclass

from mailcore.imap.believed import View

WORTH_KEEPING = 2048  # UIDs; less is loaded as fast as it is looked up
_MOST_OCTETS = 32 << 20


@dataclass(frozen=True, slots=True)
class Known:
    """The UIDs above the `base` lowest ones, as of `uidnext` (arrivals) and `gone_modseq` (expunges)."""

    uidvalidity: int
    uidnext: int
    gone_modseq: int
    base: int
    uids: array[int]


_kept: OrderedDict[int, Known] = OrderedDict()
_octets = 0
_lock = threading.Lock()


def keep(mailbox_id: int, known: Known) -> None:
    """Remember a map; `known.uids` must be nobody else's."""
    global _octets
    with _lock:
        old = _kept.pop(mailbox_id, None)
        if old is not None:
            _octets -= len(old.uids) * 4
        _kept[mailbox_id] = known
        _octets += len(known.uids) * 4
        while _octets > _MOST_OCTETS:
            _octets -= len(_kept.popitem(last=False)[1].uids) * 4


def known(mailbox_id: int, view: View, state: tuple[int, int, int]) -> Known | None:
    """The map of a mailbox as a session in this state (uidvalidity, uidnext, gone_modseq) sees it."""
    with _lock:
        old = _kept.get(mailbox_id)
        if old is not None:
            _kept.move_to_end(mailbox_id)
    uidvalidity, uidnext, gone_modseq = state
    if (
        old is None
        or old.uidvalidity != uidvalidity
        or old.uidnext > uidnext
        or old.gone_modseq > gone_modseq
    ):
        return None
    base, uids = old.base, old.uids[:]
    first = uids[0] if uids else old.uidnext
    if old.gone_modseq < gone_modseq:
        before = View(view.account_id, view.mailbox_id, old.gone_modseq)
        gone = set(before.gone_between(gone_modseq, old.uidnext))
        if gone:
            base -= sum(1 for uid in gone if uid < first)
            uids = array("I", [uid for uid in uids if uid not in gone])
    if old.uidnext < uidnext:
        uids.extend(view.uids(old.uidnext, uidnext))
    return Known(uidvalidity, uidnext, gone_modseq, base, uids)

"""The ESEARCH response, for SEARCH, SORT and the search of many mailboxes. RFC 9051 §7.3.4, RFC 5267 §3, RFC 7377 §2.2.

Results keep the order they come in: that of the mailbox for SEARCH, the sorted one for SORT.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.imap.wire.return_options import Returns
from mailcore.imap.wire.sequence_set import Ranges, compact, runs


def response(
    correlator: bytes, numbers: Sequence[int], wanted: Returns, *, by_uid: bool, modseq: int = 0
) -> bytes:
    """`correlator` says what this answers: `TAG "a1"`, perhaps with the mailbox."""
    said = [b"* ESEARCH (", correlator, b")", b" UID" if by_uid else b""]
    if numbers:
        if "MIN" in wanted:
            said.append(b" MIN %d" % numbers[0])
        if "MAX" in wanted:
            said.append(b" MAX %d" % numbers[-1])
        if "ALL" in wanted:
            said.append(b" ALL " + compact(numbers))
    if wanted.page is not None:
        shown = wanted.page.of(numbers)
        said.append(b" PARTIAL (%s %s)" % (wanted.page.written(), compact(shown) if shown else b"NIL"))
    if "COUNT" in wanted:
        said.append(b" COUNT %d" % len(numbers))
    if modseq:
        said.append(b" MODSEQ %d" % modseq)
    return b"".join(said) + b"\r\n"


def saved(uids: Sequence[int], wanted: Returns) -> Ranges:
    """What `$` means from now on: everything, unless only parts were asked for (RFC 5182 §2.4, RFC 9394 §3.1)."""
    parts: set[int] = set()
    if "ALL" in wanted or "COUNT" in wanted or not wanted.options & {"MIN", "MAX", "PARTIAL"}:
        parts.update(uids)
    elif uids:
        if "MIN" in wanted:
            parts.add(uids[0])
        if "MAX" in wanted:
            parts.add(uids[-1])
        if wanted.page is not None:
            parts.update(wanted.page.of(uids))
    return tuple(runs(sorted(parts)))

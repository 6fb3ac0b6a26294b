"""Sequence sets: 2:4,7,* and $. RFC 9051 §4.1.1, RFC 9051 §9 (sequence-set), RFC 5182.

Ranges are never expanded: 1:4294967295 costs what the mailbox costs. `*` is written as 0 in here, since no
number of the protocol is 0, until `within()` says what the largest number is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import MAX_32, Reader

Range = tuple[int, int]
Ranges = tuple[Range, ...]

STAR = 0

_SET = re.compile(rb"[0-9*:,]+")
_ITEM = re.compile(rb"(\*|[1-9][0-9]{0,9})(?::(\*|[1-9][0-9]{0,9}))?\Z")


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """What the client named; ends of a range as it wrote them."""

    ranges: Ranges = ()
    is_saved_result: bool = False

    def within(self, largest: int) -> Ranges:
        """Sorted ranges, apart from each other, with `*` read as `largest`; nothing is cut off."""
        return merged((low or largest, high or largest) for low, high in self.ranges)

    def largest_named(self) -> int:
        """The largest number spelled out, 0 if there is only `*`."""
        return max((max(pair) for pair in self.ranges), default=0)


def merged(ranges: Iterable[Range]) -> Ranges:
    """Sort, turn round (4:2 is 2:4), join what overlaps or touches."""
    out: list[Range] = []
    for low, high in sorted((min(pair), max(pair)) for pair in ranges):
        if out and low <= out[-1][1] + 1:
            if high > out[-1][1]:
                out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return tuple(out)


def clipped(ranges: Ranges, low: int, high: int) -> Ranges:
    """What of these sorted ranges lies in low..high."""
    return tuple((max(a, low), min(b, high)) for a, b in ranges if b >= low and a <= high)


def contains(ranges: Ranges, number: int) -> bool:
    """Whether a number lies in these sorted ranges."""
    index = bisect_right(ranges, (number, MAX_32)) - 1
    return index >= 0 and ranges[index][1] >= number


def parse(octets: bytes) -> SequenceSet:
    ranges: list[Range] = []
    for item in octets.split(b","):
        found = _ITEM.match(item)
        if not found:
            raise Malformed("Broken sequence set")
        low = STAR if found[1] == b"*" else int(found[1])
        high = low if found[2] is None else STAR if found[2] == b"*" else int(found[2])
        if low > MAX_32 or high > MAX_32:
            raise Malformed("Number too large in a sequence set")
        ranges.append((low, high))
    return SequenceSet(tuple(ranges))


def sequence_set(reader: Reader) -> SequenceSet:
    if reader.takes(b"$"):
        return SequenceSet(is_saved_result=True)
    return parse(reader.token(_SET, "a sequence set"))


def known_numbers(reader: Reader) -> Ranges:
    """A set without `*`, as QRESYNC's known-uids (RFC 7162 §3.2.5)."""
    wanted = parse(reader.token(_SET, "a set of numbers"))
    if any(STAR in pair for pair in wanted.ranges):
        raise Malformed("'*' is not allowed here")
    return merged(wanted.ranges)


def runs(numbers: Iterable[int]) -> list[Range]:
    """Ascending numbers as ranges."""
    out: list[Range] = []
    low = high = 0
    for number in numbers:
        if number == high + 1 and low:
            high = number
        else:
            if low:
                out.append((low, high))
            low = high = number
    if low:
        out.append((low, high))
    return out


def written(ranges: Iterable[Range]) -> bytes:
    """Ranges as they go over the wire."""
    return b",".join(b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges)


def compact(numbers: Iterable[int]) -> bytes:
    """Ascending numbers, written as short as a sequence set can."""
    return written(runs(numbers))


def paired(old: Sequence[int], new: Sequence[int]) -> tuple[bytes, bytes]:
    """Two lists that run side by side (COPYUID, RFC 4315 §3): broken at the same places, order kept."""
    left: list[Range] = []
    right: list[Range] = []
    for a, b in zip(old, new, strict=True):
        if left and a == left[-1][1] + 1 and b == right[-1][1] + 1:
            left[-1] = (left[-1][0], a)
            right[-1] = (right[-1][0], b)
        else:
            left.append((a, a))
            right.append((b, b))
    return written(left), written(right)

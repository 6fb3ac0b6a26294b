"""Sequence sets, both directions, never expanded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.imap.wire import sequence_set as sets
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader


@pytest.mark.parametrize(
    "octets, largest, ranges",
    [
        (b"1", 9, ((1, 1),)),
        (b"2:4", 9, ((2, 4),)),
        (b"4:2", 9, ((2, 4),)),
        (b"*", 9, ((9, 9),)),
        (b"7:*", 9, ((7, 9),)),
        (b"*:7", 9, ((7, 9),)),
        (b"12:*", 9, ((9, 12),)),
        (b"1,3,2", 9, ((1, 3),)),
        (b"5,1:2,9,3", 9, ((1, 3), (5, 5), (9, 9))),
        (b"1:4294967295", 9, ((1, 4294967295),)),
    ],
)
def test_sets(octets, largest, ranges):
    reader = Reader(octets)
    assert sets.sequence_set(reader).within(largest) == ranges
    assert reader.at_end()


@pytest.mark.parametrize(
    "octets",
    [b"", b"0", b"1:", b":1", b"1,,2", b",", b"1:2:3", b"4294967296", b"1:99999999999", b"a", b"**", b"-1"],
)
def test_what_is_no_set(octets):
    with pytest.raises(Malformed):
        reader = Reader(octets)
        sets.sequence_set(reader)
        reader.end()


def test_the_saved_result():
    assert sets.sequence_set(Reader(b"$")).is_saved_result


def test_known_numbers_have_no_star():
    assert sets.known_numbers(Reader(b"5,1:3")) == ((1, 3), (5, 5))
    with pytest.raises(Malformed):
        sets.known_numbers(Reader(b"1:*"))


@given(st.sets(st.integers(1, 300)))
def test_compact_and_back(numbers):
    ordered = sorted(numbers)
    if not ordered:
        assert sets.compact(ordered) == b""
        return
    ranges = sets.parse(sets.compact(ordered)).within(1)
    assert [n for low, high in ranges for n in range(low, high + 1)] == ordered
    assert all(sets.contains(ranges, n) == (n in numbers) for n in range(302))


def test_copyuid_keeps_pairs_together():
    assert sets.paired([1, 2, 3, 7], [10, 11, 20, 21]) == (b"1:2,3,7", b"10:11,20,21")
    assert sets.paired([1, 2, 5], [4, 5, 6]) == (b"1:2,5", b"4:5,6")


def test_clipped():
    assert sets.clipped(((1, 5), (8, 9), (20, 30)), 3, 21) == ((3, 5), (8, 9), (20, 21))


def test_huge_sets_cost_little():
    octets = b",".join(b"%d" % n for n in range(1, 40_000, 2))
    start = time.process_time()
    assert len(sets.parse(octets).within(9)) == 20_000
    assert sets.parse(b"1:4294967295").within(9) == ((1, 4294967295),)
    assert time.process_time() - start < 2

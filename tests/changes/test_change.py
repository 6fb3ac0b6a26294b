"""How a change writes down its UIDs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.changes import change


@pytest.mark.parametrize(
    ("uids", "text"),
    [
        ([], ""),
        ([1], "1"),
        ([1, 2], "1:2"),
        ([1, 3], "1,3"),
        ([1, 2, 3, 5, 7, 8], "1:3,5,7:8"),
        ([4294967294, 4294967295], "4294967294:4294967295"),
    ],
)
def test_both_ways(uids, text):
    assert change.print_uids(uids) == text
    assert [uid for low, high in change.read_uids(text) for uid in range(low, high + 1)] == uids


@given(st.sets(st.integers(1, 300)))
def test_whatever_set_comes(uids):
    text = change.print_uids(sorted(uids))
    pairs = change.read_uids(text)
    assert [uid for low, high in pairs for uid in range(low, high + 1)] == sorted(uids)
    assert all(second[0] > first[1] + 1 for first, second in pairwise(pairs))

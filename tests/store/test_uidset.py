"""Sets of UIDs become conditions of bounded size."""

from __future__ import annotations

import pytest

from mailcore.store import messages
from mailcore.store.uidset import Ranges, where
from tests.builders import message

BIG = (1 << 32) - 1


@pytest.fixture
def ten(inbox):
    for n in range(10):
        messages.append_bytes(inbox.account_id, inbox.id, message(str(n)))
    messages.remove(inbox, [4])
    return inbox


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        ([], []),
        ([3], [3]),
        ([4], []),
        ([2, 3, 5], [2, 3, 5]),
        ([10, 1], [1, 10]),
        (list(range(1, 100)), [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        (list(range(1, 50_000, 3)), [1, 7, 10]),
        (Ranges(((1, BIG),)), [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        (Ranges(((2, 2), (9, BIG))), [2, 9, 10]),
        (Ranges(()), []),
        (Ranges(tuple((n, n) for n in range(1, 2000, 2))), [1, 3, 5, 7, 9]),
        (Ranges(((BIG, 1 << 62),)), []),
    ],
)
def test_chooses(ten, wanted, expected):
    from django.db import connection

    condition, parameters = where(ten.account_id, ten.id, wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT uid FROM mailcore_entry WHERE {condition} ORDER BY uid", parameters)
        assert [row[0] for row in cursor.fetchall()] == expected
    assert len(condition) < 5000 and len(parameters) < 200

"""STORE's verbs: +FLAGS, -FLAGS, FLAGS, with and without UNCHANGEDSINCE (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

from __future__ import annotations

import pytest

from mailcore.changes import log
from mailcore.models.entry import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailcore.store import flags, mailboxes, messages
from tests.builders import message
from tests.store.looks import counters, live, state
from tests.store.looks import flags as flags_of

X = frozenset({"$x"})


@pytest.fixture
def three(inbox):
    """UIDs 1, 2 (seen, $x) and 3."""
    for n in (1, 2, 3):
        raw = message(str(n))
        messages.append_bytes(
            inbox.account_id,
            inbox.id,
            raw,
            flags=SEEN if n == 2 else 0,
            keywords=X if n == 2 else frozenset(),
        )
    return inbox


@pytest.mark.parametrize(
    ("verb", "bits", "keywords", "expected"),
    [
        (flags.add, SEEN, frozenset(), {1: (SEEN, ""), 2: (SEEN, "$x"), 3: (SEEN, "")}),
        (flags.add, 0, X, {1: (0, "$x"), 2: (SEEN, "$x"), 3: (0, "$x")}),
        (flags.add, DELETED, frozenset({"a", "$z"}), {1: (8, "$z a"), 2: (9, "$x $z a"), 3: (8, "$z a")}),
        (flags.remove, SEEN, frozenset(), {1: (0, ""), 2: (0, "$x"), 3: (0, "")}),
        (flags.remove, 31, X, {1: (0, ""), 2: (0, ""), 3: (0, "")}),
        (flags.replace, FLAGGED | DRAFT, X, dict.fromkeys((1, 2, 3), (FLAGGED | DRAFT, "$x"))),
        (flags.replace, 0, frozenset(), {1: (0, ""), 2: (0, ""), 3: (0, "")}),
        (flags.add, 0, frozenset(), {1: (0, ""), 2: (SEEN, "$x"), 3: (0, "")}),
    ],
)
def test_flags_end_up_as_asked(three, verb, bits, keywords, expected):
    verb(three, None, bits, keywords)
    assert flags_of(three) == expected
    assert counters(three)[1] == sum(not bits & SEEN for bits, _ in expected.values())


def test_says_what_is_different_now_and_stamps_it_alone(three):
    before = {entry.uid: entry.modseq for entry in live(three)}
    changed = flags.add(three, [1, 2], SEEN)
    assert changed.entries == [(1, SEEN, "")]
    now = {entry.uid: entry.modseq for entry in live(three)}
    assert now == before | {1: changed.modseq}
    assert mailboxes.fresh(three.account_id, three.id).highest_modseq == changed.modseq


def test_what_changes_nothing_is_no_change(three):
    before = state(three.account_id).modseq
    assert flags.add(three, [2], SEEN, X).entries == []
    assert state(three.account_id).modseq == before
    assert log.since(three.account_id, before) == []


def test_is_one_change_however_many_entries(three):
    before = state(three.account_id).modseq
    flags.add(three, None, ANSWERED)
    assert [(c.modseq, c.kind, c.detail) for c in log.since(three.account_id, before)] == [
        (before + 1, "flags", "1:3")
    ]


def test_uids_that_are_not_there_are_ignored(three):
    assert [row[0] for row in flags.add(three, [3, 4, 99], FLAGGED).entries] == [3]
    assert flags.add(three, [], FLAGGED).entries == []


def test_tombstones_stay_as_they_are(three):
    messages.remove(three, [1])
    assert [row[0] for row in flags.add(three, None, FLAGGED).entries] == [2, 3]


class TestUnchangedSince:
    def test_leaves_alone_what_changed_meanwhile(self, three):
        seen = state(three.account_id).modseq
        flags.add(three, [2], FLAGGED)
        changed = flags.add(three, [1, 2, 3], DELETED, unchanged_since=seen)
        assert [row[0] for row in changed.entries] == [1, 3]
        assert changed.failed_uids == [2]
        assert flags_of(three)[2] == (SEEN | FLAGGED, "$x")

    def test_zero_fails_all(self, three):
        """RFC 7162 §3.1.3: MODSEQ 0 is older than everything."""
        changed = flags.add(three, None, DELETED, unchanged_since=0)
        assert (changed.entries, changed.failed_uids) == ([], [1, 2, 3])

    def test_now_changes_all(self, three):
        changed = flags.replace(three, None, DELETED, unchanged_since=state(three.account_id).modseq)
        assert ([row[0] for row in changed.entries], changed.failed_uids) == ([1, 2, 3], [])

    def test_an_entry_is_not_failed_by_its_own_change(self, three):
        """Two sets of keywords become one in two UPDATEs: the second must not trip over the first."""
        changed = flags.add(three, None, 0, X, unchanged_since=state(three.account_id).modseq)
        assert ([row[0] for row in changed.entries], changed.failed_uids) == ([1, 3], [])


def test_many_sets_of_keywords_at_once(inbox):
    for n in range(12):
        words = frozenset(f"k{i}" for i in range(4) if n >> i & 1)
        messages.append_bytes(inbox.account_id, inbox.id, message(), keywords=words)
    flags.add(inbox, None, 0, frozenset({"k1", "new"}))
    for uid, (_, keywords) in flags_of(inbox).items():
        expected = {f"k{i}" for i in range(4) if (uid - 1) >> i & 1} | {"k1", "new"}
        assert set(keywords.split()) == expected

"""Append, copy, move, expunge."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailcore.changes import log
from mailcore.message.summary import summarize
from mailcore.models import Entry, Message
from mailcore.models.entry import DELETED, FLAGGED, SEEN
from mailcore.store import blobs, mailboxes, messages
from mailcore.store.errors import MailboxNotFound, NotFound
from mailcore.store.messages import Arrival
from mailcore.store.raw import Raw
from mailcore.store.uidset import Ranges
from tests.builders import message
from tests.store.looks import counters, flags, live, state, tombstones, uids

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def arrival(mailbox, raw: bytes, **more) -> Arrival:
    return Arrival(mailbox.account_id, mailbox.id, blobs.put(raw), summarize(raw, DAY), **more)


def changes(account_id: int, since: int) -> list[tuple[int, str, str]]:
    return [(change.mailbox_id, change.kind, change.detail) for change in log.since(account_id, since)]


class TestAppend:
    def test_comes_back_byte_for_byte(self, inbox):
        raw = message("Grüße", body="8-bit: \u00e4\u00f6\r\n.\r\nno newline at the end")
        appended = messages.append_bytes(inbox.account_id, inbox.id, raw)
        row = Message.objects.get(id=appended.message_id)
        assert Raw(bytes(row.prefix), bytes(row.digest), row.size).read() == raw

    def test_prefix_stands_before_the_octets_and_counts_in_the_size(self, inbox):
        raw, trace = message(), b"Return-Path: <x@remote.test>\r\n"
        appended = messages.append_bytes(inbox.account_id, inbox.id, raw, prefix=trace)
        row = Message.objects.get(id=appended.message_id)
        assert row.size == len(trace) + len(raw)
        assert Raw(bytes(row.prefix), bytes(row.digest), row.size).read() == trace + raw
        assert live(inbox)[0].size == row.size
        assert counters(inbox)[2] == row.size

    def test_says_where_it_went(self, inbox):
        first = messages.append_bytes(inbox.account_id, inbox.id, message("1"))
        second = messages.append_bytes(inbox.account_id, inbox.id, message("2"))
        assert (first.uid, second.uid) == (1, 2)
        assert first.uidvalidity == second.uidvalidity == inbox.uidvalidity
        assert second.modseq > first.modseq
        assert [entry.id for entry in live(inbox)] == [first.entry_id, second.entry_id]

    def test_every_id_begins_with_the_account(self, inbox):
        appended = messages.append_bytes(inbox.account_id, inbox.id, message())
        for number in (appended.entry_id, appended.message_id, appended.conversation_id, appended.mailbox_id):
            assert number >> 32 == inbox.account_id

    def test_keeps_flags_keywords_and_date(self, inbox):
        messages.append_bytes(
            inbox.account_id,
            inbox.id,
            message(),
            flags=SEEN | FLAGGED,
            keywords=frozenset({"$Forwarded", "$Junk"}),
            internaldate=1_000_000_000,
        )
        entry = live(inbox)[0]
        assert (entry.flags, entry.keywords, entry.received) == (
            SEEN | FLAGGED,
            "$Forwarded $Junk",
            1_000_000_000,
        )
        assert counters(inbox)[:2] == (1, 0)

    def test_is_one_change_with_one_modseq_however_many_messages(self, inbox):
        before = state(inbox.account_id).modseq
        answers = messages.append([arrival(inbox, message(str(n))) for n in range(5)])
        assert {answer.modseq for answer in answers} == {before + 1}
        assert state(inbox.account_id).modseq == before + 1
        assert changes(inbox.account_id, before) == [(inbox.id, "added", "1:5")]
        assert mailboxes.fresh(inbox.account_id, inbox.id).highest_modseq == before + 1

    def test_to_two_accounts_at_once_shares_the_blob(self, inbox):
        mailboxes.provision(8)
        other = mailboxes.named(8, "INBOX")
        raw = message()
        answers = messages.append([arrival(inbox, raw), arrival(other, raw, prefix=b"Delivered-To: bob\r\n")])
        assert [answer.account_id for answer in answers] == [7, 8]
        digests = {bytes(Message.objects.get(id=answer.message_id).digest) for answer in answers}
        assert len(digests) == 1
        assert (uids(inbox), uids(other)) == ([1], [1])

    def test_is_all_or_nothing(self, inbox, archive):
        mailboxes.delete(archive.account_id, "Archive")
        before = state(inbox.account_id)
        with pytest.raises(MailboxNotFound):
            messages.append([arrival(inbox, message("kept?")), arrival(archive, message("lost"))])
        assert uids(inbox) == []
        assert state(inbox.account_id).modseq == before.modseq
        assert state(inbox.account_id).used_bytes == before.used_bytes

    def test_to_somebody_elses_mailbox_is_refused(self, inbox):
        mailboxes.provision(8)
        raw = message()
        with pytest.raises(MailboxNotFound):
            messages.append([Arrival(8, inbox.id, blobs.put(raw), summarize(raw, DAY))])
        assert uids(inbox) == []

    def test_without_an_account_is_refused(self, db):
        raw = message()
        with pytest.raises(NotFound):
            messages.append([Arrival(99, 99 << 32 | 1, blobs.put(raw), summarize(raw, DAY))])

    def test_of_nothing_is_nothing(self, db):
        assert messages.append([]) == []

    @pytest.mark.parametrize("raw", [b"", b"\r\n", b"\0" * 100, b"no header at all", bytes(range(256)) * 10])
    def test_takes_whatever_octets_come(self, inbox, raw):
        appended = messages.append_bytes(inbox.account_id, inbox.id, raw)
        row = Message.objects.get(id=appended.message_id)
        assert Raw(b"", bytes(row.digest), row.size).read() == raw

    @pytest.mark.parametrize("when", [-(1 << 62), -1, 0, 1 << 33, 1 << 62])
    def test_takes_whatever_date_comes(self, inbox, when):
        messages.append_bytes(inbox.account_id, inbox.id, message(), internaldate=when)
        assert 0 <= live(inbox)[0].received <= 253_402_300_799

    @pytest.mark.parametrize(
        "date", ["Fri, 01 Jan 0001 00:00:00 +9999", "Mon, 1 Jan 300000000 0:0:0 +0000", "?"]
    )
    def test_takes_whatever_date_a_sender_writes(self, inbox, date):
        appended = messages.append_bytes(inbox.account_id, inbox.id, message(date=date))
        assert 0 <= Message.objects.get(id=appended.message_id).sent <= 253_402_300_799

    def test_nul_in_a_header_is_no_matter_to_the_database(self, inbox):
        """PostgreSQL's text cannot hold it."""
        raw = b"Subject: a\0b\r\nFrom: \0 <x\0@y.test>\r\nMessage-ID: <\0@y>\r\nReferences: <\0>\r\n\r\nbody\0\r\n"
        messages.append_bytes(inbox.account_id, inbox.id, raw)
        assert uids(inbox) == [1]

    def test_lone_surrogates_are_no_matter_either(self, inbox):
        raw = b"Subject: =?utf-8?B?7aCA?= \xed\xa0\x80\r\nFrom: =?utf-7?Q?+2AA-?= <x@y.test>\r\n\r\n\xed\xa0\x80\r\n"
        messages.append_bytes(inbox.account_id, inbox.id, raw)
        assert uids(inbox) == [1]


class TestCopy:
    def test_is_another_entry_of_the_same_message(self, inbox, archive):
        messages.append([arrival(inbox, message(str(n)), flags=SEEN if n == 2 else 0) for n in (1, 2, 3)])
        copied = messages.copy(inbox, [1, 3], archive)
        assert (copied.old_uids, copied.new_uids, copied.uidvalidity) == ([1, 3], [1, 2], archive.uidvalidity)
        assert uids(inbox) == [1, 2, 3]
        assert [e.message_id for e in live(archive)] == [e.message_id for e in live(inbox) if e.uid != 2]
        assert counters(archive)[:2] == (2, 2)

    def test_takes_flags_keywords_and_dates_along(self, inbox, archive):
        messages.append(
            [arrival(inbox, message(), flags=FLAGGED, keywords=frozenset({"$x"}), internaldate=12345)]
        )
        messages.copy(inbox, None, archive)
        entry = live(archive)[0]
        assert (entry.flags, entry.keywords, entry.received) == (FLAGGED, "$x", 12345)

    def test_runs_in_uid_order_whatever_order_was_asked_for(self, inbox, archive):
        messages.append([arrival(inbox, message(str(n))) for n in range(4)])
        copied = messages.copy(inbox, [4, 1, 2], archive)
        assert (copied.old_uids, copied.new_uids) == ([1, 2, 4], [1, 2, 3])
        by_uid = {entry.uid: entry.message_id for entry in live(inbox)}
        assert [entry.message_id for entry in live(archive)] == [by_uid[1], by_uid[2], by_uid[4]]

    def test_ignores_uids_that_are_not_there(self, inbox, archive):
        messages.append([arrival(inbox, message())])
        assert messages.copy(inbox, [1, 5, 99], archive).old_uids == [1]
        assert messages.copy(inbox, [5], archive).old_uids == []
        assert messages.copy(inbox, [], archive).old_uids == []

    def test_into_its_own_mailbox_doubles(self, inbox):
        messages.append([arrival(inbox, message(str(n))) for n in (1, 2)])
        assert messages.copy(inbox, None, inbox).new_uids == [3, 4]
        assert uids(inbox) == [1, 2, 3, 4]

    def test_of_ranges(self, inbox, archive):
        messages.append([arrival(inbox, message(str(n))) for n in range(10)])
        assert messages.copy(inbox, Ranges(((2, 3), (9, 4294967295))), archive).old_uids == [2, 3, 9, 10]
        many = Ranges(tuple((n, n) for n in range(1, 200, 2)))
        assert messages.copy(inbox, many, archive).old_uids == [1, 3, 5, 7, 9]

    def test_to_a_deleted_mailbox_is_refused(self, inbox, archive):
        messages.append([arrival(inbox, message())])
        mailboxes.delete(archive.account_id, "Archive")
        with pytest.raises(MailboxNotFound):
            messages.copy(inbox, [1], archive)

    def test_to_another_account_is_refused(self, inbox):
        mailboxes.provision(8)
        messages.append([arrival(inbox, message())])
        with pytest.raises(MailboxNotFound):
            messages.copy(inbox, [1], mailboxes.named(8, "INBOX"))


class TestMove:
    def test_leaves_a_tombstone_and_makes_an_entry_with_one_modseq(self, inbox, archive):
        messages.append([arrival(inbox, message(str(n))) for n in (1, 2, 3)])
        before = state(inbox.account_id).modseq
        moved = messages.move(inbox, [2], archive)
        assert (moved.old_uids, moved.new_uids, moved.modseq) == ([2], [1], before + 1)
        assert uids(inbox) == [1, 3]
        assert tombstones(inbox) == {2: before + 1}
        assert sorted(changes(inbox.account_id, before)) == sorted(
            [(archive.id, "added", "1:1"), (inbox.id, "expunged", "2")]
        ) or sorted(changes(inbox.account_id, before)) == sorted(
            [(archive.id, "added", "1"), (inbox.id, "expunged", "2")]
        )

    def test_needs_no_room(self, inbox, archive):
        messages.append([arrival(inbox, message())])
        full = state(inbox.account_id)
        full.quota_bytes = full.used_bytes
        full.save()
        messages.move(inbox, [1], archive)
        assert state(inbox.account_id).used_bytes == full.used_bytes

    def test_of_a_thousand_keeps_order(self, inbox, archive):
        messages.append([arrival(inbox, message(str(n))) for n in range(300)])
        moved = messages.move(inbox, None, archive)
        assert moved.old_uids == moved.new_uids == list(range(1, 301))
        assert counters(inbox)[:3] == (0, 0, 0)
        assert counters(archive)[:2] == (300, 300)


class TestExpunge:
    @pytest.fixture(autouse=True)
    def _three(self, inbox):
        messages.append(
            [arrival(inbox, message(str(n)), flags=DELETED if n != 2 else SEEN) for n in (1, 2, 3)]
        )

    def test_takes_what_is_marked(self, inbox):
        gone = messages.expunge(inbox)
        assert gone.uids == [1, 3]
        assert tombstones(inbox) == {1: gone.modseq, 3: gone.modseq}
        assert uids(inbox) == [2]
        assert counters(inbox)[:2] == (1, 0)

    def test_of_uids_takes_only_what_is_marked_among_them(self, inbox):
        assert messages.expunge(inbox, [2, 3]).uids == [3]
        assert uids(inbox) == [1, 2]

    def test_again_does_nothing_and_is_no_change(self, inbox):
        messages.expunge(inbox)
        before = state(inbox.account_id).modseq
        assert messages.expunge(inbox).uids == []
        assert state(inbox.account_id).modseq == before

    def test_never_gives_a_uid_twice(self, inbox):
        messages.expunge(inbox)
        messages.remove(inbox, None)
        assert messages.append_bytes(inbox.account_id, inbox.id, message()).uid == 4

    def test_remove_asks_for_no_mark(self, inbox):
        assert messages.remove(inbox, [2]).uids == [2]
        assert flags(inbox) == {1: (DELETED, ""), 3: (DELETED, "")}

    def test_gives_the_room_back(self, inbox):
        messages.remove(inbox, None)
        assert state(inbox.account_id).used_bytes == 0
        assert counters(inbox)[:3] == (0, 0, 0)

    def test_of_a_copy_leaves_the_other_entry(self, inbox, archive):
        messages.copy(inbox, [2], archive)
        messages.remove(inbox, None)
        entry = live(archive)[0]
        row = Message.objects.get(id=entry.message_id)
        assert Raw(b"", bytes(row.digest), row.size).read() == message("2")
        assert Entry.objects.filter(message_id=row.id).count() == 2

"""The browser's lists: every conversation once, newest first, whatever the pages' size and whatever moves."""

from __future__ import annotations

import random

import pytest

from mailcore.models.entry import SEEN
from mailcore.store import conversation_list, flags, mailboxes, messages
from mailcore.store.conversation_list import Position
from tests.builders import message
from tests.store.looks import live

NOW = 1_790_000_000


@pytest.fixture
def busy(inbox):
    """Sixty messages in about twenty conversations, arriving in no order of date."""
    chance = random.Random(5)
    for n in range(60):
        topic = chance.randrange(20)
        raw = message(f"Topic {topic}", message_id=f"{n}@x", references=f"<topic.{topic}@x>")
        seen = SEEN if chance.random() < 0.6 else 0
        messages.append_bytes(7, inbox.id, raw, flags=seen, internaldate=NOW + chance.randrange(40))
    messages.remove(inbox, [3, 14, 15, 60])
    return inbox


def expected(mailbox, unread_only=False) -> list[int]:
    """The same, said slowly."""
    newest: dict[int, tuple[int, int]] = {}
    for entry in live(mailbox):
        if not (unread_only and entry.flags & SEEN):
            place = (entry.received, entry.id)
            newest[entry.conversation_id] = max(newest.get(entry.conversation_id, place), place)
    return sorted(newest, key=lambda number: newest[number], reverse=True)


def walked(mailbox, size, unread_only=False) -> list[int]:
    found, before = [], None
    for _ in range(100):
        page = conversation_list.page(7, mailbox.id, before=before, size=size, unread_only=unread_only)
        found += [row.id for row in page.rows]
        if page.next is None:
            return found
        before = page.next
    raise AssertionError("pages without end")


@pytest.mark.parametrize("unread_only", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 20, 50])
def test_pages_together_are_the_whole_list(busy, size, unread_only):
    assert walked(busy, size, unread_only) == expected(busy, unread_only)


def test_an_empty_mailbox_is_one_empty_page(archive):
    assert conversation_list.page(7, archive.id) == conversation_list.Page((), None)


def test_a_row_holds_its_letters_oldest_first_also_those_elsewhere(inbox, archive):
    first = messages.append_bytes(7, inbox.id, message("Tea", message_id="a@x"), internaldate=NOW)
    sent = mailboxes.named(7, "Sent")
    messages.append_bytes(
        7, sent.id, message("Re: Tea", references="<a@x>", message_id="b@x"), internaldate=NOW + 1
    )
    messages.copy(inbox, [first.uid], archive)
    (row,) = conversation_list.page(7, inbox.id).rows
    assert [(letter.subject, letter.mailbox_id) for letter in row.letters] == [
        ("Tea", inbox.id),
        ("Re: Tea", sent.id),
    ]


def test_hidden_mailboxes_show_only_in_their_own_list(inbox):
    messages.append_bytes(7, inbox.id, message("Tea", message_id="a@x"))
    trash = mailboxes.named(7, "Trash")
    messages.append_bytes(7, trash.id, message("Re: Tea", references="<a@x>", message_id="b@x"))
    (row,) = conversation_list.page(7, inbox.id, hidden=[trash.id]).rows
    assert [letter.subject for letter in row.letters] == ["Tea"]
    (row,) = conversation_list.page(7, trash.id, hidden=[trash.id]).rows
    assert len(row.letters) == 2


def test_rows_can_be_asked_for_again(busy):
    whole = expected(busy)
    wanted = [whole[5], whole[0], whole[9], 123]
    assert [row.id for row in conversation_list.rows(7, busy.id, wanted)] == [whole[0], whole[5], whole[9]]
    messages.remove(busy, None)
    assert conversation_list.rows(7, busy.id, wanted) == ()


def test_neighbours(busy):
    whole = expected(busy)
    rows = {row.id: row.position for row in conversation_list.page(7, busy.id).rows}
    for above, here, below in zip([None, *whole], whole, [*whole[1:], None], strict=False):
        assert conversation_list.neighbours(7, busy.id, rows[here]) == (above, below)


def test_reading_takes_a_conversation_off_the_unread_list(busy):
    unread = expected(busy, unread_only=True)
    flags.add(busy, [entry.uid for entry in live(busy) if entry.conversation_id == unread[0]], SEEN)
    assert walked(busy, 5, unread_only=True) == unread[1:]


def test_other_accounts_are_not_listed(busy):
    mailboxes.provision(8)
    assert conversation_list.page(8, busy.id).rows == ()
    assert conversation_list.letters(8, expected(busy)) == []
    assert conversation_list.conversation_of(8, live(busy)[0].message_id) is None


@pytest.mark.parametrize(
    "text", ["", "-", "1", "1-", "-1", "a-b", "1-2-3", "²-1", "9" * 50 + "-1", "1 - 2", "\u0661-1"]
)
def test_a_place_that_nobody_printed(text):
    place = conversation_list.position(text)
    assert place is None or str(place) == text or place == Position(1, 1)


def test_a_place_is_printed_and_read():
    assert conversation_list.position(str(Position(5, 6))) == Position(5, 6)

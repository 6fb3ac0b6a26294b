"""Where a conversation stands that came back: on top of its list, where it surfaced; its date stays."""

from __future__ import annotations

import time

import pytest

from mailcore.later import due, snooze
from mailcore.models import Entry
from mailcore.store import conversation_list, mailboxes
from mailcore.store.conversation_list import Position
from tests.builders import deliver, message
from tests.later.test_snooze import pass_time, soon

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten(alice) -> list[int]:
    """Ten conversations of an inbox, oldest first, a minute between them, the newest an hour ago."""
    from mailcore.store import messages

    inbox = mailboxes.named(alice.pk, "INBOX")
    base = int(time.time()) - 3_600 - 600
    return [
        messages.append_bytes(
            alice.pk, inbox.id, message(f"{n}", message_id=f"{n}@x"), internaldate=base + 60 * n
        ).conversation_id
        for n in range(10)
    ]


def listed(account, size: int = 50, unread_only: bool = False) -> list[int]:
    """The whole list, read page by page."""
    inbox = mailboxes.named(account.pk, "INBOX")
    found, before = [], None
    while True:
        page = conversation_list.page(account.pk, inbox.id, before=before, size=size, unread_only=unread_only)
        found += [row.id for row in page.rows]
        if page.next is None:
            return found
        before = page.next


def surface(account, conversation: int) -> None:
    snooze.snooze(account.pk, [conversation], soon())
    pass_time(account)
    due.run()


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_it_stands_on_top_and_nowhere_else(alice, ten, size):
    surface(alice, ten[2])
    expected = [ten[2], *(number for number in reversed(ten) if number != ten[2])]
    assert listed(alice, size) == expected
    assert listed(alice, size, unread_only=True) == expected


@pytest.mark.parametrize("size", [1, 3, 50])
def test_below_what_came_since(alice, ten, size):
    surface(alice, ten[0])
    surface(alice, ten[5])
    from mailcore.models import Reminder

    rows = Reminder.objects.filter(account_id=alice.pk)
    rows.filter(conversation_id=ten[0]).update(surfaced=int(time.time()) - 3_600 - 600 + 60 * 7 + 30)
    new = deliver(alice, message("New", message_id="new@x"))[0].conversation_id
    Entry.objects.filter(account_id=alice.pk, conversation_id=new).update(received=int(time.time()) + 60)
    rest = [number for number in reversed(ten) if number not in (ten[0], ten[5])]
    assert listed(alice, size) == [new, ten[5], *rest[:2], ten[0], *rest[2:]]


def test_its_date_and_its_neighbours(alice, ten):
    inbox = mailboxes.named(alice.pk, "INBOX")
    before = Entry.objects.get(account_id=alice.pk, conversation_id=ten[4]).received
    surface(alice, ten[4])
    [entry] = Entry.objects.filter(
        account_id=alice.pk, conversation_id=ten[4], mailbox_id=inbox.id, expunged=False
    )
    assert entry.received == before
    [row] = conversation_list.rows(alice.pk, inbox.id, [ten[4]])
    assert row.position.received > before
    assert conversation_list.neighbours(alice.pk, inbox.id, row.position) == (None, ten[9])
    top = conversation_list.rows(alice.pk, inbox.id, [ten[9]])[0].position
    assert conversation_list.neighbours(alice.pk, inbox.id, top) == (ten[4], ten[8])
    fifth = conversation_list.rows(alice.pk, inbox.id, [ten[3]])[0].position
    assert conversation_list.neighbours(alice.pk, inbox.id, fifth) == (ten[5], ten[2])
    assert isinstance(top, Position)


def test_archived_and_answered_it_stands_by_its_date_again(alice, ten):
    from mailcore.store import messages

    surface(alice, ten[4])
    inbox, archive = mailboxes.named(alice.pk, "INBOX"), mailboxes.named(alice.pk, "Archive")
    uid = Entry.objects.get(
        account_id=alice.pk, conversation_id=ten[4], mailbox_id=inbox.id, expunged=False
    ).uid
    messages.move(inbox, [uid], archive)
    assert ten[4] not in listed(alice)

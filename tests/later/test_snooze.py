"""A conversation leaves its list, sleeps in Snoozed, and comes back at its time, or with new mail."""

from __future__ import annotations

import time

import pytest

from mailcore.later import due, rows, snooze
from mailcore.later.errors import NothingToSnooze, TooSoon
from mailcore.later.rows import Kind, State
from mailcore.models import AccountState, Change, Entry, Mailbox, Reminder
from mailcore.models.entry import SEEN
from mailcore.store import mailboxes, messages
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db

HOUR = 3_600


def soon() -> int:
    return int(time.time()) + HOUR


def pass_time(account, seconds: int = 2 * HOUR) -> None:
    """The rows' clock, not ours: everything of the account is due that much earlier."""
    for row in Reminder.objects.filter(account_id=account.pk, state=State.WAITING):
        Reminder.objects.filter(account_id=account.pk, id=row.id).update(due=row.due - seconds)


def lying(account, name: str) -> list[Entry]:
    box = Mailbox.objects.get(account_id=account.pk, name=name, deleted_modseq__isnull=True)
    found = Entry.objects.filter(account_id=account.pk, mailbox_id=box.id, expunged=False)
    return list(found.order_by("received", "id"))


def tea(account, flags: int = SEEN, mailbox: str = "INBOX") -> int:
    """Two messages of one conversation; its id."""
    first, _ = deliver(
        account,
        message("Tea", message_id="1@x"),
        message("Re: Tea", message_id="2@x", references="<1@x>"),
        flags=flags,
        mailbox=mailbox,
    )
    return first.conversation_id


def test_it_sleeps_in_a_mailbox_that_every_client_sees(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    assert lying(alice, "INBOX") == []
    assert len(lying(alice, "Snoozed")) == 2
    assert mailboxes.named(alice.pk, "Snoozed").special_use == "\\Snoozed"


def test_at_its_time_it_comes_back_unread(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    assert due.run() == 0
    pass_time(alice)
    due.run()
    assert lying(alice, "Snoozed") == []
    assert [bool(entry.flags & SEEN) for entry in lying(alice, "INBOX")] == [True, False]
    [row] = rows.of(alice.pk, [conversation])
    assert (row.state, row.surfaced >= int(time.time()) - 5) == (State.BACK, True)


def test_waking_twice_is_waking_once(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    pass_time(alice)
    assert snooze.wake(alice.pk, [conversation]) == [conversation]
    assert snooze.wake(alice.pk, [conversation]) == []
    assert len(lying(alice, "INBOX")) == 2


def test_another_time_while_it_sleeps(alice):
    conversation = tea(alice)
    first = soon()
    snooze.snooze(alice.pk, [conversation], first)
    [done] = snooze.snooze(alice.pk, [conversation], first + HOUR)
    assert (done.due, done.was_due) == (first + HOUR, first)
    assert [row.due for row in snooze.asleep(alice.pk)] == [first + HOUR]
    snooze.undo(alice.pk, [done])
    assert [row.due for row in snooze.asleep(alice.pk)] == [first]


def test_a_wake_that_comes_before_the_new_time_does_nothing(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    assert snooze.wake(alice.pk, [conversation]) == []
    assert len(lying(alice, "Snoozed")) == 2


def test_unsnooze_and_undo_bring_it_back_as_it_was(alice):
    conversation = tea(alice)
    for back in (
        lambda done: snooze.unsnooze(alice.pk, [conversation]),
        lambda done: snooze.undo(alice.pk, done),
    ):
        back(snooze.snooze(alice.pk, [conversation], soon()))
        assert [bool(entry.flags & SEEN) for entry in lying(alice, "INBOX")] == [True, True]
        assert rows.of(alice.pk, [conversation]) == []


def test_it_returns_to_the_folder_it_came_from(alice):
    mailboxes.create(alice.pk, "Work")
    conversation = tea(alice, mailbox="Work")
    snooze.snooze(alice.pk, [conversation], soon(), mailboxes.named(alice.pk, "Work").id)
    pass_time(alice)
    due.run()
    assert len(lying(alice, "Work")) == 2


def test_to_the_inbox_when_that_folder_is_gone(alice):
    mailboxes.create(alice.pk, "Work")
    conversation = tea(alice, mailbox="Work")
    snooze.snooze(alice.pk, [conversation], soon(), mailboxes.named(alice.pk, "Work").id)
    mailboxes.delete(alice.pk, "Work")
    pass_time(alice)
    due.run()
    assert len(lying(alice, "INBOX")) == 2


def test_new_mail_in_the_conversation_wakes_it(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    assert AccountState.objects.get(account_id=alice.pk).has_sleepers
    deliver(alice, message("Something else", message_id="9@x"))
    due.run()
    assert len(lying(alice, "Snoozed")) == 2
    deliver(alice, message("Re: Tea", message_id="3@x", references="<1@x>"))
    due.run()
    assert len(lying(alice, "INBOX")) == 4
    assert not AccountState.objects.get(account_id=alice.pk).has_sleepers


@pytest.mark.parametrize(("mailbox", "flags"), [("Sent", SEEN), ("Junk", 0), ("Trash", 0)])
def test_ones_own_letters_and_spam_wake_nothing(alice, mailbox, flags):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    deliver(alice, message("Re: Tea", message_id="3@x", references="<1@x>"), mailbox=mailbox, flags=flags)
    due.run()
    assert len(lying(alice, "Snoozed")) == 2


def test_what_another_client_took_out_stays_where_it_put_it(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    messages.move(mailboxes.named(alice.pk, "Snoozed"), None, mailboxes.named(alice.pk, "Archive"))
    pass_time(alice)
    due.run()
    assert (len(lying(alice, "Archive")), lying(alice, "INBOX"), rows.of(alice.pk, [conversation])) == (
        2,
        [],
        [],
    )


def test_what_was_deleted_stays_deleted(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    mailboxes.delete(alice.pk, "Snoozed")
    pass_time(alice)
    due.run()
    assert lying(alice, "INBOX") == [] and not Reminder.objects.filter(account_id=alice.pk).exists()
    again = tea(alice)
    snooze.snooze(alice.pk, [again], soon())
    assert len(lying(alice, "Snoozed")) == 2


def test_a_conversation_that_was_only_sent_sleeps_as_a_copy(alice):
    conversation = tea(alice, mailbox="Sent")
    snooze.snooze(alice.pk, [conversation], soon(), mailboxes.named(alice.pk, "Sent").id)
    assert (len(lying(alice, "Sent")), len(lying(alice, "Snoozed"))) == (2, 1)
    pass_time(alice)
    due.run()
    assert (len(lying(alice, "Sent")), len(lying(alice, "INBOX"))) == (2, 1)


def test_what_another_client_put_into_snoozed_can_be_given_a_time(alice):
    conversation = tea(alice)
    target = mailboxes.special(alice.pk, "\\Snoozed")
    messages.move(mailboxes.named(alice.pk, "INBOX"), None, target)
    snooze.snooze(alice.pk, [conversation], soon(), target.id)
    pass_time(alice)
    due.run()
    assert len(lying(alice, "INBOX")) == 2


def test_two_that_became_one_wake_once(alice):
    one = deliver(alice, message("A", message_id="a@x"))[0].conversation_id
    two = deliver(alice, message("B", message_id="b@x"))[0].conversation_id
    snooze.snooze(alice.pk, [one], soon())
    snooze.snooze(alice.pk, [two], soon() + HOUR)
    deliver(alice, message("Both", message_id="c@x", references="<a@x> <b@x>"))
    due.run()
    assert len(lying(alice, "INBOX")) == 3
    assert not Reminder.objects.filter(account_id=alice.pk, state=State.WAITING).exists()


def test_open_pages_are_told(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    kinds = Change.objects.filter(account_id=alice.pk, kind="reminded").values_list("detail", flat=True)
    assert list(kinds) == [str(conversation)]


@pytest.mark.parametrize("at", [0, -1, 6 * 366 * 86_400])
def test_moments_that_cannot_be(alice, at):
    conversation = tea(alice)
    with pytest.raises(TooSoon):
        snooze.snooze(alice.pk, [conversation], int(time.time()) + at)
    assert len(lying(alice, "INBOX")) == 2


@pytest.mark.parametrize("mailbox", ["Trash", "Junk", "Drafts"])
def test_spam_and_drafts_do_not_sleep(alice, mailbox):
    conversation = tea(alice, mailbox=mailbox)
    with pytest.raises(NothingToSnooze):
        snooze.snooze(alice.pk, [conversation], soon())


def test_nobody_elses(alice, bob):
    conversation = tea(alice)
    with pytest.raises(NothingToSnooze):
        snooze.snooze(bob.pk, [conversation], soon())
    assert len(lying(alice, "INBOX")) == 2


def test_what_came_back_long_ago_is_no_news(alice):
    conversation = tea(alice)
    snooze.snooze(alice.pk, [conversation], soon())
    pass_time(alice)
    due.run()
    Reminder.objects.filter(account_id=alice.pk).update(surfaced=1)
    due.forget_old()
    assert rows.of(alice.pk, [conversation]) == []


def test_a_hundred_thousand_sleepers_cost_one_look(alice, django_assert_max_num_queries):
    base = alice.pk << 32
    Reminder.objects.bulk_create(
        [
            Reminder(
                id=base + 1_000_000 + n,
                account_id=alice.pk,
                kind=Kind.SNOOZE,
                due=soon() + n,
                created=0,
                conversation_id=base + n,
            )
            for n in range(20_000)
        ],
        batch_size=5_000,
    )
    with django_assert_max_num_queries(3):
        began = time.process_time()
        assert due.next_after(int(time.time())) is not None
        assert due.became_due(0, int(time.time())) is False
        assert due.run() == 0
        assert time.process_time() - began < 0.05

"""Remind me if nobody answers: back to the inbox at its time, unless somebody did."""

from __future__ import annotations

import time

import pytest

from mailcore.drafts import begin, send
from mailcore.drafts import rows as drafts
from mailcore.later import due, follow_up, rows, snooze
from mailcore.later.rows import State
from mailcore.models import Entry, Reminder
from mailcore.models.entry import SEEN
from mailcore.store import mailboxes, messages
from tests.builders import deliver, message
from tests.later.test_snooze import lying, pass_time, soon

pytestmark = pytest.mark.django_db

DAY = 86_400


def sent(account, days: int = 3, undo_seconds: int = 600):
    """A letter of the account's, waiting for an answer; the draft and its conversation."""
    draft = drafts.save(begin.new(account), to="carol@example.net", subject="Tea", text="At four?")
    draft = send.send(account, draft, undo_seconds=undo_seconds)
    row = follow_up.after_send(account, draft, days * DAY)
    assert row is not None
    return draft, row.conversation_id


def answer(account, draft, sender="Carol <carol@example.net>", mailbox="INBOX", flags=0, **more):
    return deliver(
        account,
        message(
            "Re: Tea",
            sender=sender,
            to=account.address,
            message_id="answer@example.net",
            references=f"<{draft.message_id.strip('<>')}>",
            **more,
        ),
        mailbox=mailbox,
        flags=flags,
    )


def test_nobody_answered(alice):
    _, conversation = sent(alice)
    pass_time(alice, 2 * DAY)
    due.run()
    assert lying(alice, "INBOX") == []
    pass_time(alice, 2 * DAY)
    due.run()
    [entry] = lying(alice, "INBOX")
    assert (entry.conversation_id, entry.flags & SEEN) == (conversation, 0)
    assert len(lying(alice, "Sent")) == 1  # the copy in Sent stays
    assert [row.state for row in rows.of(alice.pk, [conversation])] == [State.BACK]


def test_somebody_answered(alice):
    draft, conversation = sent(alice)
    assert answer(alice, draft)[0].conversation_id == conversation
    pass_time(alice, 4 * DAY)
    due.run()
    assert rows.of(alice.pk, [conversation]) == []
    assert len(lying(alice, "INBOX")) == 1


@pytest.mark.parametrize(
    "what",
    [
        {"sender": "Alice <alice@example.org>", "mailbox": "Sent", "flags": SEEN},
        {"sender": "Alice <ALICE@example.org>"},
        {"auto_submitted": "auto-replied"},
        {"mailbox": "Junk"},
    ],
    ids=["own letter", "own letter from elsewhere", "out of office", "spam"],
)
def test_these_are_no_answers(alice, what):
    draft, conversation = sent(alice)
    answer(alice, draft, **what)
    pass_time(alice, 4 * DAY)
    due.run()
    assert [row.state for row in rows.of(alice.pk, [conversation])] == [State.BACK]


def test_an_answer_that_was_deleted_was_an_answer(alice):
    draft, conversation = sent(alice)
    answer(alice, draft)
    messages.remove(mailboxes.named(alice.pk, "INBOX"), None)
    pass_time(alice, 4 * DAY)
    due.run()
    assert rows.of(alice.pk, [conversation]) == []


def test_a_sending_that_was_undone_waits_for_nothing(alice):
    draft, conversation = sent(alice)
    send.undo(alice, draft)
    pass_time(alice, 4 * DAY)
    due.run()
    assert lying(alice, "INBOX") == [] and rows.of(alice.pk, [conversation]) == []


def test_it_comes_out_of_the_archive_and_out_of_sleep(alice):
    first = deliver(alice, message("Tea", message_id="1@x"), flags=SEEN)[0]
    messages.move(mailboxes.named(alice.pk, "INBOX"), None, mailboxes.named(alice.pk, "Archive"))
    follow_up.remind(alice.pk, first.conversation_id, soon())
    pass_time(alice)
    due.run()
    assert len(lying(alice, "INBOX")) == 1 and lying(alice, "Archive") == []
    snooze.snooze(alice.pk, [first.conversation_id], soon() + 9_000)
    follow_up.remind(alice.pk, first.conversation_id, soon())
    pass_time(alice)
    due.run()
    assert len(lying(alice, "INBOX")) == 1 and lying(alice, "Snoozed") == []


def test_the_newest_wish_counts_and_can_be_withdrawn(alice):
    _, conversation = sent(alice)
    follow_up.remind(alice.pk, conversation, int(time.time()) + 9 * DAY)
    assert Reminder.objects.filter(account_id=alice.pk).count() == 1
    assert follow_up.cancel(alice.pk, [conversation]) == [conversation]
    assert follow_up.cancel(alice.pk, [conversation]) == []


def test_nobody_elses(alice, bob):
    _, conversation = sent(alice)
    assert follow_up.remind(bob.pk, conversation, soon()) is None
    assert follow_up.cancel(bob.pk, [conversation]) == []
    assert not Entry.objects.filter(account_id=bob.pk, conversation_id=conversation).exists()

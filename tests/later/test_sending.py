"""A letter that leaves later: once, at its time, with whatever was changed until then."""

from __future__ import annotations

import time

import pytest

from mailcore.drafts import begin
from mailcore.drafts import rows as drafts
from mailcore.drafts.errors import AlreadySent, NobodyToSendTo
from mailcore.identity import accounts
from mailcore.later import due, rows, sending
from mailcore.later.errors import NoLongerScheduled, TooSoon
from mailcore.later.rows import State
from mailcore.models import Draft, OutboundMessage, OutboundRecipient, Reminder
from mailcore.store import mailboxes, messages
from tests.later.test_snooze import lying, pass_time, soon

pytestmark = pytest.mark.django_db


def scheduled(account, to: str = "carol@example.net", at: int = 0, **more) -> Draft:
    draft = drafts.save(begin.new(account), to=to, subject="Tea", text="At four?")
    return sending.schedule(account, draft, at or soon(), **more)


def test_until_then_it_lies_in_scheduled_and_nowhere_else(alice):
    draft = scheduled(alice)
    assert draft.state == Draft.State.SCHEDULED
    assert (len(lying(alice, "Scheduled")), lying(alice, "Drafts"), lying(alice, "Sent")) == (1, [], [])
    assert mailboxes.named(alice.pk, "Scheduled").special_use == "\\Scheduled"
    assert not OutboundMessage.objects.exists()
    with pytest.raises(AlreadySent):
        drafts.save(draft, subject="Changed behind its back")


def test_a_moment_before_its_time_it_is_queued_until_that_very_second(alice):
    at = int(time.time()) + sending.LEAD_SECONDS
    draft = scheduled(alice, at=at + 3_600)
    row = sending.of(alice.pk, draft.id)
    Reminder.objects.filter(account_id=alice.pk, id=row.id).update(due=at - sending.LEAD_SECONDS)
    due.run()
    assert [message.hold_until for message in OutboundMessage.objects.all()] == [at]
    assert [recipient.next_attempt for recipient in OutboundRecipient.objects.all()] == [at]
    assert drafts.of(alice.pk, draft.id).state == Draft.State.SENT
    assert (lying(alice, "Scheduled"), len(lying(alice, "Sent"))) == ([], 1)
    assert sending.listing(alice.pk) == []


def test_a_service_that_was_down_sends_it_once_when_it_is_back(alice, bob):
    scheduled(alice, to="bob@example.org, carol@example.net")
    pass_time(alice)
    for _ in range(3):
        due.run()
    [message] = OutboundMessage.objects.all()
    assert message.hold_until <= int(time.time()) + 1
    assert OutboundRecipient.objects.count() == 2


def test_after_a_crash_between_the_commit_and_the_row_nothing_is_sent_twice(alice):
    draft = scheduled(alice)
    row = sending.of(alice.pk, draft.id)
    pass_time(alice)
    due.run()
    rows.add(alice.pk, row.kind, row.due - 9_000, draft_id=draft.id)  # as if the row had not been removed
    due.run()
    assert OutboundMessage.objects.count() == 1 and not Reminder.objects.filter(account_id=alice.pk).exists()


def test_cancelling_makes_it_a_draft_again(alice):
    draft = sending.cancel(alice, scheduled(alice).id)
    assert draft.state == Draft.State.OPEN
    assert (len(lying(alice, "Drafts")), lying(alice, "Scheduled")) == (1, [])
    drafts.save(draft, subject="Coffee")
    pass_time(alice)
    due.run()
    assert not OutboundMessage.objects.exists()


def test_cancelling_in_the_last_moment_undoes_the_sending(alice):
    draft = scheduled(alice)
    Reminder.objects.filter(account_id=alice.pk).update(due=int(time.time()) - 1)
    due.run()
    assert sending.cancel(alice, draft.id).state == Draft.State.OPEN
    assert lying(alice, "Sent") == []
    assert [row.state for row in OutboundRecipient.objects.all()] == ["dropped"]


def test_another_time_and_now(alice):
    draft, later = scheduled(alice), soon() + 7_200
    assert sending.when(sending.reschedule(alice, draft.id, later)) == later
    sending.send_now(alice, draft.id)
    assert OutboundMessage.objects.get().hold_until <= int(time.time()) + 1
    for verb in (sending.send_now, lambda account, number: sending.reschedule(account, number, later)):
        with pytest.raises(NoLongerScheduled):
            verb(alice, draft.id)


def test_what_cannot_be_sent_is_not_scheduled(alice):
    draft = drafts.save(begin.new(alice), subject="To nobody", text="Hello?")
    with pytest.raises(NobodyToSendTo):
        sending.schedule(alice, draft, soon())
    with pytest.raises(TooSoon):
        scheduled(alice, at=int(time.time()) - 10)
    assert {row.state for row in Draft.objects.filter(account_id=alice.pk)} == {Draft.State.OPEN}


def test_deleted_by_another_client_it_is_not_sent_and_not_lost(alice):
    draft = scheduled(alice)
    messages.remove(mailboxes.named(alice.pk, "Scheduled"), None)
    pass_time(alice)
    due.run()
    assert not OutboundMessage.objects.exists()
    assert len(lying(alice, "Drafts")) == 1
    [(row, letter)] = sending.listing(alice.pk)
    assert (row.state, row.problem, letter.id) == (State.FAILED, sending.REMOVED, draft.id)


def test_a_recipient_who_is_gone_by_then(alice, bob):
    scheduled(alice, to="bob@example.org")
    bob.delete()
    from mailcore.identity import addresses

    addresses.forget()
    pass_time(alice)
    due.run()
    [(row, letter)] = sending.listing(alice.pk)
    assert row.state == State.FAILED and "bob@example.org" in row.problem
    assert letter.state == Draft.State.OPEN
    sending.cancel(alice, letter.id)
    assert sending.listing(alice.pk) == []


def test_a_closed_account_sends_nothing(alice):
    scheduled(alice)
    accounts.close(alice)
    pass_time(alice)
    due.run()
    assert not OutboundMessage.objects.exists()
    assert [row.problem for row, _ in sending.listing(alice.pk)] == [sending.SUSPENDED]


def test_it_waits_for_an_answer_from_the_moment_it_left(alice):
    scheduled(alice, follow_seconds=3 * 86_400)
    pass_time(alice)
    due.run()
    [row] = Reminder.objects.filter(account_id=alice.pk)
    assert row.kind == "follow_up" and abs(row.due - time.time() - 3 * 86_400) < 10


def test_nobody_elses(alice, bob):
    draft = scheduled(alice)
    with pytest.raises(NoLongerScheduled):
        sending.of(bob.pk, draft.id)
    assert sending.listing(bob.pk) == []

"""The queue's law: who is due, who has it, what is written down, what a dead worker leaves behind."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from mailcore.models import OutboundAttempt, OutboundMessage, OutboundRecipient
from mailcore.outbound import queue
from mailcore.outbound.queue import Outcomes, Result, Tried
from mailcore.outbound.reply import Reply, ours
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs

pytestmark = pytest.mark.django_db

OK = Reply(250, "2.0.0", "taken")
LATER = Reply(451, "4.3.0", "not now")
NEVER = Reply(550, "5.1.1", "no such user")
DAY = 86_400


def settle(reply: Reply, domain: str = "example.net") -> bool:
    batch = queue.claim(domain)
    results = [Result(one, reply, host="mx.example.net") for one in batch.recipients]
    return bool(queue.record([Outcomes(batch, results)]))


def make_due(**conditions) -> None:
    OutboundRecipient.objects.filter(**conditions).update(next_attempt=0)


def test_what_was_put_is_due_at_once(queued, rows):
    message = queued("bob@example.net", Recipient(mailbox("Carol@Example.NET"), "SUCCESS", "rfc822;c@x"))
    batch = queue.claim("example.net")
    assert [(one.address, one.attempts, one.notify) for one in batch.recipients] == [
        ("bob@example.net", 1, ""),
        ("Carol@example.net", 1, "SUCCESS"),
    ]
    assert batch.messages == {message.id: message}
    assert {row.state for row in rows().values()} == {"sending"}
    assert bytes(message.digest) == blobs.put(b"").digest or blobs.read(bytes(message.digest))


def test_a_claim_writes_the_next_attempt_before_anybody_is_dialled(queued, rows, settings):
    settings.MAIL_RETRY_SCHEDULE = (60, 300)
    queued()
    now = time.time()
    queue.claim("example.net")
    row = rows()["bob@example.net"]
    assert row.next_attempt == pytest.approx(now + 60, abs=2)
    assert row.lease_until == pytest.approx(now + queue.LEASE_SECONDS, abs=2)


def test_what_is_claimed_is_nobody_elses(queued):
    queued()
    assert queue.claim("example.net")
    assert queue.claim("example.net") is None


def test_a_claim_is_for_one_destination_and_has_a_limit(queued):
    for n in range(5):
        queued(f"user{n}@example.net", f"user{n}@other.example")
    assert len(queue.claim("example.net", limit=3).recipients) == 3
    assert len(queue.claim("example.net", limit=3).recipients) == 2
    assert len(queue.claim("other.example").recipients) == 5


def test_delivered(queued, rows):
    queued()
    assert settle(OK) is False
    row = rows()["bob@example.net"]
    assert (row.state, row.last_reply, row.reply_from, row.owed) == (
        "delivered",
        "250 2.0.0 taken",
        "mx.example.net",
        "",
    )
    assert row.finished


def test_refused_for_ever(queued, rows):
    queued()
    assert settle(NEVER) is True
    row = rows()["bob@example.net"]
    assert (row.state, row.owed) == ("failed", "failed")


def test_not_now_is_tried_again_later_and_later(queued, rows, settings):
    settings.MAIL_RETRY_SCHEDULE = (60, 300, 900)
    queued()
    waits = []
    for _ in range(5):
        settle(LATER)
        row = rows()["bob@example.net"]
        assert row.state == "queued"
        waits.append(round(row.next_attempt - time.time(), -1))
        assert queue.claim("example.net") is None
        make_due()
    assert waits == [60, 300, 900, 900, 900]
    assert rows()["bob@example.net"].attempts == 5


def test_after_five_days_it_is_over(queued, rows, settings):
    settings.MAIL_RETRY_SCHEDULE = (60, 300)
    queued()
    OutboundMessage.objects.update(created=time.time() - 5 * DAY - 1)
    settle(LATER)
    assert rows()["bob@example.net"].state == "queued"  # one try only: perhaps the clock jumped
    make_due()
    assert settle(LATER) is True
    assert (rows()["bob@example.net"].state, rows()["bob@example.net"].owed) == ("failed", "failed")


def test_the_sender_hears_once_of_a_delay(queued, rows):
    queued()
    settle(LATER)
    OutboundMessage.objects.update(created=time.time() - 5 * 3600)
    make_due()
    assert settle(LATER) is True
    assert rows()["bob@example.net"].owed == "delayed"
    OutboundRecipient.objects.update(owed="")
    make_due()
    assert settle(LATER) is False
    assert rows()["bob@example.net"].owed == ""


@pytest.mark.parametrize(
    ("notify", "sender", "reply", "owed"),
    [
        ("", "alice@example.org", NEVER, "failed"),
        ("FAILURE", "alice@example.org", NEVER, "failed"),
        ("FAILURE,DELAY", "alice@example.org", NEVER, "failed"),
        ("NEVER", "alice@example.org", NEVER, ""),
        ("DELAY", "alice@example.org", NEVER, ""),
        ("SUCCESS", "alice@example.org", NEVER, ""),
        ("", "", NEVER, ""),  # never a bounce for a bounce
        ("FAILURE", "", NEVER, ""),
        ("", "alice@example.org", OK, ""),
        ("SUCCESS", "alice@example.org", OK, "relayed"),
        ("SUCCESS", "", OK, ""),
    ],
)
def test_who_is_owed_a_report(queued, rows, notify, sender, reply, owed):
    """RFC 3461 §4.1, RFC 5321 §4.5.5."""
    queued(Recipient(mailbox("bob@example.net"), notify), sender=sender)
    settle(reply)
    assert rows()["bob@example.net"].owed == owed


def test_a_peer_that_speaks_dsn_reports_success_itself(queued, rows):
    queued(Recipient(mailbox("bob@example.net"), "SUCCESS"))
    batch = queue.claim("example.net")
    queue.record([Outcomes(batch, [Result(batch.recipients[0], OK, peer_reports=True)])])
    assert rows()["bob@example.net"].owed == ""


def test_what_was_said_is_kept(queued):
    message = queued()
    batch = queue.claim("example.net")
    tried = Tried(message.account_id, message.id, "mx[192.0.2.1]:25", "TLSv1.3", "C: EHLO\nS: 250 ok")
    queue.record([Outcomes(batch, [Result(batch.recipients[0], OK)], [tried])])
    (kept,) = queue.transcripts(message)
    assert (kept.target, kept.tls, kept.transcript) == ("mx[192.0.2.1]:25", "TLSv1.3", "C: EHLO\nS: 250 ok")


# --- workers that die


def let_the_lease_run_out() -> None:
    OutboundRecipient.objects.filter(state="sending").update(lease_until=time.time() - 1)


def test_what_a_dead_worker_held_is_due_again(queued, rows):
    queued()
    queue.claim("example.net")
    assert queue.recover() == 0
    let_the_lease_run_out()
    assert queue.recover() == 1
    assert queue.claim("example.net").recipients[0].attempts == 2


def test_a_lease_that_is_kept_does_not_run_out(queued):
    queued()
    batch = queue.claim("example.net")
    let_the_lease_run_out()
    queue.keep([batch.lease])
    assert queue.recover() == 0


def test_whoever_took_over_decides(queued, rows):
    """SECURITY F10: a worker that was thought dead writes nothing any more."""
    queued()
    late = queue.claim("example.net")
    let_the_lease_run_out()
    queue.recover()
    taken_over = queue.claim("example.net")
    queue.record([Outcomes(late, [Result(late.recipients[0], NEVER)])])
    assert rows()["bob@example.net"].state == "sending"
    queue.record([Outcomes(taken_over, [Result(taken_over.recipients[0], OK)])])
    assert rows()["bob@example.net"].state == "delivered"


def test_a_message_that_brings_its_worker_down_is_held_after_three(queued, rows):
    """SECURITY F20: and the others are only unlucky once."""
    for n in range(5):
        queued(f"user{n}@example.net")
    queue.claim("example.net")
    let_the_lease_run_out()
    queue.recover()
    for _ in range(2):
        while batch := queue.claim("example.net"):
            assert len(batch.recipients) == 1
            if batch.recipients[0].address != "user3@example.net":
                queue.record([Outcomes(batch, [Result(batch.recipients[0], OK)])])
        let_the_lease_run_out()
        queue.recover()
    states = {address: row.state for address, row in rows().items()}
    assert states.pop("user3@example.net") == "held"
    assert set(states.values()) == {"delivered"}
    assert "three times" in rows()["user3@example.net"].last_reply


def test_a_dead_destination_is_dialled_for_one_batch_not_for_all(queued, rows, settings):
    """SECURITY F21."""
    settings.MAIL_RETRY_SCHEDULE = (60, 300, 900)
    for n in range(10):
        queued(f"user{n}@example.net")
    queued("someone@other.example")
    queue.claim("example.net", limit=3)
    assert queue.postpone("example.net", ours(421, "4.4.1", "no answer")) == 7
    assert queue.claim("example.net") is None
    assert queue.claim("other.example")
    assert rows()["user9@example.net"].attempts == 1


# --- undo, hold, admin


def test_what_is_held_back_is_not_due_until_then(queued):
    queued(hold_until=int(time.time()) + 100)
    assert queue.claim("example.net") is None
    assert queue.due_domains() == []
    make_due()
    assert queue.due_domains() == ["example.net"]
    assert queue.claim("example.net")


def test_it_can_be_taken_back_until_then(queued, alice, rows):
    message = queued("bob@example.net", "carol@example.net", hold_until=int(time.time()) + 100)
    assert queue.recall(alice.pk, message.id) is True
    assert {row.state for row in rows().values()} == {"dropped"}
    assert queue.recall(alice.pk, message.id) is False


def test_it_cannot_be_taken_back_when_any_of_it_has_left(queued, alice, rows):
    message = queued("bob@example.net", "carol@other.example")
    queue.claim("example.net")
    assert queue.recall(alice.pk, message.id) is False
    assert rows()["carol@other.example"].state == "queued"


def test_nobody_takes_back_somebody_elses(queued, bob):
    assert queue.recall(bob.pk, queued().id) is False


def test_an_admin_holds_releases_retries_and_drops(queued, rows):
    queued("a@example.net", "b@example.net", "c@example.net")
    ids = {address: row.id for address, row in rows().items()}
    assert queue.hold([ids["a@example.net"], ids["b@example.net"]]) == 2
    assert [one.address for one in queue.claim("example.net").recipients] == ["c@example.net"]
    assert queue.hold([ids["c@example.net"]]) == 0  # it is being sent
    assert queue.release([ids["a@example.net"]]) == 1
    settle(LATER)
    assert queue.claim("example.net") is None
    assert queue.retry([ids["a@example.net"], ids["b@example.net"]]) == 2
    assert len(queue.claim("example.net").recipients) == 2
    OutboundRecipient.objects.filter(id=ids["a@example.net"]).update(state="queued")
    assert queue.drop(ids.values()) == 1
    assert rows()["a@example.net"].state == "dropped"


def test_what_was_settled_long_ago_is_forgotten(queued):
    queued("a@example.net")
    settle(OK)
    queued("b@example.net")
    OutboundRecipient.objects.filter(address="a@example.net").update(finished=time.time() - 31 * DAY)
    OutboundMessage.objects.update(created=time.time() - 40 * DAY)
    assert queue.forget_finished() == 1
    assert [row.address for row in OutboundRecipient.objects.all()] == ["b@example.net"]
    assert OutboundAttempt.objects.count() == 0


def test_due_destinations_oldest_first(queued):
    queued("a@one.example")
    queued("b@two.example")
    OutboundRecipient.objects.filter(domain="two.example").update(next_attempt=1)
    assert queue.due_domains() == ["two.example", "one.example"]


@pytest.mark.django_db(transaction=True)
def test_workers_never_claim_the_same_row(queued):
    """SKIP LOCKED on PostgreSQL, one writer on SQLite: every recipient exactly once."""
    for n in range(60):
        queued(f"user{n}@example.net")
    claimed: list[int] = []

    def work() -> None:
        try:
            while batch := queue.claim("example.net", limit=7):
                claimed.extend(one.id for one in batch.recipients)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60


@pytest.mark.django_db(transaction=True)
def test_submissions_at_the_same_moment_share_a_transaction_and_lose_nothing(queued):
    def work(start: int) -> None:
        try:
            for n in range(start, start + 20):
                queued(f"user{n}@example.net")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(100 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutboundRecipient.objects.count() == 80
    assert OutboundMessage.objects.count() == 80

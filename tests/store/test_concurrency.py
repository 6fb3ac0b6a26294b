"""Many at once: each exactly once, UIDs unique and ascending, counters right (SECURITY A32)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mailcore.changes import change, log
from mailcore.models import Mailbox, Message
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.store import flags, mailboxes, messages
from mailcore.store.errors import MailboxNotFound, QuotaExceeded
from tests.architecture.tree import ROOT
from tests.builders import message
from tests.store.looks import counters, live, state, tombstones, uids

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(transactional_db) -> Mailbox:
    mailboxes.provision(7)
    return mailboxes.named(7, "INBOX")


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run each job on a thread of its own, all starting together; their answers, or what they raised."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            start.wait()
            return job()
        except Exception as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_forty_deliveries_at_once_are_forty_messages(inbox):
    def deliver(n: int) -> Callable[[], object]:
        return lambda: messages.append_bytes(7, inbox.id, message(f"number {n}", message_id=f"{n}@x"))

    answers = at_once(*(deliver(n) for n in range(40)))
    assert sorted(answer.uid for answer in answers) == list(range(1, 41))
    assert uids(inbox) == list(range(1, 41))
    assert len({row.subject for row in Message.objects.filter(account_id=7)}) == 40
    assert counters(inbox)[0] == 40


def test_later_modseqs_have_later_uids(inbox):
    """A client that saw modseq M has seen every UID stamped up to M."""

    def deliver_ten() -> None:
        for _ in range(10):
            messages.append_bytes(7, inbox.id, message())

    at_once(*[deliver_ten] * 6)
    stamps = [entry.created_modseq for entry in live(inbox)]
    assert stamps == sorted(stamps)
    assert len(stamps) == 60


def test_one_bad_job_of_a_group_does_not_take_the_others_along(inbox):
    gone = mailboxes.create(7, "gone")
    mailboxes.delete(7, "gone")
    good = [lambda: messages.append_bytes(7, inbox.id, message())] * 8
    bad = [lambda: messages.append_bytes(7, gone.id, message())] * 4
    answers = at_once(*(job for pair in zip(good, bad * 2, strict=True) for job in pair))
    assert sum(isinstance(answer, MailboxNotFound) for answer in answers) == 8
    assert sum(isinstance(answer, messages.Appended) for answer in answers) == 8
    assert len(uids(inbox)) == 8


def test_the_last_room_is_given_once(inbox):
    row = state(7)
    row.quota_bytes = 3 * len(message()) + 10
    row.save()
    answers = at_once(*[lambda: messages.append_bytes(7, inbox.id, message())] * 10)
    assert sum(isinstance(answer, QuotaExceeded) for answer in answers) == 7
    assert len(uids(inbox)) == 3
    assert state(7).used_bytes == 3 * len(message())


def test_two_who_move_the_same_message_move_it_once(inbox):
    archive, trash = mailboxes.named(7, "Archive"), mailboxes.named(7, "Trash")
    messages.append_bytes(7, inbox.id, message())
    at_once(*[lambda: messages.move(inbox, [1], archive), lambda: messages.move(inbox, [1], trash)] * 3)
    assert uids(inbox) == []
    assert len(uids(archive)) + len(uids(trash)) == 1


def test_flags_of_many_writers_are_all_kept(inbox):
    messages.append_bytes(7, inbox.id, message())

    def mark(n: int) -> Callable[[], object]:
        return lambda: flags.add(inbox, [1], SEEN if n % 2 else FLAGGED, frozenset({f"k{n}"}))

    at_once(*(mark(n) for n in range(12)))
    entry = live(inbox)[0]
    assert entry.flags == SEEN | FLAGGED
    assert entry.keywords == " ".join(sorted(f"k{n}" for n in range(12)))
    assert counters(inbox)[1] == 0


def test_unchanged_since_lets_exactly_one_of_two_win(inbox):
    messages.append_bytes(7, inbox.id, message())
    seen = state(7).modseq
    jobs = [
        lambda n=n: flags.add(inbox, [1], 0, frozenset({f"w{n}"}), unchanged_since=seen) for n in range(6)
    ]
    answers = at_once(*jobs)
    assert sum(bool(answer.entries) for answer in answers) == 1
    assert sum(answer.failed_uids == [1] for answer in answers) == 5


def test_a_mailbox_is_created_once(inbox):
    answers = at_once(*[lambda: mailboxes.create(7, "new")] * 6)
    assert sum(isinstance(answer, Mailbox) for answer in answers) == 1
    assert [mailbox.name for mailbox in mailboxes.listing(7)].count("new") == 1


def test_groups_of_accounts_that_overlap_do_not_wait_for_each_other(inbox):
    """One message to several accounts, in both orders, sharing blobs: no deadlock on either database."""
    from tests.store.test_messages import arrival

    boxes = [inbox]
    for number in (8, 9, 10):
        mailboxes.provision(number)
        boxes.append(mailboxes.named(number, "INBOX"))
    raws = [message(f"shared {n}") for n in range(4)]

    def send(turn: int) -> None:
        for n in range(8):
            order = boxes if (turn + n) % 2 else boxes[::-1]
            messages.append([arrival(box, raws[(turn + n) % 4]) for box in order])

    answers = at_once(*[lambda turn=turn: send(turn) for turn in range(6)])
    assert answers == [None] * 6
    assert [len(uids(box)) for box in boxes] == [48] * 4


def test_the_log_tells_the_whole_story(inbox):
    """Whoever replays the changes from the beginning holds what the tables hold."""
    archive = mailboxes.named(7, "Archive")

    def live_a_little(n: int) -> None:
        for _ in range(4):
            appended = messages.append_bytes(7, inbox.id, message(f"{n}"))
            flags.add(inbox, [appended.uid], SEEN)
            if n % 2:
                messages.move(inbox, [appended.uid], archive)

    assert at_once(*(lambda n=n: live_a_little(n) for n in range(6))) == [None] * 6
    held: dict[int, set[int]] = {inbox.id: set(), archive.id: set()}
    last = 0
    for item in log.since(7, 0):
        assert item.modseq >= last
        last = item.modseq
        touched = {uid for low, high in change.read_uids(item.detail) for uid in range(low, high + 1)}
        if item.kind == change.ADDED:
            assert not touched & held[item.mailbox_id]
            held[item.mailbox_id] |= touched
        elif item.kind == change.EXPUNGED:
            assert touched <= held[item.mailbox_id]
            held[item.mailbox_id] -= touched
        elif item.kind == change.FLAGS:
            assert touched <= held[item.mailbox_id]
    assert held == {inbox.id: set(uids(inbox)), archive.id: set(uids(archive))}
    assert len(tombstones(inbox)) == 12
    assert last == state(7).modseq


WRITER = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "webmail.settings"
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from mailcore.store import messages
from tests.builders import message
for n in range(25):
    print(messages.append_bytes(7, int(sys.argv[2]), message(sys.argv[3])).uid)
"""


def test_processes_take_turns_too(inbox):
    """Listeners are processes: the turnstile must hold between them as well."""
    name = str(connection.settings_dict["NAME"])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, str(inbox.id), f"writer {n}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    printed = [int(line) for writer in writers for line in writer.communicate(timeout=60)[0].split()]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert sorted(printed) == uids(inbox) == list(range(1, 76))
    assert counters(inbox)[0] == 75

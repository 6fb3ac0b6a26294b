"""Who is told "done" has the disk's word for it, and shares its flush with whoever committed before it began."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from mailcore.models import AccountState, Mailbox
from mailcore.store import mailboxes, messages, power_cut, wal, writing
from mailcore.store.errors import TemporaryFailure
from mailcore.store.wal import Flush
from tests.builders import message

only_sqlite = pytest.mark.skipif("os.environ.get('MAIL_TEST_DATABASE') == 'postgres'", reason="SQLite's log")


class Disk:
    """Flushes as long as it is told to, and notes what was written when each flush began."""

    def __init__(self, monkeypatch) -> None:
        self.written = 0
        self.flushed: list[int] = []
        self.go_on = threading.Event()
        self.problem: OSError | None = None
        monkeypatch.setattr(wal, "_flush", self._flush)

    def _flush(self, path: str) -> None:
        seen = self.written
        self.go_on.wait(10)
        if self.problem is not None:
            raise self.problem
        self.flushed.append(seen)


@pytest.fixture
def disk(monkeypatch) -> Disk:
    return Disk(monkeypatch)


def several(count: int, work) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_one_flush_serves_everybody_who_wrote_before_it_began(disk):
    flush, covered = Flush(), []

    def write(n: int) -> None:
        disk.written += 1
        mine = disk.written
        flush.wait("log")
        covered.append(any(seen >= mine for seen in disk.flushed))

    first = several(1, write)
    while not flush._is_running:
        time.sleep(0.001)
    rest = several(20, write)
    while disk.written < 21:
        time.sleep(0.001)
    time.sleep(0.05)
    assert covered == []
    disk.go_on.set()
    for thread in first + rest:
        thread.join(10)
    assert covered == [True] * 21
    assert len(disk.flushed) <= 3


def test_a_disk_that_refuses_is_everybodys_problem_and_only_theirs(disk):
    flush, told = Flush(), []

    def write(n: int) -> None:
        try:
            flush.wait("log")
        except OSError as problem:
            told.append(problem.errno)

    disk.problem = OSError(5, "Input/output error")
    threads = several(5, write)
    time.sleep(0.05)
    disk.go_on.set()
    for thread in threads:
        thread.join(10)
    assert told == [5] * 5
    disk.problem = None
    flush.wait("log")


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_write_ends_with_a_flush_of_its_log(monkeypatch, inbox):
    flushed: list[str] = []
    monkeypatch.setattr(wal, "_flush", flushed.append)
    messages.append_bytes(inbox.account_id, inbox.id, message("one"))
    assert flushed == [wal.path()]
    assert Path(wal.path()).stat().st_size > 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)  # FULL again, for whoever writes without us


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_what_was_undone_is_not_waited_for(monkeypatch):
    flushed: list[str] = []
    monkeypatch.setattr(wal, "_flush", flushed.append)
    with pytest.raises(ZeroDivisionError), writing.exclusive():
        raise ZeroDivisionError
    assert flushed == []


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_done_when_the_disk_refuses(monkeypatch, inbox):
    def refuse(path: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wal, "_flush", refuse)
    with pytest.raises(TemporaryFailure):
        messages.append_bytes(inbox.account_id, inbox.id, message("one"))


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_the_log_is_folded_back_while_others_write(monkeypatch, inbox):
    monkeypatch.setattr(wal, "CHECKPOINT_EVERY", 5)
    for n in range(30):
        messages.append_bytes(inbox.account_id, inbox.id, message(f"letter {n}"))
    assert wal._checkpointer.flush(10)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        busy, frames, folded = cursor.fetchone()
    assert (busy, folded) == (0, frames)
    assert mailboxes.fresh(inbox.account_id, inbox.id).total == 30


@pytest.mark.django_db
class TestPowerCut:
    @pytest.fixture(autouse=True)
    def _folder(self, settings, tmp_path, monkeypatch):
        settings.MAIL_DATA_DIR = tmp_path
        (tmp_path / "run").mkdir()
        self.boot = tmp_path / "boot_id"
        self.boot.write_text("monday\n")
        monkeypatch.setattr(power_cut, "_BOOT", self.boot)

    def numbers(self, inbox: Mailbox) -> tuple[int, int, int]:
        state = AccountState.objects.get(account_id=inbox.account_id)
        return mailboxes.fresh(inbox.account_id, inbox.id).uidnext, state.modseq, state.last_id

    @pytest.mark.parametrize(
        ("ended_well", "next_boot", "skips"),
        [(True, "monday", 0), (True, "tuesday", 0), (False, "monday", 0), (False, "tuesday", 10_000)],
    )
    def test_numbers_are_left_out_only_when_the_machine_went_down_under_us(
        self, inbox, ended_well, next_boot, skips
    ):
        before = self.numbers(inbox)
        assert power_cut.begin() is False
        if ended_well:
            power_cut.end()
        self.boot.write_text(next_boot)
        assert power_cut.begin() is bool(skips)
        assert self.numbers(inbox) == tuple(number + skips for number in before)
        added = messages.append_bytes(inbox.account_id, inbox.id, message("next"))
        assert added.uid == before[0] + skips

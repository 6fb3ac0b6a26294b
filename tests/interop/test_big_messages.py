"""A message of a hundred megabytes passes through in little memory (DESIGN: 16 MiB of growth a process)."""

from __future__ import annotations

import hashlib
import imaplib
import poplib
import random
import re
import smtplib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.interop.instance import Instance, Person, trusting

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

SIZE = 100 << 20
LINE = 76


@pytest.fixture(scope="module")
def big(instance: Instance) -> Person:
    return instance.add_account("big")


@pytest.fixture(scope="module")
def letter() -> bytes:
    """Lines of hexadecimal noise, some beginning with a dot."""
    block = b"".join(
        (b"." if n % 50 == 0 else b"x") + random.Random(n).randbytes(LINE // 2).hex().encode()[1:] + b"\r\n"
        for n in range(2000)
    )
    head = b"From: x@remote.test\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
    return head + block * (SIZE // len(block))


@contextmanager
def little_memory(instance: Instance, megabytes: int) -> Iterator[None]:
    """Fails when a listener's own memory (files that it maps do not count) grows by more at any moment."""
    pids = [process.pid for process in instance.processes("listen")]
    before = {pid: _anonymous(pid) for pid in pids}
    most = dict.fromkeys(pids, 0)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for pid in pids:
                most[pid] = max(most[pid], _anonymous(pid) - before[pid])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert max(most.values()) < megabytes << 20, {pid: f"{grown >> 20} MiB" for pid, grown in most.items()}


def _anonymous(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    match = re.search(r"^Anonymous:\s+(\d+) kB", rollup, re.M)
    assert match
    return int(match[1]) * 1024


def test_in_over_smtp_and_out_over_imap_and_pop3(instance: Instance, big: Person, letter: bytes):
    for _ in range(3):  # warm up: threads, caches
        with instance.smtp() as smtp:
            smtp.sendmail("x@remote.test", [big.address], letter[:200_000])
        instance.messages(big)
    with little_memory(instance, 16), instance.smtp() as smtp:
        smtp.sendmail("x@remote.test", [big.address], letter)

    client = imaplib.IMAP4_SSL("127.0.0.1", instance.ports["IMAPS"], ssl_context=trusting(), timeout=60)
    client.login(f'"{big.address}"', big.password)
    client.select("INBOX", readonly=True)
    with little_memory(instance, 16):
        started = time.monotonic()
        got = client.fetch("4", "(BODY.PEEK[TEXT])")[1][0][1]
        assert time.monotonic() - started < 60
    assert _digest(got) == _digest(letter.partition(b"\r\n\r\n")[2])
    with little_memory(instance, 16):
        assert client.fetch("4", "(BODY.PEEK[]<90000000.1000>)")[1][0][1]
    client.logout()

    pop = poplib.POP3_SSL("127.0.0.1", instance.ports["POP3S"], context=trusting(), timeout=60)
    pop.user(big.address)
    pop.pass_(big.password)
    with little_memory(instance, 16):
        lines = pop.retr(4)[1]
    start = lines.index(b"") + 1
    assert _digest(b"\r\n".join(lines[start:]) + b"\r\n") == _digest(got)
    for number in range(1, 5):
        pop.dele(number)
    pop.quit()


def test_what_is_too_big_is_refused_before_it_is_sent(instance: Instance, big: Person):
    with instance.smtp() as smtp:
        smtp.ehlo("peer.remote.test")
        limit = int(smtp.esmtp_features["size"])
        assert limit == 150 << 20
        code, _ = smtp.docmd("MAIL", f"FROM:<x@remote.test> SIZE={limit + 1}")
        assert code == 552
        assert smtp.docmd("MAIL", "FROM:<x@remote.test>")[0] == 250  # the session lives


def test_what_turns_out_too_big_is_refused_and_leaves_nothing(instance: Instance, big: Person, letter: bytes):
    with little_memory(instance, 16), instance.smtp() as smtp:
        smtp.ehlo("peer.remote.test")
        smtp.docmd("MAIL", "FROM:<x@remote.test>")
        smtp.docmd("RCPT", f"TO:<{big.address}>")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            code, answer = smtp.data(letter + letter[:60_000_000])
            raise smtplib.SMTPDataError(code, answer)
        assert refused.value.smtp_code == 552
        assert smtp.noop()[0] == 250
    assert instance.messages(big) == []


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""`kill -9` of any process during a delivery loop: what got its 250 is there once the service is up again.

SECURITY F01, F02, F05, B24: nothing acknowledged is lost, no UID changes, and it is back within ten seconds.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from tests.builders import message
from tests.interop.instance import Instance, Person, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]

SENDERS = 4
TOKEN = re.compile(rb"token-(\d+-\d+)")


class Loop:
    """Threads that deliver as fast as they are let, one message per connection, and remember every 250."""

    def __init__(self, instance: Instance, to: Person) -> None:
        self.acknowledged: set[str] = set()
        self.failures = 0
        self._instance, self._to = instance, to
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(SENDERS)]

    def __enter__(self) -> Loop:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, sender: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            token = f"{sender}-{number}"
            # Every seventh is too big for a row and goes to a file.
            body = f"token-{token}\r\n" + "x" * 70 * (2000 if number % 7 == 0 else 3) + "\r\n"
            try:
                with self._instance.smtp() as client:
                    client.sendmail("peer@remote.test", [self._to.address], _lines(body))
            except (OSError, smtplib.SMTPException):
                self.failures += 1
                time.sleep(0.05)
            else:
                self.acknowledged.add(token)

    def goes_on(self) -> None:
        """Wait until another ten are acknowledged."""
        goal = len(self.acknowledged) + 10
        eventually(lambda: len(self.acknowledged) >= goal, 30)


def _lines(body: str) -> bytes:
    return message("during the storm", body=re.sub("x{70}", "x" * 68 + "\r\n", body))


def held(instance: Instance, person: Person) -> dict[int, str]:
    """UID → token of everything in the inbox; the UIDVALIDITY under 0."""
    with instance.imap(person) as imap:
        imap.select("INBOX", readonly=True)
        found = {0: str(imap.response("UIDVALIDITY")[1][0])}
        _, data = imap.uid("FETCH", "1:*", "(BODY.PEEK[TEXT]<0.40>)")
        for item in data:
            if isinstance(item, tuple):
                uid = re.search(rb"UID (\d+)", item[0])
                token = TOKEN.search(item[1])
                assert uid and token, item
                found[int(uid[1])] = token[1].decode()
    return found


def kill(instance: Instance, word: str) -> None:
    victims = instance.processes(word)
    assert victims, word
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=5)


def seconds_until(question: Callable[[], bool]) -> float:
    started = time.monotonic()
    eventually(question, 20)
    return time.monotonic() - started


def test_nothing_acknowledged_is_lost_whoever_is_killed(make_instance: Callable[..., Instance]) -> None:
    instance = make_instance(MAIL_LOG_LEVEL="WARNING").start()
    alice = instance.add_account("alice")
    before: dict[int, str] = {}
    with Loop(instance, alice) as loop:
        loop.goes_on()
        for word in (
            "--number=0",
            "redis-server",
            "celery",
            "manage.py web",
            "--number=1",
            "manage.py listen",
        ):
            kill(instance, word)
            loop.goes_on()
            now = held(instance, alice)
            assert before.items() <= now.items(), f"a UID changed after the death of {word}"
            before = now

        # The supervisor itself: everything dies with it, and a new one starts clean.
        family = instance.processes()
        assert instance.process is not None
        instance.process.kill()
        instance.process.wait()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
        started = time.monotonic()
        instance.start()
        assert time.monotonic() - started < 10 * SLOWNESS
        loop.goes_on()

        # A power cut: all at once.
        instance.kill()
        instance.start()
        loop.goes_on()

    now = held(instance, alice)
    assert before.items() <= now.items(), "a UID changed after the death of `up`"
    tokens = [token for uid, token in now.items() if uid]
    assert loop.acknowledged - set(tokens) == set(), "acknowledged, and lost"
    assert len(tokens) == len(set(tokens)), "stored twice"
    # The 250 may get lost on its way; then the message is there and its sender does not know.
    assert len(tokens) - len(loop.acknowledged) <= SENDERS * 8
    assert instance.manage("audit_store", "--octets").splitlines()[-1] == "faults 0"
    assert instance.stop() == 0


# A machine that also runs other tests is slower than one that serves mail.
SLOWNESS = 2


def test_clients_wait_while_a_listener_is_started_again(make_instance: Callable[..., Instance]) -> None:
    """`up` holds the sockets: a crash costs a pause, not a refusal."""
    instance = make_instance(MAIL_LISTENERS=1, MAIL_LOG_LEVEL="WARNING").start()
    kill(instance, "manage.py listen")
    with contextlib.closing(instance.smtp()) as client:
        assert client.noop()[0] == 250
    assert instance.stop() == 0

"""`kill -9` of worker, beat and Redis around the moments when something is due: it happens, and happens once.

Send later: never twice, never lost. Undo within the window: it wins, or says that it is too late. Snoozed and followed
up: back once, unread. Real processes; the peer is a real SMTP server that keeps what it takes.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailcore.supervisor import redis
from tests.interop.instance import ROOT
from tests.outbound.peers import Mailhost

pytestmark = [pytest.mark.interop]

UNDO_SECONDS = 2
TRIALS = 120
PATIENCE = 150  # what a killed worker held is due again after a minute (outbound/queue.py)


class Taken(list[Any]):
    """What the peer took, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, item: Any) -> None:
        self.times.append(time.time())
        super().append(item)


class Service:
    """A worker, a beat and a Redis, each of which may be killed and is started again at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.peer = Mailhost()
        self.peer.received = self.taken = Taken()
        for part in ("run", "blobs", "static"):
            (folder / part).mkdir()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MAIL_") and name not in ("DATABASE_URL", "REDIS_URL")
        } | {
            "MAIL_DATA_DIR": str(folder),
            "MAIL_SECRET_KEY": "not a secret: tests only",
            "MAIL_HOSTNAME": "mx.example.org",
            "MAIL_SMART_HOST": f"127.0.0.1:{self.peer.port}",
            "MAIL_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "webmail.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self.commands = {
            "redis": redis.command(folder / "run" / "redis.sock"),
            "worker": [sys.executable, "manage.py", "worker"],
            "beat": [sys.executable, "manage.py", "beat"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.killed: list[tuple[str, float]] = []
        self.log = (folder / "log").open("ab")

    def __enter__(self) -> Service:
        self.peer.__enter__()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=self.environment, check=True
        )
        for name in self.commands:
            self.start(name)
        self.errands = subprocess.Popen(
            [sys.executable, "-m", "tests.interop.errands"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.ask("state")["waiting"] == 0  # it has begun
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.errands, *self.running.values()):
            process.kill()
            process.wait()
        for pipe in (self.errands.stdin, self.errands.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.log.close()
        self.peer.__exit__()

    def start(self, name: str) -> None:
        if name == "redis":
            (self.folder / "run" / "redis.sock").unlink(missing_ok=True)
        self.running[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        """SIGKILL, and another one in its place."""
        self.running[name].kill()
        self.running[name].wait()
        self.killed.append((name, time.time()))
        self.start(name)

    def ask(self, do: str, token: str = "", at: int = 0) -> Any:
        assert self.errands.stdin and self.errands.stdout
        self.errands.stdin.write(json.dumps({"do": do, "token": token, "at": at}) + "\n")
        self.errands.stdin.flush()
        line = self.errands.stdout.readline()
        assert line, (self.folder / "log").read_text()[-4000:]
        return json.loads(line)

    def times_of(self, token: str) -> list[float]:
        """When the peer took this letter."""
        wanted = f"Subject: {token}\r\n".encode()
        return [
            at for item, at in zip(list(self.taken), self.taken.times, strict=False) if wanted in item.body
        ]

    def died_in_the_window(self, first: float) -> bool:
        """A worker was killed between the peer's 250 and our note of it, which nobody can close (RFC 1047)."""
        return any(name == "worker" and 0 <= at - first < 1 for name, at in self.killed)


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("later")) as running:
        yield running


class Trial:
    """Things that are due around the same moment, and what must have become of them."""

    def __init__(self, service: Service, number: int) -> None:
        self.service, self.number = service, number
        self.later: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self.undone: dict[str, str] = {}
        self.back: dict[str, int] = {}

    def plant(self, ahead: int) -> None:
        """Five kinds of things, due `ahead` seconds from now and a second later."""
        for n in range(2):
            token = f"later-{self.number}-{n}"
            self.later[token] = due = int(time.time()) + ahead + n
            self.service.ask("later", token, due)
        token = f"taken-back-{self.number}"
        draft = self.service.ask("later", token, int(time.time()) + ahead)
        self.undone[token] = self.service.ask("cancel", token, draft)
        for what in ("snooze", "remind"):
            token = f"{what}-{self.number}"
            self.back[token] = self.service.ask(what, token, int(time.time()) + ahead)
        token = f"undo-{self.number}"
        self.held[token] = self.service.ask("send", token, UNDO_SECONDS)

    def undo(self) -> None:
        for token, draft in self.held.items():
            self.undone[token] = self.service.ask("undo", token, draft)

    def missing(self, state: dict[str, Any]) -> list[str]:
        """What has not happened yet."""
        sent = [*self.later, *(token for token, said in self.undone.items() if said != "open")]
        asleep = [token for token, number in self.back.items() if not self._is_back(state, token, number)]
        return [token for token in sent if not self.service.times_of(token)] + asleep

    @staticmethod
    def _is_back(state: dict[str, Any], token: str, number: int) -> bool:
        return "Snoozed" not in "".join(state["lying"].get(token, ["Snoozed"])) and number in state["back"]

    def check(self, state: dict[str, Any]) -> int:
        """Everything once; how many letters went twice because a worker died in the one window there is."""
        twice = 0
        for token, due in self.later.items():
            times = self.service.times_of(token)
            assert times, f"{token} is lost"
            assert min(times) >= due, f"{token} left too early"
            twice += self._once(token, times)
        for token, said in self.undone.items():
            times = self.service.times_of(token)
            if said == "open":
                assert times == [], f"{token} was taken back, and sent"
            else:
                assert said == "too late"
                twice += self._once(token, times)
        for token, number in self.back.items():
            places = sorted(state["lying"][token])
            wanted = ["INBOX unread"] if token.startswith("snooze") else ["INBOX unread", "Sent"]
            assert places == wanted, f"{token}: {places}"
            assert state["back"].count(number) == 1
        return twice

    def _once(self, token: str, times: list[float]) -> int:
        if len(times) == 1:
            return 0
        assert len(times) == 2 and self.service.died_in_the_window(times[0]), (
            f"{token} went {len(times)} times"
        )
        return 1


def settle(service: Service, trials: list[Trial]) -> dict[str, Any]:
    """Until everything has happened; then a while longer, in which nothing may happen again."""

    def missing_of(state: dict[str, Any]) -> list[str]:
        return [token for trial in trials for token in trial.missing(state)]

    ends = time.monotonic() + PATIENCE
    while missing := missing_of(service.ask("state")):
        assert time.monotonic() < ends, f"did not happen: {missing}; the queue: {service.ask('queue')}"
        time.sleep(0.2)
    time.sleep(1.5)
    found: dict[str, Any] = service.ask("state")
    assert (found["waiting"], found["failed"]) == (0, 0)
    return found


@pytest.mark.timeout(200)
def test_each_due_thing_happens_once_whoever_dies(service: Service) -> None:
    trial = Trial(service, 0)
    trial.plant(ahead=4)
    for name in ("redis", "worker", "beat"):
        service.kill(name)  # before it is due: nobody is there when the bells would ring
    trial.undo()
    state = settle(service, [trial])
    assert trial.check(state) == 0
    assert trial.undone[next(iter(trial.held))] == "open"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_hundred_and_twenty_trials_with_kills_at_random(service: Service) -> None:
    """Five kinds of things in each: 720 that are due, about 240 kills."""
    chance = random.Random(5)
    trials: list[Trial] = []
    for number in range(TRIALS):
        trials.append(Trial(service, number))
        trials[-1].plant(ahead=3)
        until = time.time() + 3.5
        undo_at = time.time() + chance.uniform(0, 3)
        while time.time() < until:
            time.sleep(chance.uniform(0.1, 1.5))
            if undo_at and time.time() >= undo_at:
                trials[-1].undo()
                undo_at = 0
            service.kill(chance.choice(["worker", "worker", "beat", "redis"]))
        if undo_at:
            trials[-1].undo()
    for name in ("redis", "worker", "beat"):
        service.kill(name)
    state = settle(service, trials)
    twice = sum(trial.check(state) for trial in trials)
    late = [min(service.times_of(token)) - due for trial in trials for token, due in trial.later.items()]
    too_late = sum(said == "too late" for trial in trials for said in trial.undone.values())
    print(
        f"\nkills {len(service.killed)}, letters {len(late)}, twice in the window {twice}, undo too late {too_late},"
        f" late: median {sorted(late)[len(late) // 2]:.2f} s, worst {max(late):.1f} s"
    )
    assert twice <= len(service.killed) / 20

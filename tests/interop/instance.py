"""A whole service as an operator runs it: `manage.py up` in a folder of its own, on ports of its own.

    def test_hello(instance):
        alice = instance.add_account("alice")          # alice@example.org, password "alice's password"
        with instance.smtp() as smtp:                  # port 25, so to speak
            smtp.sendmail("x@remote.test", [alice.address], message)
        with instance.imap(alice) as imap:
            imap.select()

`start(*flags)`, `stop()` (SIGTERM, drains), `kill()` (SIGKILL for every process of it), `start()` again.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import poplib
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).parents[2]
DOORS = ("WEB", "SMTP", "SUBMISSION", "SUBMISSIONS", "IMAP", "IMAPS", "POP3", "POP3S")
GREETED = {"SMTP": b"220 ", "SUBMISSION": b"220 ", "IMAP": b"* OK", "POP3": b"+OK"}

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Person:
    """Someone with an account."""

    address: str
    password: str


class Instance:
    """One running service. `ports` by name of the door: `instance.ports["IMAPS"]`."""

    def __init__(self, folder: Path, domain: str = "example.org", **settings: str | int) -> None:
        """`settings` become environment: `MAIL_OUTBOUND_PORT=2526`, `DATABASE_URL=…`."""
        self.folder = folder
        self.domain = domain
        self.hostname = f"mx.{domain}"
        self.host = str(settings.get("MAIL_BIND", "127.0.0.1"))
        self.ports = dict(zip(DOORS, free_ports(len(DOORS)), strict=True))
        self.ports |= {
            name: int(settings.get(f"MAIL_PORT_{name}", port)) for name, port in self.ports.items()
        }
        self.log = folder / "up.log"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MAIL_")
            and name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
        }
        self.environment |= {
            "MAIL_DATA_DIR": str(folder / "var"),
            "MAIL_HOSTNAME": self.hostname,
            "MAIL_LISTENERS": "2",
            "PYTHONUNBUFFERED": "1",
        }
        self.environment |= {f"MAIL_PORT_{name}": str(port) for name, port in self.ports.items()}
        self.environment |= {name: str(value) for name, value in settings.items()}
        self.process: subprocess.Popen[bytes] | None = None
        self._family: list[psutil.Process] = []

    # --- its life

    def start(self, *flags: str, seconds: float = 60) -> Instance:
        """Start and wait until every door answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--domain", self.domain, *flags],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for name, beginning in GREETED.items():
            eventually(lambda name=name, beginning=beginning: self._greets(name, beginning), seconds)
        eventually(self._answers_http, seconds)
        self._family = self._alive()
        return self

    def _greets(self, name: str, beginning: bytes) -> bool:
        self._must_live()
        try:
            with socket.create_connection((self.host, self.ports[name]), timeout=5) as peer:
                return peer.recv(200).startswith(beginning)
        except OSError:
            return False

    def _answers_http(self) -> bool:
        self._must_live()
        try:
            with urllib.request.urlopen(f"{self.url}/health/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _must_live(self) -> None:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"`manage.py up` ended:\n{self.output()[-4000:]}")

    def _alive(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Its processes; only those with `word` in the command line."""
        found = []
        for process in self._alive():
            with contextlib.suppress(psutil.NoSuchProcess):
                if word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def stop(self, seconds: float = 40) -> int:
        """SIGTERM: it drains. Its exit code."""
        if self.process is None:
            return 0
        self._family = self._alive() or self._family
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"`up` did not drain within {seconds} s:\n{self.output()[-4000:]}") from None
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL, all of it at once: what a power cut leaves of processes."""
        family = self._alive() or self._family
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
        if self.process is not None:
            self.process.wait()
            self.process = None

    def output(self) -> str:
        """Everything it and its children printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # --- what operators do

    def manage(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """What `manage.py …` prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            text=True,
            capture_output=True,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def add_account(self, name: str, password: str = "") -> Person:
        """`alice` or `alice@example.org`; the password is "NAME's password" unless said otherwise."""
        address = name if "@" in name else f"{name}@{self.domain}"
        person = Person(address, password or f"{address.partition('@')[0]}'s password")
        self.manage("create_account", address, stdin=person.password + "\n")
        return person

    # --- what people and servers do

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.ports['WEB']}"

    def smtp(self) -> smtplib.SMTP:
        """As another server would come."""
        return smtplib.SMTP(self.host, self.ports["SMTP"], local_hostname="peer.remote.test", timeout=30)

    def submission(self, person: Person) -> smtplib.SMTP:
        """As a mail program: STARTTLS, then sign in."""
        client = smtplib.SMTP(self.host, self.ports["SUBMISSION"], local_hostname="laptop.test", timeout=30)
        client.starttls(context=trusting())
        client.login(person.address, person.password)
        return client

    @contextlib.contextmanager
    def imap(self, person: Person) -> Iterator[imaplib.IMAP4_SSL]:
        """Signed in over TLS."""
        client = imaplib.IMAP4_SSL(self.host, self.ports["IMAPS"], ssl_context=trusting(), timeout=30)
        try:
            client.login(f'"{person.address}"', person.password)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    @contextlib.contextmanager
    def pop3(self, person: Person) -> Iterator[poplib.POP3_SSL]:
        """Signed in over TLS."""
        client = poplib.POP3_SSL(self.host, self.ports["POP3S"], context=trusting(), timeout=30)
        try:
            client.user(person.address)
            client.pass_(person.password)
            yield client
        finally:
            with contextlib.suppress(OSError, poplib.error_proto):
                client.quit()

    def messages(self, person: Person, mailbox: str = "INBOX") -> list[bytes]:
        """The octets of every message in a mailbox, as IMAP gives them."""
        with self.imap(person) as imap:
            status, answer = imap.select(f'"{mailbox}"', readonly=True)
            assert status == "OK", answer
            if answer == [b"0"]:
                return []
            _, data = imap.fetch("1:*", "(BODY.PEEK[])")
            return [item[1] for item in data if isinstance(item, tuple)]

    def subjects(self, person: Person, mailbox: str = "INBOX") -> list[str]:
        """The Subject lines of a mailbox, oldest first."""
        found = []
        for raw in self.messages(person, mailbox):
            match = re.search(rb"^Subject: ([^\r]*)", raw, re.M | re.I)
            found.append(match[1].decode() if match else "")
        return found


def trusting() -> ssl.SSLContext:
    """TLS towards our self-signed certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on right now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def eventually(question: Callable[[], Answer], seconds: float = 20) -> Answer:
    """Ask until the answer is truthy; it."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return answer

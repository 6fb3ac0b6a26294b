"""A line to a next hop: TCP, TLS, lines and replies, with a limit on everything. RFC 5321 §4.2, §4.5.3; RFC 3207.

The peer is a stranger: every reply has a deadline as a whole (a peer that sends one octet a minute gains nothing),
lines and replies have limits, and whatever was sent in the clear before TLS began is forgotten (SECURITY E18, F22).
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

from mailcore.outbound import tls_policy
from mailcore.outbound.reply import Reply, clean, heard, ours
from mailcore.outbound.tls_policy import Policy

MOST_LINE = 2_048
MOST_LINES = 256  # of one reply
READ_SIZE = 16_384
SEND_SIZE = 64 << 10
MOST_NOTES = 400


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each step as a whole: RFC 5321 §4.5.3.2."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    final: float = 600
    quit: float = 2


PATIENCE = Timeouts()


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to. `host` is the name we were sent to, `address` one of its addresses."""

    host: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}[{self.address}]:{self.port}"


class Unreachable(Exception):
    """No conversation came about with this target, or it ended before a letter began."""

    def __init__(self, reply: Reply, transcript: Sequence[str] = ()) -> None:
        super().__init__(str(reply))
        self.reply = reply
        self.transcript = tuple(transcript)


class TlsFailed(Unreachable):
    """STARTTLS was offered and did not work."""


class Broken(Exception):
    """The conversation cannot go on."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class Channel:
    """An open line. `said` is what the transcript of everything on it begins with."""

    def __init__(self, target: Target, timeouts: Timeouts) -> None:
        self.target = target
        self.tls = ""  # version and cipher, '' in the clear
        self.said: list[str] = []
        self.is_open = True
        self._timeouts = timeouts
        self._sock: socket.socket | None = None
        self._buffer = b""
        self._log = self.said

    def open(self, policy: Policy) -> None:
        """TCP, and TLS where it comes first."""
        self._note(f"-- connect to {self.target}")
        try:
            self._sock = socket.create_connection(
                (self.target.address, self.target.port), self._timeouts.connect
            )
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as problem:
            why = clean(problem.strerror or str(problem) or "no answer")
            self._note(f"-- {why}")
            raise Unreachable(ours(421, "4.4.1", f"{self.target}: {why}"), self.said) from None
        if policy.is_implicit:
            self._begin_tls(policy)

    def _begin_tls(self, policy: Policy) -> None:
        assert self._sock is not None
        if self._buffer:
            # Said in the clear, before the lock: whoever it was from, it was not for us (RFC 3207 §6).
            self._note(f"-- {len(self._buffer)} octets sent before TLS were thrown away")
            self._buffer = b""
        try:
            self._sock.settimeout(self._timeouts.command)
            context = tls_policy.context(policy.verifies)
            self._sock = context.wrap_socket(self._sock, server_hostname=self.target.host)
        except (OSError, ValueError) as problem:  # ssl.SSLError and CertificateError are OSErrors
            why = clean(
                getattr(problem, "verify_message", "") or getattr(problem, "reason", "") or str(problem)
            )
            self._note(f"-- TLS failed: {why}")
            raise TlsFailed(ours(451, "4.7.5", f"{self.target}: TLS failed: {why}"), self.said) from None
        cipher = self._sock.cipher()
        self.tls = f"{self._sock.version()} {cipher[0] if cipher else ''}".strip()
        self._note(f"-- {self.tls}{', verified' if policy.verifies else ''}")

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def is_quiet(self) -> bool:
        """Whether an idle conversation may be taken up again: a peer that spoke or hung up meanwhile is done."""
        if not self.is_open or self._sock is None or self._buffer:
            return False
        try:
            self._sock.settimeout(0)
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def _send(self, line: bytes, note: str = "") -> None:
        self._note(note or "C: " + line.decode("utf-8", "replace").rstrip())
        self._send_quietly(line)

    def _send_quietly(self, data: bytes) -> None:
        if self._sock is None:
            raise Broken(ours(421, "4.4.2", f"{self.target}: connection is closed"))
        view = memoryview(data)
        try:
            for start in range(0, len(view), SEND_SIZE):
                self._sock.settimeout(self._timeouts.block)
                self._sock.sendall(view[start : start + SEND_SIZE])
        except OSError as problem:
            raise Broken(self._last_words() or self._lost(problem)) from None

    def _last_words(self) -> Reply | None:
        """A peer that hangs up in the middle of a body has perhaps said why."""
        try:
            reply = self._read_reply(self._timeouts.quit)
        except Broken:
            return None
        return None if reply.is_positive else reply

    def _read_reply(self, seconds: float) -> Reply:
        return self._read_lines(seconds)[0]

    def _read_lines(self, seconds: float) -> tuple[Reply, list[bytes]]:
        deadline = time.monotonic() + seconds
        lines: list[bytes] = []
        first = b""
        while True:
            line = self._read_line(deadline)
            self._note("S: " + clean(line.decode("utf-8", "replace")))
            code, mark = line[:3], line[3:4]
            if not (code.isdigit() and len(code) == 3 and b"2" <= code < b"6") or mark not in (
                b" ",
                b"-",
                b"",
            ):
                raise Broken(ours(421, "4.5.0", f"{self.target} answers in no language we know"))
            if first and code != first:
                raise Broken(ours(421, "4.5.0", f"{self.target} changed its mind within one reply"))
            first = code
            lines.append(line[4:])
            if mark != b"-":
                return heard(int(code), lines), lines
            if len(lines) >= MOST_LINES:
                raise Broken(ours(421, "4.5.0", f"{self.target} does not stop talking"))

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MOST_LINE:
                raise Broken(ours(421, "4.5.0", f"{self.target} sends a line without end"))
            self._buffer += self._receive(deadline)
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        if len(line) > MOST_LINE:
            raise Broken(ours(421, "4.5.0", f"{self.target} sends a line without end"))
        return line.rstrip(b"\r")

    def _receive(self, deadline: float) -> bytes:
        if self._sock is None:
            raise Broken(ours(421, "4.4.2", f"{self.target}: connection is closed"))
        left = deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
            data = self._sock.recv(READ_SIZE)
        except OSError as problem:
            raise Broken(self._lost(problem)) from None
        if not data:
            self._note("-- hung up")
            raise Broken(ours(421, "4.4.2", f"{self.target} hung up"))
        return data

    def _lost(self, problem: OSError) -> Reply:
        if isinstance(problem, TimeoutError):
            self._note("-- no answer in time")
            return ours(421, "4.4.2", f"{self.target} did not answer in time")
        why = clean(problem.strerror or str(problem) or "connection lost")
        self._note(f"-- {why}")
        return ours(421, "4.4.2", f"{self.target}: {why}")

    def _note(self, line: str) -> None:
        if len(self._log) < 400:
            self._log.append(line)

    def _note_command(self, command: bytes) -> None:
        self._note("C: " + command.decode("utf-8", "replace").rstrip())

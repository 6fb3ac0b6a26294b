"""One connection to a next hop: RFC 5321, and what the peer offers of PIPELINING (RFC 2920), SIZE (RFC 1870),
8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), DSN (RFC 3461), STARTTLS (RFC 3207) and AUTH (RFC 4954).

Blocking sockets, one thread a connection. The peer is a stranger: every reply has a deadline as a whole (a peer
that sends one octet a minute gains nothing), lines and replies have limits, and whatever was sent in the clear
before TLS began is forgotten (SECURITY E18, F22).

With PIPELINING a steady stream costs one round trip a message: the commands of the next one leave together with
the end of this one, and its body only after its own 354.
"""

from __future__ import annotations

import base64
import logging
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mailcore.outbound import tls_policy
from mailcore.outbound.content import Content, stuffed
from mailcore.outbound.reply import Reply, clean, heard, ours
from mailcore.outbound.tls_policy import Policy

log = logging.getLogger(__name__)

MOST_LINE = 2_048
MOST_LINES = 256  # of one reply
READ_SIZE = 16_384
SEND_SIZE = 64 << 10
SAYABLE = re.compile(r"[^\0-\x20\x7f<>]*\Z|\"[^\0-\x1f\x7f]*\"@[^\0-\x20\x7f<>]+\Z")


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


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to. `host` is the name we were sent to, `address` one of its addresses."""

    host: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}[{self.address}]:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a smart host."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One RCPT. `id` is the caller's; NOTIFY and ORCPT are passed on as they came: RFC 3461 §4.1, §4.2."""

    id: int
    address: str
    notify: str = ""
    orcpt: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail transaction."""

    sender: str
    recipients: tuple[Addressee, ...]
    content: Content
    wants_utf8: bool = False  # its header may hold addresses in UTF-8
    ret: str = ""
    envid: str = ""

    @property
    def needs_utf8(self) -> bool:
        return (
            not self.sender.isascii()
            or any(not one.address.isascii() for one in self.recipients)
            or (self.wants_utf8 and self.content.header_is_8bit)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter: a reply per recipient, in their order, and what was said (bodies left out)."""

    letter: Letter
    replies: tuple[Reply, ...]
    transcript: tuple[str, ...]


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


def connect(
    target: Target,
    hello: str,
    policy: Policy = tls_policy.OPPORTUNISTIC,
    credentials: Credentials | None = None,
    timeouts: Timeouts = Timeouts(),
) -> Peer:
    """Open a conversation up to the point where MAIL may be said. Raises `Unreachable`.

    Opportunistic TLS that fails is tried again without (RFC 7435 §3): but never with a password.
    """
    if credentials and policy == tls_policy.OPPORTUNISTIC:
        policy = Policy("must")
    try:
        return _connect(target, hello, policy, credentials, timeouts)
    except TlsFailed as problem:
        if policy.is_required:
            raise
        again = _connect(target, hello, tls_policy.NONE, credentials, timeouts)
        again.said[:0] = [*problem.transcript, "-- TLS did not work; once more without"]
        return again


def _connect(
    target: Target, hello: str, policy: Policy, credentials: Credentials | None, timeouts: Timeouts
) -> Peer:
    peer = Peer(target, hello, timeouts)
    try:
        peer.open(policy)
        peer.greet(policy)
        if credentials:
            peer.authenticate(credentials)
    except Broken as problem:
        peer.close()
        raise Unreachable(problem.reply, peer.said) from None
    except Unreachable:
        peer.close()
        raise
    return peer


class Peer:
    """An open conversation. Use `connect` to get one."""

    def __init__(self, target: Target, hello: str, timeouts: Timeouts) -> None:
        self.target = target
        self.extensions: dict[str, str] = {}
        self.tls = ""  # version and cipher, '' in the clear
        self.said: list[str] = []  # the opening of the conversation
        self.sent = 0  # letters in this conversation
        self.is_open = True
        self._hello = hello
        self._timeouts = timeouts
        self._sock: socket.socket | None = None
        self._buffer = b""
        self._log = self.said

    # --- opening

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

    def greet(self, policy: Policy) -> None:
        """Greeting, EHLO, STARTTLS, EHLO."""
        greeting = self._read_reply(self._timeouts.greeting)
        if greeting.code != 220:
            raise Unreachable(_for_now(greeting), self.said)
        self._say_hello()
        if policy.starttls == "never":
            return
        if "STARTTLS" not in self.extensions:
            if policy.is_required:
                raise Unreachable(ours(451, "4.7.10", f"{self.target} does not offer STARTTLS"), self.said)
            return
        self._send(b"STARTTLS\r\n")
        answer = self._read_reply(self._timeouts.command)
        if answer.code != 220:
            if policy.is_required:
                raise Unreachable(_for_now(answer), self.said)
            return
        self._begin_tls(policy)
        self._say_hello()

    def _begin_tls(self, policy: Policy) -> None:
        assert self._sock is not None
        if self._buffer:
            # Said in the clear, before the lock: whoever it was from, it was not for us (RFC 3207 §6).
            self._note(f"-- {len(self._buffer)} octets sent before TLS were thrown away")
            self._buffer = b""
        self.extensions = {}
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

    def _say_hello(self) -> None:
        self._send(_command(f"EHLO {self._hello}"))
        answer, lines = self._read_lines(self._timeouts.command)
        if answer.code == 250:
            self.extensions = {}
            for line in lines[1:]:
                keyword, _, value = (
                    line.decode("ascii", "replace").strip().replace("=", " ", 1).partition(" ")
                )
                self.extensions[keyword.upper()] = value.strip()
            return
        if not answer.is_permanent:
            raise Unreachable(answer, self.said)
        self._send(_command(f"HELO {self._hello}"))
        answer = self._read_reply(self._timeouts.command)
        if not answer.is_positive:
            raise Unreachable(_for_now(answer), self.said)

    def authenticate(self, credentials: Credentials) -> None:
        """AUTH PLAIN or LOGIN: RFC 4954, RFC 4616. What fails here is ours to mend: mail waits."""
        offered = self.extensions.get("AUTH", "").upper().split()
        name, password = credentials.username.encode(), credentials.password.encode()
        if "PLAIN" in offered:
            answer = self._ask_secretly(b"AUTH PLAIN " + base64.b64encode(b"\0" + name + b"\0" + password))
        elif "LOGIN" in offered:
            answer = self._ask_secretly(b"AUTH LOGIN")
            for secret in (name, password):
                if answer.code == 334:
                    answer = self._ask_secretly(base64.b64encode(secret))
        else:
            raise Unreachable(ours(451, "4.7.4", f"{self.target} offers no AUTH that we speak"), self.said)
        if answer.code != 235:
            raise Unreachable(_for_now(answer), self.said)

    def _ask_secretly(self, line: bytes) -> Reply:
        self._send(line + b"\r\n", note="C: " + ("AUTH (secret)" if line.startswith(b"AUTH") else "(secret)"))
        return self._read_reply(self._timeouts.command)

    # --- letters

    def deliver(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Hand over letters, one after the other; an outcome for each.

        Ends early, with `is_open` False, when the conversation broke: letters without an outcome were not begun.
        """
        waiting = iter(letters)
        announced: _Announced | None = None
        while self.is_open:
            if announced is None:
                letter = next(waiting, None)
                if letter is None:
                    return
                if refusal := self._cannot_carry(letter):
                    yield Outcome(letter, (refusal,) * len(letter.recipients), tuple(self.said))
                    continue
                announced = self._announce(letter)
            refused: list[Outcome] = []
            current, announced = announced, None
            try:
                replies, announced = self._transact(current, waiting, refused)
            except Broken as problem:
                self.close()
                if self.sent and current.mail is None:
                    return  # a peer that has had enough for one conversation: the next one takes this letter
                replies = current.settled(problem.reply)
            self.sent += 1
            yield Outcome(current.letter, tuple(replies), (*self.said, *current.log))
            yield from refused

    def _cannot_carry(self, letter: Letter) -> Reply | None:
        if not all(
            SAYABLE.match(address) for address in (letter.sender, *(r.address for r in letter.recipients))
        ):
            return ours(553, "5.1.3", "the address cannot be said in SMTP")
        content = letter.content
        limit = self.extensions.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < content.size:
            return ours(
                552,
                "5.3.4",
                f"{self.target.host} takes at most {limit} octets, this message has {content.size}",
            )
        if letter.needs_utf8 and "SMTPUTF8" not in self.extensions:
            return ours(553, "5.6.7", f"{self.target.host} does not take addresses beyond ASCII (SMTPUTF8)")
        if content.is_8bit and "8BITMIME" not in self.extensions:
            return ours(554, "5.6.3", f"{self.target.host} does not take 8-bit text (8BITMIME)")
        return None

    def _announce(self, letter: Letter, behind: bytes = b"") -> _Announced:
        """Say what may be said ahead: all of the envelope to a pipelining peer, MAIL to any other."""
        commands = [self._mail(letter)]
        if self.pipelines:
            commands += [self._rcpt(one) for one in letter.recipients]
            commands.append(b"DATA\r\n")
        announced = _Announced(letter)
        self._log = announced.log
        for command in commands:
            self._note_command(command)
        self._send_quietly(behind + b"".join(commands))
        return announced

    @property
    def pipelines(self) -> bool:
        return "PIPELINING" in self.extensions

    def _transact(
        self, current: _Announced, waiting: Iterator[Letter], refused: list[Outcome]
    ) -> tuple[list[Reply], _Announced | None]:
        """Finish an announced letter; perhaps announce the next one in the same breath."""
        self._log = current.log
        letter = current.letter
        mail = self._read_reply(self._timeouts.command)
        if mail.code == 421:
            raise Broken(mail)
        current.mail = mail
        if not self.pipelines and not mail.is_positive:
            self._reset()
            return current.settled(mail), None
        for one in letter.recipients:
            if not self.pipelines:
                self._send(self._rcpt(one))
            current.rcpts.append(self._read_reply(self._timeouts.command))
        if not self.pipelines:
            if not current.has_accepted:
                self._reset()
                return current.settled(mail), None
            self._send(b"DATA\r\n")
        data = self._read_reply(self._timeouts.data)
        if data.code != 354:
            if data.is_positive:
                raise Broken(ours(421, "4.5.0", f"{self.target} answered DATA with {data.code}"))
            self._reset()
            return current.settled(data), None
        if not current.has_accepted:
            self._send(b".\r\n")  # 354 without a recipient: an empty message ends it (RFC 2920 §3.1)
            self._read_reply(self._timeouts.final)
            self._reset()
            return current.settled(data), None
        return self._send_body(current, waiting, refused)

    def _send_body(
        self, current: _Announced, waiting: Iterator[Letter], refused: list[Outcome]
    ) -> tuple[list[Reply], _Announced | None]:
        content = current.letter.content
        held = self._send_all_but_the_end(content)
        self._note(f"C: ({content.size} octets of message)")
        self._note("C: .")
        held += b".\r\n"
        announced = None
        if self.pipelines:
            following = self._next(waiting, refused)
            if following:
                announced = self._announce(following, behind=held)
                held = b""
                self._log = current.log
        if held:
            self._send_quietly(held)
        final = self._read_reply(self._timeouts.final)
        if final.code == 421:
            self.close()
        return current.settled(final), announced if self.is_open else None

    def _send_all_but_the_end(self, content: Content) -> bytes:
        """What is left to be sent together with the final dot; nothing is left of a body that broke off."""
        held = b""
        blocks = stuffed(content.blocks())
        while True:
            try:
                block = next(blocks, None)
            except Exception as problem:  # whatever the storage raises: without its dot the peer forgets it
                log.exception("body-broke-off target=%s", self.target)
                raise Broken(ours(451, "4.3.0", "The message could not be read to its end")) from problem
            if block is None:
                return held
            held += block
            if len(held) >= SEND_SIZE:
                self._send_quietly(held)
                held = b""

    def _next(self, waiting: Iterator[Letter], refused: list[Outcome]) -> Letter | None:
        for letter in waiting:
            refusal = self._cannot_carry(letter)
            if refusal is None:
                return letter
            refused.append(Outcome(letter, (refusal,) * len(letter.recipients), tuple(self.said)))
        return None

    def _mail(self, letter: Letter) -> bytes:
        words = [f"MAIL FROM:<{letter.sender}>"]
        if "SIZE" in self.extensions:
            words.append(f"SIZE={letter.content.size}")
        if "8BITMIME" in self.extensions and letter.content.is_8bit:
            words.append("BODY=8BITMIME")
        if letter.needs_utf8:
            words.append("SMTPUTF8")
        if "DSN" in self.extensions:
            words += [f"RET={letter.ret}"] if letter.ret else []
            words += [f"ENVID={xtext(letter.envid)}"] if letter.envid else []
        return _command(" ".join(words))

    def _rcpt(self, one: Addressee) -> bytes:
        words = [f"RCPT TO:<{one.address}>"]
        if "DSN" in self.extensions:
            words += [f"NOTIFY={one.notify}"] if one.notify else []
            words += [f"ORCPT={one.orcpt}"] if one.orcpt else []
        return _command(" ".join(words))

    def _reset(self) -> None:
        """Leave the transaction behind; a peer that cannot even do that is left."""
        if not self.is_open:
            return
        try:
            self._send(b"RSET\r\n")
            if self._read_reply(self._timeouts.command).code != 250:
                self.close()
        except Broken:
            self.close()

    # --- ending

    def quit(self) -> None:
        """QUIT, politely but without waiting long."""
        if self.is_open and self._sock is not None:
            try:
                self._log = []
                self._send(b"QUIT\r\n")
                self._read_reply(self._timeouts.quit)
            except Broken:
                pass
        self.close()

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

    # --- the wire

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


class _Announced:
    """A letter whose envelope has been said, and what was answered so far."""

    __slots__ = ("letter", "log", "mail", "rcpts")

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.log: list[str] = []
        self.mail: Reply | None = None
        self.rcpts: list[Reply] = []

    @property
    def has_accepted(self) -> bool:
        return (
            self.mail is not None and self.mail.is_positive and any(reply.is_positive for reply in self.rcpts)
        )

    def settled(self, final: Reply) -> list[Reply]:
        """A reply per recipient: its own refusal, or what was said to all of them in the end."""
        if self.mail is not None and not self.mail.is_positive:
            return [self.mail] * len(self.letter.recipients)
        if final.is_positive and final.code == 354:
            final = ours(451, "4.5.0", "the peer accepted no recipient")
        replies = list(self.rcpts)
        replies += [final] * (len(self.letter.recipients) - len(replies))
        return [final if reply.is_positive else reply for reply in replies]


def xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII but `+` and `=`; the rest as +HH."""
    return "".join(
        c if 33 <= ord(c) <= 126 and c not in "+=" else "".join(f"+{byte:02X}" for byte in c.encode())
        for c in text
    )


def _command(line: str) -> bytes:
    """One line and nothing but one line: no value, whoever wrote it, carries a second command."""
    return line.replace("\r", "").replace("\n", "").replace("\0", "").encode("utf-8", "replace") + b"\r\n"


def _for_now(reply: Reply) -> Reply:
    """A refusal of the conversation is not yet one of the mail: another host, or another hour, may take it."""
    if not reply.is_permanent:
        return reply
    return Reply(
        reply.code - 100, "4" + reply.enhanced[1:] if reply.enhanced else "", reply.text, reply.is_ours
    )

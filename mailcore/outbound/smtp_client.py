"""One connection to a next hop: RFC 5321, and what the peer offers of PIPELINING (RFC 2920), SIZE (RFC 1870),
8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), DSN (RFC 3461), STARTTLS (RFC 3207) and AUTH (RFC 4954).

Blocking sockets (`channel`), one thread a connection.

With PIPELINING a steady stream costs one round trip a message: the commands of the next one leave together with
the end of this one, and its body only after its own 354.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mailcore.outbound import tls_policy
from mailcore.outbound.channel import (
    PATIENCE,
    SEND_SIZE,
    Broken,
    Channel,
    Target,
    Timeouts,
    TlsFailed,
    Unreachable,
)
from mailcore.outbound.content import Content, stuffed
from mailcore.outbound.letter import Addressee, Announced, Letter, Outcome, xtext
from mailcore.outbound.reply import Reply, ours
from mailcore.outbound.tls_policy import Policy

log = logging.getLogger(__name__)

SAYABLE = re.compile(r"[^\0-\x20\x7f<>]*\Z|\"[^\0-\x1f\x7f]*\"@[^\0-\x20\x7f<>]+\Z")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a smart host."""

    username: str
    password: str = field(repr=False)


def connect(
    target: Target,
    hello: str,
    policy: Policy = tls_policy.OPPORTUNISTIC,
    credentials: Credentials | None = None,
    timeouts: Timeouts = PATIENCE,
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


class Peer(Channel):
    """An open conversation. Use `connect` to get one."""

    def __init__(self, target: Target, hello: str, timeouts: Timeouts) -> None:
        super().__init__(target, timeouts)
        self.extensions: dict[str, str] = {}
        self.sent = 0  # letters in this conversation
        self._hello = hello

    # --- opening

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
        self.extensions = {}
        self._begin_tls(policy)
        self._say_hello()

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
        announced: Announced | None = None
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

    def _announce(self, letter: Letter, behind: bytes = b"") -> Announced:
        """Say what may be said ahead: all of the envelope to a pipelining peer, MAIL to any other."""
        commands = [self._mail(letter)]
        if self.pipelines:
            commands += [self._rcpt(one) for one in letter.recipients]
            commands.append(b"DATA\r\n")
        announced = Announced(letter)
        self._log = announced.log
        for command in commands:
            self._note_command(command)
        self._send_quietly(behind + b"".join(commands))
        return announced

    @property
    def pipelines(self) -> bool:
        return "PIPELINING" in self.extensions

    def _transact(
        self, current: Announced, waiting: Iterator[Letter], refused: list[Outcome]
    ) -> tuple[list[Reply], Announced | None]:
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
        self, current: Announced, waiting: Iterator[Letter], refused: list[Outcome]
    ) -> tuple[list[Reply], Announced | None]:
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

"""Next hops for the relay to meet: one that follows a script, however hostile, and one that is a decent server."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any


class Conversation:
    """One accepted connection, from the server's side, blocking."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def say(self, *lines: bytes | str) -> None:
        for line in lines:
            raw = line.encode() if isinstance(line, str) else line
            self.sock.sendall(raw if raw.endswith(b"\n") else raw + b"\r\n")

    def hear(self) -> bytes:
        """One line, without its CRLF; b"" when the client has gone."""
        while b"\r\n" not in self._buffer:
            data = self.sock.recv(65536)
            if not data:
                return b""
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def hear_body(self) -> bytes:
        """A message up to its final dot, as it came over the wire (still stuffed)."""
        while b"\r\n.\r\n" not in b"\r\n" + self._buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError
            self._buffer += data
        body, _, self._buffer = (b"\r\n" + self._buffer).partition(b"\r\n.\r\n")
        return (body + b"\r\n")[2:]

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._buffer = b""
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def hello(self, *extensions: str) -> None:
        """Greet and answer EHLO."""
        self.say("220 peer.example ESMTP")
        self.hear()
        lines = ["peer.example", *extensions]
        self.say(*(f"250{' ' if n == len(lines) - 1 else '-'}{line}" for n, line in enumerate(lines)))


class Peer:
    """Runs `script(conversation)` for every connection, each on a thread of its own."""

    def __init__(self, script: Callable[[Conversation], Any], host: str = "127.0.0.1", port: int = 0) -> None:
        self._script = script
        self.connections = 0
        self.errors: list[BaseException] = []
        self._open: list[Conversation] = []
        self._listener = socket.create_server((host, port), backlog=64)
        self.host, self.port = self._listener.getsockname()[:2]

    def __enter__(self) -> Peer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conversation in self._open:
            with suppress(OSError):
                conversation.sock.shutdown(socket.SHUT_RDWR)
            conversation.sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(Conversation(sock))
            threading.Thread(target=self._run, args=(self._open[-1],), daemon=True).start()

    def _run(self, conversation: Conversation) -> None:
        try:
            self._script(conversation)
        except OSError:
            pass
        except BaseException as problem:
            self.errors.append(problem)
        finally:
            conversation.sock.close()


@dataclass
class Received:
    """One message that a `Mailhost` took."""

    sender: str
    recipients: list[str]
    body: bytes  # unstuffed
    commands: list[str] = field(default_factory=list)
    connection: int = 0
    is_tls: bool = False


class Mailhost(Peer):
    """A decent ESMTP server: keeps what it takes, refuses what it is told to.

    `refuse` maps a recipient (or "DATA", "MAIL", ".") to the reply it gets instead of 250.
    """

    def __init__(
        self,
        *,
        extensions: tuple[str, ...] = (
            "PIPELINING",
            "SIZE 52428800",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ),
        refuse: dict[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        most_letters: int = 1 << 30,
        users: dict[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(self._serve, host, port)
        self.extensions = extensions
        self.refuse = refuse or {}
        self.tls = tls
        self.users = users or {}
        self.most_letters = most_letters
        self.received: list[Received] = []

    def wait(self, count: int, seconds: float = 10) -> list[Received]:
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.received) >= count, f"{len(self.received)} of {count} arrived"
        return self.received

    def _serve(self, c: Conversation) -> None:
        number = self.connections
        c.say(self.refuse.get("connect", "220 peer.example ESMTP"))
        sender, recipients, commands = "", [], []
        is_tls = False
        taken = 0
        while line := c.hear().decode():
            verb = line.split(":")[0].upper()
            commands.append(line)
            if verb.startswith("EHLO"):
                offered = [*self.extensions, *(["STARTTLS"] if self.tls and not is_tls else [])]
                offered += ["AUTH PLAIN LOGIN"] if self.users else []
                lines = ["peer.example", *offered]
                c.say(*(f"250{' ' if n == len(lines) - 1 else '-'}{text}" for n, text in enumerate(lines)))
            elif verb.startswith("HELO"):
                c.say("250 peer.example")
            elif verb == "STARTTLS":
                c.say("220 2.0.0 go ahead")
                c.start_tls(self.tls)
                is_tls = True
            elif verb.startswith("AUTH PLAIN"):
                import base64

                _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                c.say("235 2.7.0 welcome" if self.users.get(user) == password else "535 5.7.8 who are you")
            elif verb == "MAIL FROM":
                if taken >= self.most_letters:
                    c.say("421 4.3.2 enough for one conversation")
                    return
                sender, recipients = line.split("<", 1)[1].split(">")[0], []
                c.say(self.refuse.get("MAIL", "250 2.1.0 sender ok"))
            elif verb == "RCPT TO" and "MAIL" in self.refuse:
                c.say("503 5.5.1 MAIL first")
            elif verb == "RCPT TO":
                address = line.split("<", 1)[1].split(">")[0]
                answer = self.refuse.get(address, "250 2.1.5 recipient ok")
                recipients += [address] if answer.startswith("2") else []
                c.say(answer)
            elif verb == "DATA":
                if not recipients or "DATA" in self.refuse:
                    c.say(self.refuse.get("DATA", "554 5.5.1 no valid recipients"))
                    continue
                c.say("354 go ahead")
                raw = c.hear_body()
                body = raw.replace(b"\r\n..", b"\r\n.")
                body = body[1:] if body.startswith(b".") else body
                answer = self.refuse.get(".", f"250 2.0.0 taken as {len(self.received)}")
                if answer.startswith("2"):
                    self.received.append(Received(sender, recipients, body, commands, number, is_tls))
                    taken += 1
                sender, recipients, commands = "", [], []
                c.say(answer)
            elif verb == "RSET":
                c.say("250 2.0.0 ok")
            elif verb == "QUIT":
                c.say("221 2.0.0 bye")
                return
            else:
                c.say("502 5.5.1 what?")

"""IMAP4rev1 from the other side (RFC 3501), over imaplib: bounded in time and in memory, whoever answers.

The server is a stranger whose name a user typed. We connect to the address that was looked at (mailcore/
public_address.py), believe no length it announces beyond what we asked for, and hang up on a command that takes too
long. Certificates are checked; without TLS nothing is said, except within networks that the operator named.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings

from mailcore import public_address
from mailcore.public_address import NotPublic
from mailcore.store.errors import MailError
from mailcore.transfer import wire
from mailcore.transfer.errors import (
    NotCertified,
    NotMailServer,
    NotReachable,
    NotSecure,
    SignInRefused,
    Unavailable,
)
from mailcore.transfer.wire import Folder, Listed

SILENT_SECONDS = 30
COMMAND_SECONDS = 120.0
PIECE = 1 << 20  # of a big message
MOST_LINE = 16 << 20  # SEARCH answers with a line for a million messages
MOST_LITERAL = 9 << 20
MOST_ANSWER = 48 << 20  # of one command
PORTS = (143, 993)
Answer = TypeVar("Answer")
TLS, STARTTLS, PLAIN = "tls", "starttls", "plain"


@dataclass(frozen=True, slots=True)
class Server:
    """Where somebody's mail is."""

    host: str
    port: int
    security: str
    user: str


class _Wire(imaplib.IMAP4):
    """imaplib, connected to an address that was looked at, and with less patience."""

    def __init__(self, server: Server, address: str) -> None:
        self._server, self._address = server, address
        self._heard = 0
        super().__init__(server.host, server.port, SILENT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        raw = socket.create_connection((self._address, self._server.port), timeout)
        if self._server.security != TLS:
            return raw
        try:
            return ssl.create_default_context().wrap_socket(raw, server_hostname=self._server.host)
        except BaseException:
            raw.close()
            raise

    def read(self, size: int) -> bytes:
        """A literal."""
        if size > MOST_LITERAL:
            raise self.abort("a literal that nobody asked for")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        """A line."""
        line: bytes = self.file.readline(MOST_LINE + 1)  # type: ignore[assignment]
        if len(line) > MOST_LINE:
            raise self.abort("a line without an end")
        return self._counted(line)

    def _counted(self, octets: bytes) -> bytes:
        self._heard += len(octets)
        if self._heard > MOST_ANSWER:
            raise self.abort("an answer without an end")
        return octets

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Hang up if what is in the block takes longer than any answer may."""
        self._heard = 0
        timer = threading.Timer(COMMAND_SECONDS, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class Client:
    """A session with another server. Raises the errors of this room, and no others."""

    def __init__(self, server: Server, password: str) -> None:
        self._wire = _translated(lambda: _connect(server))
        try:
            self._do(lambda: _sign_in(self._wire, server, password))
        except BaseException:
            self.close()
            raise
        self.has_labels = "X-GM-EXT-1" in self._wire.capabilities

    def folders(self) -> list[Folder]:
        """All that can be opened."""
        answer = self._do(lambda: self._wire.list())
        return [folder for folder in wire.folders(answer) if folder.can_be_opened]

    def count(self, folder: Folder) -> int:
        """Messages in it (STATUS)."""
        name = wire.astring(folder.raw).decode("latin1")
        answer = self._do(lambda: self._wire.status(name, "(MESSAGES)"), may_fail=True)
        text = b" ".join(line for line, _ in wire.lines(answer)).upper()
        number = text.rpartition(b"MESSAGES ")[2].split(b")")[0].strip()
        return int(number) if number.isdigit() and len(number) < 12 else 0

    def open(self, folder: Folder) -> int | None:
        """Its UIDVALIDITY; None: it cannot be opened after all."""
        name = wire.astring(folder.raw).decode("latin1")
        answer = self._do(lambda: self._wire.select(name, readonly=True), may_fail=True)
        if answer == [None]:
            return None
        validity = self._wire.response("UIDVALIDITY")[1]
        first = validity[0] if validity else None
        return int(first) if isinstance(first, bytes) and first.isdigit() else 0

    def uids_after(self, uid: int) -> list[int]:
        """Ascending. `n:*` names the last message even if its UID is smaller (RFC 3501 §6.4.8)."""
        answer = self._do(lambda: self._wire.uid("SEARCH", "UID", f"{uid + 1}:*"))
        numbers = b" ".join(line for line, _ in wire.lines(answer)).split()
        return sorted({int(number) for number in numbers if number.isdigit() and uid < int(number) < 1 << 32})

    def listed(self, uids: list[int]) -> list[Listed]:
        """Flags, date and size, ascending by UID."""
        labels = " X-GM-LABELS" if self.has_labels else ""
        items = f"(UID FLAGS INTERNALDATE RFC822.SIZE{labels})"
        answer = self._do(lambda: self._wire.uid("FETCH", _numbers(uids), items))
        wanted = set(uids)
        found = {item.uid: item for item in wire.listed(answer) if item.uid in wanted}
        return [found[uid] for uid in sorted(found)]

    def bodies(self, uids: list[int]) -> dict[int, bytes]:
        """The octets of small messages."""
        answer = self._do(lambda: self._wire.uid("FETCH", _numbers(uids), "(UID BODY.PEEK[])"))
        return dict(wire.bodies(answer))

    def pieces(self, uid: int) -> Iterator[bytes]:
        """The octets of one message of whatever size, a mebibyte at a time."""
        start = 0
        while True:
            items = f"(UID BODY.PEEK[]<{start}.{PIECE}>)"
            answer = self._do(lambda items=items: self._wire.uid("FETCH", str(uid), items))  # type: ignore[misc]
            piece = dict(wire.bodies(answer)).get(uid, b"")[:PIECE]
            if piece:
                yield piece
            if len(piece) < PIECE:
                return
            start += len(piece)

    def close(self) -> None:
        """Without waiting for the other side's farewell."""
        with suppress(OSError):
            self._wire.shutdown()

    def _do(self, command: Callable[[], tuple[str, list[Any]]], *, may_fail: bool = False) -> list[Any]:
        def ask() -> list[Any]:
            with self._wire.patience():
                verdict, answer = command()
            if verdict != "OK":
                if may_fail:
                    return [None]
                raise NotMailServer("a command was refused")
            return answer

        return _translated(ask)


def _connect(server: Server) -> _Wire:
    try:
        address = public_address.of(server.host, allowed=_is_allowed)
    except NotPublic as problem:
        raise NotReachable(str(problem)) from None
    own = public_address.is_within(address, settings.MAIL_IMPORT_NETWORKS)
    if not own and server.port not in PORTS and server.port < 1024:
        raise NotReachable(f"port {server.port}")
    if server.security == PLAIN and not own:
        raise NotSecure("no TLS")
    found = _Wire(server, address)
    if server.security == STARTTLS:
        try:
            with found.patience():
                found.starttls(ssl.create_default_context())
        except (imaplib.IMAP4.error, imaplib.IMAP4.abort) as problem:
            found.shutdown()
            raise NotSecure(str(problem)) from None
        except BaseException:
            found.shutdown()
            raise
    return found


def _is_allowed(address: str) -> bool:
    return public_address.is_public(address) or public_address.is_within(
        address, settings.MAIL_IMPORT_NETWORKS
    )


def _sign_in(found: _Wire, server: Server, password: str) -> tuple[str, list[Any]]:
    """AUTHENTICATE PLAIN (RFC 4616) takes every password; LOGIN is what old servers know."""
    try:
        if "AUTH=PLAIN" in found.capabilities:
            said = f"\0{server.user}\0{password}".encode()
            found.authenticate("PLAIN", lambda _challenge: said)
        else:
            found._encoding = "utf-8"  # type: ignore[attr-defined]
            found.login(server.user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise SignInRefused("refused") from None
    found._get_capabilities()  # type: ignore[attr-defined]  # Gmail tells of its own only now
    return "OK", []


def _translated(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except ssl.SSLCertVerificationError as problem:
        raise NotCertified(str(problem)) from None
    except imaplib.IMAP4.abort as problem:  # a connection that ended, in imaplib's words
        raise Unavailable(str(problem)[:200]) from None
    except (imaplib.IMAP4.error, wire.Unreadable, UnicodeError, ValueError) as problem:
        raise NotMailServer(str(problem)[:200]) from None
    except (OSError, MailError) as problem:
        raise Unavailable(f"{type(problem).__name__}: {problem}"[:200]) from None


def _numbers(uids: list[int]) -> str:
    return ",".join(map(str, uids))

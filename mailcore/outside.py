"""Connections to strangers' servers, without being used against our own network (SECURITY D09).

An address that came in a letter, or from a browser, may name anything: the router, the database, the cloud's own
metadata. So `public_address` looks first, and the connection goes to the very address that was looked at: a name that
changes its mind in between gains nothing. Redirects are never followed here; who follows one starts again from the
beginning.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from mailcore import dns, public_address
from mailcore.public_address import Allowed, NotPublic, Resolve, is_public
from mailcore.store.errors import MailError

CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 7.0


class Refused(Exception):
    """Not an address that we speak to, or nobody there who answers well; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to a POST; what it wrote below its header is of no interest."""

    status: int
    headers: Mapping[str, str]  # names in lower case


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    resolve: Resolve = dns.addresses,
    allowed: Allowed = is_public,
    ports: Sequence[int] = (443,),
    schemes: Sequence[str] = ("https",),
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """POST there, without cookies, names or redirects. Raises Refused if there was no answer."""
    deadline = time.monotonic() + WHOLE_SECONDS
    try:
        parts = urlsplit(address)
        if parts.scheme not in schemes:
            raise Refused("not a safe web address")
        connection = connect(parts, resolve, allowed, ports, deadline, trust)
        try:
            connection.request("POST", target(parts), body=body, headers=dict(headers))
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, MailError, ValueError, UnicodeError) as problem:
        raise Refused(f"{type(problem).__name__}: {problem}") from problem


def connect(
    parts: SplitResult,
    resolve: Resolve,
    allowed: Allowed,
    ports: Sequence[int],
    deadline: float,
    trust: ssl.SSLContext | None = None,
) -> http.client.HTTPConnection:
    """A connection to where an address leads, looked at first. Raises Refused, OSError, ValueError."""
    host, port = _host(parts, ports)
    found = _public_address(host, resolve, allowed)
    raw = socket.create_connection((found, port), timeout=min(CONNECT_SECONDS, left(deadline)))
    try:
        if parts.scheme == "https":
            raw = (trust or ssl.create_default_context()).wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return _Plain(host, port, raw)


def target(parts: SplitResult) -> str:
    """What to ask for, as a browser would send letters and blanks in an address."""
    asked = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return "".join(
        char if "!" <= char <= "~" else "".join(f"%{octet:02X}" for octet in char.encode()) for char in asked
    )


def left(deadline: float) -> float:
    """Seconds until then; Refused if it is over."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise Refused("too slow")
    return seconds


def _host(parts: SplitResult, ports: Sequence[int]) -> tuple[str, int]:
    if parts.scheme not in ("http", "https") or parts.username or parts.password:
        raise Refused("not a plain web address")
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port not in ports:
        raise Refused(f"port {port}")
    if not host or not host.isascii():
        host = host.encode("idna").decode("ascii")
    return host, port


def _public_address(host: str, resolve: Resolve, allowed: Allowed) -> str:
    try:
        return public_address.of(host, resolve=resolve, allowed=allowed)
    except NotPublic as problem:
        raise Refused(str(problem)) from None


class _Plain(http.client.HTTPConnection):
    """A connection whose socket was made for an address that we looked at."""

    def __init__(self, host: str, port: int, ready: socket.socket) -> None:
        super().__init__(host, port)
        self.sock = ready

    def connect(self) -> None:
        """Never again: a second connection would resolve the name anew."""
        raise Refused("connection lost")

"""Fetch a picture from a stranger's server without being used against our own network (SECURITY D09).

The name is resolved once, every address it has must be public, and the connection goes to the very address that was
looked at, so a name that changes its mind in between gains nothing. Each redirect starts again from the beginning.
Nothing of the reader is sent along: no cookie, no referrer, no browser name. Only raster images come back, known by
their first bytes, whatever the server calls them.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from mailcore import dns, public_address
from mailcore.public_address import Allowed, NotPublic, Resolve, is_public
from mailcore.store.errors import MailError

MOST_BYTES = 8 << 20
MOST_REDIRECTS = 3
CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 7.0
AT_ONCE = 8  # each holds a thread that could make a page
WAIT_SECONDS = 1.0
PORTS = (80, 443)
AGENT = "Mozilla/5.0 (compatible; mail image proxy)"

# First bytes → type. SVG is a document, not a picture.
_SIGNS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "image/bmp"),
    (re.compile(rb"\x00\x00\x01\x00"), "image/x-icon"),
)


class Refused(Exception):
    """Not a picture that we fetch; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What came back."""

    type: str
    content: bytes


_places = threading.BoundedSemaphore(AT_ONCE)


def fetch(
    address: str,
    *,
    resolve: Resolve = dns.addresses,
    allowed: Allowed = is_public,
    ports: Sequence[int] = PORTS,
) -> Picture:
    """The picture at `address`. Raises Refused, whatever goes wrong."""
    deadline = time.monotonic() + WHOLE_SECONDS
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Refused("too many at once")
    try:
        for _ in range(MOST_REDIRECTS + 1):
            found = _once(address, resolve, allowed, ports, deadline)
            if isinstance(found, Picture):
                return found
            address = urljoin(address, found)
        raise Refused("too many redirects")
    except (OSError, http.client.HTTPException, MailError, ValueError, UnicodeError) as problem:
        raise Refused(f"{type(problem).__name__}: {problem}") from problem
    finally:
        _places.release()


def post(
    address: str,
    body: bytes,
    *,
    resolve: Resolve = dns.addresses,
    allowed: Allowed = is_public,
    ports: Sequence[int] = (443,),
    schemes: Sequence[str] = ("https",),
) -> None:
    """Post a form without cookies, names or redirects: RFC 8058 §3.2. Raises Refused unless it was accepted."""
    deadline = time.monotonic() + WHOLE_SECONDS
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Refused("too many at once")
    try:
        parts = urlsplit(address)
        if parts.scheme not in schemes:
            raise Refused("not a safe web address")
        host, port = _host(parts, ports)
        connection = _connect(parts.scheme, host, port, _public_address(host, resolve, allowed), deadline)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            form = {"User-Agent": AGENT, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", _ascii(target), body=body, headers=form)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, MailError, ValueError, UnicodeError) as problem:
        raise Refused(f"{type(problem).__name__}: {problem}") from problem
    finally:
        _places.release()
    if not 200 <= status < 300:
        raise Refused(f"status {status}")


def _once(
    address: str, resolve: Resolve, allowed: Allowed, ports: Sequence[int], deadline: float
) -> Picture | str:
    """One request: a picture, or where it sends us."""
    parts = urlsplit(address)
    host, port = _host(parts, ports)
    connection = _connect(parts.scheme, host, port, _public_address(host, resolve, allowed), deadline)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET",
            _ascii(target),
            headers={"User-Agent": AGENT, "Accept": "image/*", "Accept-Encoding": "identity"},
        )
        response = connection.getresponse()
        if response.status in (301, 302, 303, 307, 308):
            return response.getheader("Location") or ""
        if response.status != 200:
            raise Refused(f"status {response.status}")
        content = _body(response, deadline)
    finally:
        connection.close()
    return Picture(_sniff(content), content)


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


def _connect(scheme: str, host: str, port: int, address: str, deadline: float) -> _Plain:
    left = min(CONNECT_SECONDS, _left(deadline))
    raw = socket.create_connection((address, port), timeout=left)
    try:
        if scheme == "https":
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return _Plain(host, port, raw)


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    pieces, size = [], 0
    while piece := response.read1(64 << 10):
        size += len(piece)
        if size > MOST_BYTES:
            raise Refused("too big")
        _left(deadline)
        pieces.append(piece)
    return b"".join(pieces)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Refused("too slow")
    return left


def _sniff(content: bytes) -> str:
    for sign, kind in _SIGNS:
        if sign.match(content):
            return kind
    raise Refused("not a picture")


def _ascii(target: str) -> str:
    """What a browser would send for letters and blanks in an address."""
    return "".join(
        char if "!" <= char <= "~" else "".join(f"%{octet:02X}" for octet in char.encode()) for char in target
    )

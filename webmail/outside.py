"""Fetch a picture from a stranger's server without being used against our own network (SECURITY D09).

`mailcore.outside` looks at every address first. Each redirect starts again from the beginning. Nothing of the reader is
sent along: no cookie, no referrer, no browser name. Only raster images come back, known by their first bytes, whatever
the server calls them.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from mailcore import dns, outside
from mailcore.outside import Refused
from mailcore.public_address import Allowed, Resolve, is_public
from mailcore.store.errors import MailError

MOST_BYTES = 8 << 20
MOST_REDIRECTS = 3
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
    deadline = time.monotonic() + outside.WHOLE_SECONDS
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
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Refused("too many at once")
    try:
        form = {"User-Agent": AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        answer = outside.post(
            address, body, form, resolve=resolve, allowed=allowed, ports=ports, schemes=schemes
        )
    finally:
        _places.release()
    if not 200 <= answer.status < 300:
        raise Refused(f"status {answer.status}")


def _once(
    address: str, resolve: Resolve, allowed: Allowed, ports: Sequence[int], deadline: float
) -> Picture | str:
    """One request: a picture, or where it sends us."""
    parts = urlsplit(address)
    connection = outside.connect(parts, resolve, allowed, ports, deadline)
    try:
        connection.request(
            "GET",
            outside.target(parts),
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


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    pieces, size = [], 0
    while piece := response.read1(64 << 10):
        size += len(piece)
        if size > MOST_BYTES:
            raise Refused("too big")
        outside.left(deadline)
        pieces.append(piece)
    return b"".join(pieces)


def _sniff(content: bytes) -> str:
    for sign, kind in _SIGNS:
        if sign.match(content):
            return kind
    raise Refused("not a picture")

"""A pointer to a body that lies elsewhere: message/external-body, RFC 2046 §5.2.3, RFC 2017.

It is shown, never followed: whoever wrote the message does not decide what our server opens (SECURITY C12).
"""

from __future__ import annotations

from dataclasses import dataclass

from mailcore.message import headers, parameters
from mailcore.message.bodies import Fetch
from mailcore.message.part import Part

_MAX_HEADER = 64 * 1024
_SHOWN = ("site", "name", "directory", "server", "subject", "mode", "url", "size", "expiration")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the body is said to be, in words, and what it would be."""

    access_type: str  # ftp, anon-ftp, local-file, mail-server, url, ...
    location: str
    type: str
    description: str
    details: tuple[tuple[str, str], ...]


def pointer(part: Part, fetch: Fetch) -> Pointer:
    """Read the pointer; the header within its body describes what is absent."""
    given = part.parameters
    inner = fetch(part.body_start, min(part.size, _MAX_HEADER))
    header = headers.read(
        inner,
        0,
        headers.end_of(inner, 0, len(inner)),
        frozenset({b"content-type", b"content-description"}),
    )
    kind = parameters.read(header.first(b"content-type") or b"").value or "text/plain"
    url = "".join(given.get("url", "").split())  # RFC 2017 §3.1: it may be folded anywhere
    place = [
        given.get("site", "") or given.get("server", ""),
        given.get("directory", ""),
        given.get("name", ""),
    ]
    return Pointer(
        access_type=given.get("access-type", "").lower(),
        location=url or "/".join(piece.strip("/") for piece in place if piece),
        type=kind,
        description=headers.text_of(header.first(b"content-description")),
        details=tuple((name, given[name]) for name in _SHOWN if given.get(name)),
    )

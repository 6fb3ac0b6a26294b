"""What of one message can be searched: its header fields, and every text in it, at any depth, decoded and folded."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.message import bodies, headers
from mailcore.message.bodies import Fetch
from mailcore.message.part import Part
from mailcore.search.folding import octets
from mailcore.search.segment import BCC, CC, FILES, FROM, SUBJECT, TO, Texts

MAX_HEADER = 256 * 1024  # octets of a message's header that can be searched
MAX_BODY = 4 * 1024 * 1024  # octets of decoded text of one message
_SHORT = {b"from": FROM, b"to": TO, b"cc": CC, b"bcc": BCC, b"subject": SUBJECT}


def texts(header: bytes, root: Part, fetch: Fetch, *, with_body: bool = True) -> Texts:
    """`header` with the trace fields we added; `fetch` reads the blob. The body is most of the work."""
    short: list[list[bytes]] = [[] for _ in range(6)]
    lines: list[bytes] = []
    for name, value in _fields(header):
        lines.append(b"\n%s:%s" % (name, value))
        if name in _SHORT:
            short[_SHORT[name]].append(value)
    said: list[bytes] = []
    left = MAX_BODY
    for part in root.walk():
        if part.filename:
            name = octets(part.filename)
            short[FILES].append(name)
            said.append(name)
        if not with_body:
            continue
        if left > 0 and not part.children and _is_text(part):
            text = octets(bodies.text(part, fetch, left))
            left -= len(text)
            said.append(text)
        elif part.is_message:
            inner = part.children[0]
            start, length = inner.header_start, min(inner.body_start - inner.header_start, MAX_HEADER)
            said.extend(b"%s: %s" % field for field in _fields(fetch(start, length)))
    return Texts(
        short=tuple(b" ".join(values).replace(b"\x01", b" ") for values in short),
        headers=b"".join(lines),
        body=b" ".join(said),
    )


def _fields(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and decoded bodies, folded; what is plain ASCII, as most is, goes the short way."""
    for name, value in headers.pairs(header[:MAX_HEADER]):
        if value.isascii() and b"=?" not in value and b"\0" not in value:
            yield name.lower(), b" ".join(value.lower().split())
        else:
            yield name.lower(), octets(headers.decode(headers.unfold(value)))


def _is_text(part: Part) -> bool:
    return part.type.startswith("text/") or part.type in (
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/external-body",
    )

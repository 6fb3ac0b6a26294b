"""Which parts of a message are read, which belong to them, which are attached; and their text. RFC 2046 §5.1, RFC 2387.

Works on the stored tree (`part.load`) and a function that fetches a slice of the raw bytes, so that nothing is read
that is not shown. Parts are never joined into one document (EFAIL, SECURITY C22): each is shown on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mailcore.message import charsets, flowed, html_text, transfer_encoding
from mailcore.message.part import Part

Fetch = Callable[[int, int], bytes]  # start, length -> raw bytes

MAX_TEXT = 4 * 1024 * 1024  # octets of one text part that are read
_READABLE = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_NOT_FILES = SIGNATURES | {
    "message/delivery-status",
    "message/disposition-notification",
    "message/global-delivery-status",
    "message/feedback-report",
    "text/rfc822-headers",
    "application/pgp-encrypted",
}


@dataclass(slots=True)
class Reading:
    """How a message is shown."""

    bodies: list[Part] = field(default_factory=list)  # one after the other, each on its own
    inline: dict[str, Part] = field(default_factory=dict)  # what the bodies refer to, by Content-ID
    attachments: list[Part] = field(default_factory=list)
    calendars: list[Part] = field(default_factory=list)  # text/calendar beside or among the bodies
    reports: list[Part] = field(
        default_factory=list
    )  # the machine's half of a multipart/report, signatures, ...


def reading(root: Part, *, prefer: str = "text/html") -> Reading:
    """Decide it for a whole message. `prefer` chooses among alternatives: text/html or text/plain."""
    result = Reading()
    _walk(root, prefer, result)
    return result


def _walk(part: Part, prefer: str, result: Reading) -> None:
    if not part.is_multipart:
        _leaf(part, result)
        return
    if part.type == "multipart/alternative":
        _alternative(part, prefer, result)
    elif part.type == "multipart/related":
        _related(part, prefer, result)
    else:
        for child in part.children:
            _walk(child, prefer, result)


def _leaf(part: Part, result: Reading) -> None:
    if part.type == "text/calendar":
        result.calendars.append(part)
        if part.disposition == "attachment" or part.filename:
            result.attachments.append(part)
    elif part.type in _NOT_FILES:
        result.reports.append(part)
    elif _is_body(part, is_first=not result.bodies):
        result.bodies.append(part)
    else:
        if part.content_id and part.type.startswith("image/") and part.disposition != "attachment":
            result.inline.setdefault(part.content_id, part)
        result.attachments.append(part)


def _is_body(part: Part, *, is_first: bool) -> bool:
    if part.type not in _READABLE or part.disposition == "attachment":
        return False
    return not part.filename or is_first


def _alternative(part: Part, prefer: str, result: Reading) -> None:
    """The richest the reader likes: RFC 2046 §5.1.4 puts the best last."""
    chosen: Part | None = None
    for child in part.children:
        offered = _offers(child)
        if offered and (chosen is None or offered == prefer or _offers(chosen) != prefer):
            chosen = child
    for child in part.children:
        if child is chosen:
            _walk(child, prefer, result)
        elif not _offers(child):
            _walk(child, prefer, result)  # a calendar, or a file that somebody put here
        else:
            _resources(child, result)


def _offers(part: Part) -> str:
    """The kind of text that this alternative is; "" if it is none."""
    while part.is_multipart:
        first = _start(part) if part.type == "multipart/related" else None
        part = first or next((child for child in part.children if _offers(child)), part.children[0])
    return part.type if part.type in _READABLE and part.disposition != "attachment" else ""


def _start(part: Part) -> Part:
    """RFC 2387 §3.2."""
    wanted = part.parameters.get("start", "").strip("<> ")
    if wanted:
        for child in part.children:
            if child.content_id == wanted:
                return child
    return part.children[0]


def _related(part: Part, prefer: str, result: Reading) -> None:
    start = _start(part)
    _walk(start, prefer, result)
    for child in part.children:
        if child is not start:
            _resource(child, prefer, result)


def _resource(part: Part, prefer: str, result: Reading) -> None:
    is_referred_to = bool(part.content_id) or part.type.startswith("image/")
    if part.is_multipart or not is_referred_to or part.disposition == "attachment":
        if part.content_id and not part.is_multipart:
            result.inline.setdefault(part.content_id, part)
        _walk(part, prefer, result)
    elif part.content_id:
        result.inline.setdefault(part.content_id, part)
    else:
        result.attachments.append(part)


def _resources(part: Part, result: Reading) -> None:
    """Attachments must not vanish with the alternative that holds them (Apple Mail puts them there)."""
    if part.is_multipart and part.type != "multipart/related":
        for child in part.children:
            if child.is_multipart:
                _resources(child, result)
            elif child.disposition == "attachment" or (child.filename and child.type not in _READABLE):
                result.attachments.append(child)


def best_text(root: Part, prefer: str = "text/plain") -> Part | None:
    """The one part that says most of the message; None if nothing can be read."""
    bodies = reading(root, prefer=prefer).bodies
    return next((part for part in bodies if part.type == prefer), bodies[0] if bodies else None)


def html(root: Part) -> Part | None:
    """The HTML body, if there is one."""
    return next((part for part in reading(root).bodies if part.type == "text/html"), None)


def attachments(root: Part) -> list[Part]:
    """What a reader may want to save."""
    return reading(root).attachments


def decoded(raw: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding."""
    return transfer_encoding.decode(raw, encoding)


def decoded_chunks(part: Part, fetch: Fetch, window: int = 256 * 1024) -> Iterator[bytes]:
    """The same of a part of any size, in pieces."""
    chunks = (fetch(at, min(window, part.end - at)) for at in range(part.body_start, part.end, window))
    return transfer_encoding.decoded_chunks(chunks, part.encoding)


def source(part: Part, fetch: Fetch, limit: int = MAX_TEXT) -> str:
    """The decoded text of a part as it was sent: for text/html that is markup."""
    raw = fetch(part.body_start, min(part.size, limit))
    return charsets.decode(transfer_encoding.decode(raw, part.encoding), part.charset.lower())


def text(part: Part, fetch: Fetch, limit: int = MAX_TEXT) -> str:
    """What a part says, as plain text with "\\n" line ends."""
    content = source(part, fetch, limit)
    if part.type == "text/html":
        return html_text.lines(content)
    if part.type in ("text/enriched", "text/richtext"):
        return html_text.lines(content)
    if part.parameters.get("format", "").lower() == "flowed":
        return flowed.unwrap(content, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return content.replace("\r\n", "\n").replace("\r", "\n")

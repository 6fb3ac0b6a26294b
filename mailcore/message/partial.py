"""One message sent in pieces: message/partial, RFC 2046 §5.2.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailcore.message import headers
from mailcore.message.part import Part

MAX_PIECES = 1000
# RFC 2046 §5.2.2.1: these come from the first piece's inner header, everything else from the outer one.
_INNER = ("content-", "subject", "message-id", "encrypted", "mime-version")


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a piece belongs. `total` is 0 as long as only the last piece may know it."""

    id: str
    number: int
    total: int


def piece(part: Part) -> Piece | None:
    """What a message/partial says of itself; None if it makes no sense."""
    if part.type != "message/partial" or not part.parameters.get("id"):
        return None
    number, total = _number(part.parameters.get("number", "")), _number(part.parameters.get("total", "0"))
    if not 1 <= number <= MAX_PIECES or not 0 <= total <= MAX_PIECES or (total and number > total):
        return None
    return Piece(part.parameters["id"], number, total)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def is_complete(pieces: Sequence[Piece]) -> bool:
    """All pieces of one message are there, and agree on how many there are."""
    totals = {one.total for one in pieces} - {0}
    if len(totals) != 1 or len({one.id for one in pieces}) != 1:
        return False
    return {one.number for one in pieces} == set(range(1, totals.pop() + 1))


def reassemble(raw_pieces: Mapping[int, bytes]) -> bytes:
    """The message that pieces 1..n (whole messages of type message/partial) make together.

    RFC 2046 §5.2.2.1: the outer header of piece 1 with what tells of MIME taken from the header within it.
    """
    bodies: list[bytes] = []
    outer = b""
    for number in sorted(raw_pieces):
        raw = raw_pieces[number]
        end = headers.end_of(raw, 0, len(raw))
        if number == 1:
            outer = raw[:end]
        bodies.append(raw[end:])
    inner = bodies[0] if bodies else b""
    inner_end = headers.end_of(inner, 0, len(inner))
    kept = [one.raw for one in headers.fields(outer) if not one.name.lower().startswith(_INNER)]
    kept += [one.raw for one in headers.fields(inner[:inner_end]) if one.name.lower().startswith(_INNER)]
    header = b"".join(line if line.endswith(b"\n") else line + b"\r\n" for line in kept)
    return header + b"\r\n" + inner[inner_end:] + b"".join(bodies[1:])

"""Find the other pieces of a message that came in pieces, and put it together: message/partial, RFC 2046 §5.2.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from mailcore.message import partial
from mailcore.message.part import load
from mailcore.models import Message
from mailcore.search import fulltext, look
from mailcore.search.query import Header
from mailcore.store import blobs


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is here of a message that came in pieces. `total` is 0 as long as no piece has said it."""

    number: int  # of the piece that was asked about
    total: int
    here: dict[int, Message]

    @property
    def is_complete(self) -> bool:
        return self.total > 0 and set(self.here) == set(range(1, self.total + 1))


def of(account_id: int, message: Message) -> Pieces | None:
    """The pieces that belong together with this one; None if it is no piece."""
    mine = partial.piece(load(message.parts))
    if mine is None:
        return None
    found: dict[int, Message] = {mine.number: message}
    total = mine.total
    for other in _candidates(account_id, mine.id):
        piece = partial.piece(load(other.parts))
        if piece is not None and piece.id == mine.id:
            found.setdefault(piece.number, other)
            total = max(total, piece.total)
    return Pieces(mine.number, total, found)


def whole(account_id: int, message: Message) -> bytes | None:
    """The message that this piece is of; None if pieces are missing, disagree, or would be too big together."""
    pieces = of(account_id, message)
    if pieces is None or not pieces.is_complete:
        return None
    if sum(other.size for other in pieces.here.values()) > settings.MAIL_MAX_MESSAGE_BYTES:
        return None
    return partial.reassemble(
        {number: blobs.read(bytes(other.digest)) for number, other in pieces.here.items()}
    )


def _candidates(account_id: int, identifier: str) -> Iterable[Message]:
    wanted = look.of(Header("content-type", identifier))
    assert wanted is not None
    hits = sorted(fulltext.messages(account_id, wanted))[: partial.MAX_PIECES]
    return Message.objects.filter(account_id=account_id, id__in=hits).order_by("id")

"""Find the other pieces of a message that came in pieces, and put it together: message/partial, RFC 2046 §5.2.2."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from mailcore.message import partial
from mailcore.message.part import load
from mailcore.models import Message
from mailcore.search import fulltext, look
from mailcore.search.query import Header
from mailcore.store import blobs


def whole(account_id: int, message: Message) -> bytes | None:
    """The message that this piece is of; None if pieces are missing, disagree, or would be too big together."""
    mine = partial.piece(load(message.parts))
    if mine is None:
        return None
    found: dict[int, Message] = {}
    total = 0
    for other in _candidates(account_id, mine.id):
        piece = partial.piece(load(other.parts))
        if piece is not None and piece.id == mine.id and piece.number not in found:
            found[piece.number] = other
            total = max(total, piece.total)
    if not total or set(found) != set(range(1, total + 1)):
        return None
    if sum(other.size for other in found.values()) > settings.MAIL_MAX_MESSAGE_BYTES:
        return None
    return partial.reassemble({number: blobs.read(bytes(other.digest)) for number, other in found.items()})


def _candidates(account_id: int, identifier: str) -> Iterable[Message]:
    wanted = look.of(Header("content-type", identifier))
    assert wanted is not None
    hits = sorted(fulltext.messages(account_id, wanted))[: partial.MAX_PIECES]
    return Message.objects.filter(account_id=account_id, id__in=hits).order_by("id")

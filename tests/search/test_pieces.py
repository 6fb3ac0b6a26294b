"""message/partial: RFC 2046 §5.2.2."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.models import Message
from mailcore.search import fulltext, pieces
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db
MAIL = Path(__file__).parents[1] / "mail"


def mail(number):
    return (MAIL / f"partial_{number}.eml").read_bytes()


@pytest.mark.parametrize("is_indexed", [True, False])
def test_pieces_find_each_other_in_any_order(alice, bob, is_indexed):
    deliver(alice, mail(2), message("Between"))
    second = Message.objects.get(account_id=alice.pk, message_id="id2@example.org")
    assert pieces.whole(alice.pk, second) is None
    deliver(bob, mail(1))
    assert pieces.whole(alice.pk, second) is None  # another's piece is not ours
    deliver(alice, mail(1))
    if is_indexed:
        fulltext.index_pending()
    found = pieces.whole(alice.pk, second)
    assert found is not None
    assert found.endswith(b"\r\n\r\nfirst half, \r\nsecond half\r\n")
    assert b"Subject: Audio mail\r\n" in found


def test_an_ordinary_message_is_no_piece(alice):
    deliver(alice, message("Tea"))
    assert pieces.whole(alice.pk, Message.objects.get(account_id=alice.pk)) is None


def test_pieces_that_are_too_big_together_stay_apart(alice, settings):
    deliver(alice, mail(1), mail(2))
    settings.MAIL_MAX_MESSAGE_BYTES = 100
    assert pieces.whole(alice.pk, Message.objects.filter(account_id=alice.pk).first()) is None

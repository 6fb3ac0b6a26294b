"""An account with a mail store, and people for its address book."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailcore.models import Person
from mailcore.people import book
from mailcore.people.wire.card import Card, Item
from mailcore.store import mailboxes


@pytest.fixture
def account_id(db) -> int:
    mailboxes.provision(7)
    return 7


@pytest.fixture
def add(account_id: int) -> Callable[..., Person]:
    """`add("Ann Lee", "ann@x.test", phone="1")`"""

    def save(name: str, *addresses: str, phone: str = "", **more) -> Person:
        phones = (Item(phone),) if phone else ()
        card = Card(name=name, addresses=tuple(map(Item, addresses)), phones=phones, **more)
        return book.save(account_id, card)

    return save

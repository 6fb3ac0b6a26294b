"""Visiting cards in a letter: text/vcard, read by the address book and shown as what it would keep. RFC 6350."""

from __future__ import annotations

from dataclasses import dataclass

from mailcore.message import bodies
from mailcore.message.part import Part
from mailcore.people import exchange
from mailcore.people.wire.card import Card
from mailcore.store.errors import MailError
from webmail.rendering.letter import Shown
from webmail.rendering.people import Person, clean

TYPES = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
MOST_OCTETS = 512 * 1024
MOST_PARTS, MOST_CARDS = 5, 20
MOST_LOOKED_UP = 200  # cards; a whole address book is offered without a look


@dataclass(frozen=True, slots=True)
class Shelf:
    """The cards of one part."""

    number: str
    cards: list[tuple[Person, Card]]
    left_out: int
    is_known: bool  # all of it is in the address book


def parts(shown: Shown) -> list[Part]:
    """The parts that hold cards, as far as they are looked at."""
    found = [part for part in shown.attached if part.type in TYPES and part.size <= MOST_OCTETS]
    return found[:MOST_PARTS]


def shelves(shown: Shown) -> list[Shelf]:
    """What is in them; what cannot be read is a file like any other."""
    found = []
    for part in parts(shown):
        try:
            read = exchange.read(b"".join(bodies.decoded_chunks(part, shown.fetch)))
        except MailError:
            continue
        people = [one.card for one in read if one.members is None and not one.card.is_empty]
        shown_cards = [(_person(card), card) for card in people[:MOST_CARDS]]
        if shown_cards:
            known = (
                exchange.is_known(shown.row.account_id, read[:MOST_LOOKED_UP]) and len(read) <= MOST_LOOKED_UP
            )
            found.append(Shelf(part.number, shown_cards, len(people) - len(shown_cards), known))
    return found


def _person(card: Card) -> Person:
    return Person(clean(card.label), clean(card.addresses[0].value) if card.addresses else "")

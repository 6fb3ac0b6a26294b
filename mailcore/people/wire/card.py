"""Card: all that an address book knows of somebody, as a value. Kept as JSON, written as vCard, CSV or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

LONGEST_ADDRESS, LONGEST_NAME, LONGEST_LINE, LONGEST_NOTE = 254, 200, 500, 20_000
MOST_OF_EACH = 30  # addresses, phones, …
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BIRTHDAY = re.compile(r"(?:(\d{4})|-)-(\d\d)-(\d\d)")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Item:
    """An address, a number, a place: what it is, and what kind of (home, work, mobile, … or one's own word)."""

    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody. `birthday` is 1980-02-03, or --02-03 where the year is nobody's business."""

    name: str = ""
    given: str = ""
    family: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    organisation: str = ""
    title: str = ""
    addresses: tuple[Item, ...] = ()
    phones: tuple[Item, ...] = ()
    places: tuple[Item, ...] = ()
    websites: tuple[Item, ...] = ()
    birthday: str = ""
    notes: str = ""
    uid: str = ""

    @property
    def label(self) -> str:
        """What stands in a list: the best name there is."""
        whole = " ".join(filter(None, (self.prefix, self.given, self.middle, self.family, self.suffix)))
        first = self.addresses[0].value if self.addresses else self.phones[0].value if self.phones else ""
        return self.name or whole or self.nickname or self.organisation or first

    @property
    def order(self) -> str:
        """What the list is ordered by: as the name is written."""
        return self.label

    @property
    def is_empty(self) -> bool:
        return not self.label


@dataclass(frozen=True, slots=True)
class Found:
    """A card in a file, with what a file may add: a picture, groups; or a group itself with its members' UIDs."""

    card: Card
    photo: bytes = b""
    groups: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None  # of a group


MANY = ("addresses", "phones", "places", "websites")


def clean(card: Card) -> Card:
    """Within bounds: no controls, nothing too long, no address twice, no birthday that is none."""
    texts: dict[str, Any] = {
        item.name: line(getattr(card, item.name), LONGEST_NAME)
        for item in fields(card)
        if item.name not in (*MANY, "notes", "birthday")
    }
    many: dict[str, Any] = {name: _items(getattr(card, name), name) for name in MANY}
    notes = _CONTROLS.sub("", card.notes.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_NOTE].strip()
    return replace(
        card, **texts, **many, notes=notes, birthday=card.birthday if is_day(card.birthday) else ""
    )


def line(text: str, most: int = LONGEST_LINE) -> str:
    """One line of text, without what hides or turns it."""
    visible = _CONTROLS.sub("", " ".join(text.split()))
    return " ".join(visible.split())[:most].strip()


def is_day(text: str) -> bool:
    """Whether this is a birthday as we keep them."""
    match = _BIRTHDAY.fullmatch(text)
    return match is not None and 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= _DAYS[int(match[2]) - 1]


def is_address(text: str) -> bool:
    """Something one could write to."""
    local, at, domain = text.rpartition("@")
    return bool(at and local and domain) and len(text) <= LONGEST_ADDRESS and not re.search(r"[\s<>,;]", text)


def pack(card: Card) -> dict[str, Any]:
    """As JSON keeps it; what is empty is left out."""
    return {name: value for name, value in asdict(card).items() if value}


def unpack(stored: Any) -> Card:
    """What `pack` wrote; what does not fit is left out."""
    if not isinstance(stored, dict):
        return Card()
    found: dict[str, Any] = {}
    for item in fields(Card):
        value = stored.get(item.name)
        if item.name in MANY and isinstance(value, list | tuple):
            found[item.name] = tuple(
                Item(str(one.get("value", "")), str(one.get("label", "")))
                for one in value
                if isinstance(one, dict)
            )
        elif item.name not in MANY and isinstance(value, str):
            found[item.name] = value
    return Card(**found)


def _items(items: Iterable[Item], kind: str) -> tuple[Item, ...]:
    found: dict[str, Item] = {}
    for item in items:
        value = _value(item.value, kind)
        if value:
            found.setdefault(
                value.lower() if kind == "addresses" else value, Item(value, line(item.label, 50))
            )
        if len(found) == MOST_OF_EACH:
            break
    return tuple(found.values())


def _value(text: str, kind: str) -> str:
    if kind == "places":
        return "\n".join(filter(None, (line(part) for part in text.splitlines()[:10])))
    value = line(text)
    if kind == "addresses":
        return value if is_address(value) else ""
    if kind == "websites":
        # A link on a page of ours: nothing but the web.
        if re.match(r"(?i)https?://\S+$", value):
            return value
        return f"https://{value}" if re.match(r"[\w.-]+\.\w{2,}(?:/\S*)?$", value) else ""
    return value

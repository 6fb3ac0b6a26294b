"""People as a reader should see them: a name, the true address, and no tricks with either (Mailsploit, homographs)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from mailcore.message import addresses

TONES = 8
# Controls that reorder or hide text; a name needs none of them.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a From, To or Cc line."""

    name: str
    address: str

    @property
    def label(self) -> str:
        """What stands in a list: the name, unless it pretends to be another address."""
        if self.name and not self.is_disguised:
            return self.name
        return self.address or self.name

    @property
    def short(self) -> str:
        """The first name, for a list of several."""
        if not self.name or self.is_disguised:
            return self.address.partition("@")[0] or self.label
        if "," in self.name:
            return self.name
        first = self.name.split()[0] if self.name.split() else self.name
        return first if len(first) > 2 else self.name

    @property
    def is_disguised(self) -> bool:
        """The name contains an address that is not the sender's."""
        return "@" in self.name and self.address.lower() not in self.name.lower()

    @property
    def initials(self) -> str:
        words = [word for word in re.split(r"[\s._-]+", self.label.partition("@")[0]) if word[:1].isalnum()]
        letters = words[0][0] + (words[-1][0] if len(words) > 1 else "") if words else "?"
        return letters.upper()

    @property
    def tone(self) -> int:
        """Always the same one of eight for an address."""
        return crc32(self.address.lower().encode("utf-8", "replace")) % TONES + 1


@lru_cache(maxsize=4096)
def people(header: str, limit: int = 100) -> tuple[Person, ...]:
    """The persons of a stored address list, groups opened."""
    found = []
    for mailbox in addresses.mailboxes(addresses.parse(header)):
        found.append(Person(clean(mailbox.name), shown_address(mailbox.address)))
        if len(found) == limit:
            break
    return tuple(found)


def sender(header: str) -> Person:
    """Whom a message is from; a message from several is shown as the first's."""
    found = people(header, 1)
    return found[0] if found else Person(clean(header), "")


def clean(text: str) -> str:
    """Text without controls that reorder or hide it, on one line."""
    return _INVISIBLE.sub("", " ".join(text.split())).strip()


@lru_cache(maxsize=4096)
def shown_address(address: str) -> str:
    """The address with a domain of mixed scripts spelt out in ASCII, so that it cannot pass for another."""
    address = clean(address)
    local, at, domain = address.rpartition("@")
    if domain.isascii() or not at:
        return address
    labels = [label if not _mixes_scripts(label) else _ascii(label) for label in domain.split(".")]
    return f"{local}@{'.'.join(labels)}"


def _mixes_scripts(label: str) -> bool:
    scripts = {unicodedata.name(char, "?").partition(" ")[0] for char in label if char.isalpha()}
    # Japanese and Korean are written in several scripts; these are their usual company.
    return len(scripts - {"HIRAGANA", "KATAKANA", "CJK", "HANGUL"}) > 1 or (
        "LATIN" not in scripts and bool(scripts & {"CYRILLIC", "GREEK"}) and _looks_latin(label)
    )


def _looks_latin(label: str) -> bool:
    return all(char in "асеорхуіјӏѕһԁԛԝɡοανρτυικ-0123456789" for char in label)


def _ascii(label: str) -> str:
    try:
        return label.encode("idna").decode()
    except UnicodeError:
        return ascii(label)[1:-1]


def labels(persons: Sequence[Person], limit: int = 3) -> str:
    """Ann, Bob and 4 more, as text."""
    names = [person.short for person in persons] if len(persons) > 1 else [person.label for person in persons]
    shown = names[:limit]
    if len(names) > limit:
        shown.append(f"+{len(names) - limit}")
    return ", ".join(shown)

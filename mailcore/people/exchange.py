"""Address books in and out: vCard and CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailcore.models import Person, PersonGroup
from mailcore.people import book, groups, merging, photos, words
from mailcore.people.errors import NoCards, NotAPicture
from mailcore.people.wire import contact_csv, vcard
from mailcore.people.wire.card import Card, Found, line
from mailcore.search.folding import fold
from mailcore.store import blobs, writing
from mailcore.store.errors import NotPermitted
from mailcore.store.writing import Write

MOST_OCTETS = 50 << 20
BATCH = 200


@dataclass(slots=True)
class Tally:
    """What became of the cards of a file."""

    added: int = 0
    changed: int = 0
    known: int = 0  # nothing new in them
    photos_refused: int = 0


def read(octets: bytes) -> list[Found]:
    """The cards of a file, whatever it is. Raises NoCards."""
    if len(octets) > MOST_OCTETS:
        raise NoCards("That file is too big for an address book")
    if b"BEGIN:VCARD" in octets[:4096].upper() or b"B\0E\0G\0I\0N\0:\0V\0C" in octets[:4096]:
        found = vcard.read(octets)
    else:
        try:
            found = contact_csv.read(octets)
        except contact_csv.NotTable as problem:
            raise NoCards("That is neither a vCard nor a table of contacts") from problem
    if not found:
        raise NoCards("Nobody is in that file")
    return found


def take(account_id: int, found: Sequence[Found], *, group: str = "") -> Tally:
    """Save everybody of a file. Who is here already (by UID, or by name and an address) gains what is new.

    Batch by batch: what was saved stays, and the same file a second time adds nobody.
    """
    tally = Tally()
    people = [one for one in found if one.members is None]
    by_uid: dict[str, int] = {}
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        pictures = [_picture(one, tally) for one in batch]
        with writing.account(account_id) as write:
            _take_batch(write, batch, pictures, tally, by_uid, group)
    with writing.account(account_id) as write:
        for one in found:
            if one.members is not None:
                entered = [by_uid[uid] for uid in one.members if uid in by_uid]
                groups.enter(write, _group(write, one.card.label, {}).id, entered)
    return tally


def _take_batch(
    write: Write,
    batch: Sequence[Found],
    pictures: Sequence[bytes],
    tally: Tally,
    by_uid: dict[str, int],
    group: str,
) -> None:
    known = _known(write.account_id, batch)
    put: dict[int, tuple[Person, Card]] = {}
    entering: dict[str, list[int]] = {}
    room = book.MOST_PEOPLE - book.everybody(write.account_id).count()
    for one, picture in zip(batch, pictures, strict=True):
        person = next((known[sign] for sign in _signs(one.card) if sign in known), None)
        if person is None:
            room -= 1
            if room < 0:
                raise NotPermitted(f"An address book holds {book.MOST_PEOPLE} people")
            person = Person(id=write.new_id(), account_id=write.account_id)
            made = one.card
            tally.added += 1
            put[person.id] = (person, made)
        else:
            before = put[person.id][1] if person.id in put else book.card(person)
            made = merging.merged([before, one.card])
            if made != before or (picture and person.photo is None):
                tally.changed += 1
                put[person.id] = (person, made)
            else:
                tally.known += 1
        for sign in _signs(made):
            known.setdefault(sign, person)
        if picture and person.photo is None:
            stored = blobs.put(picture)
            blobs.record([stored], write.now)
            person.photo = stored.digest
        if one.card.uid:
            by_uid[one.card.uid] = person.id
        for name in (*one.groups, *((group,) if group else ())):
            entering.setdefault(name, []).append(person.id)
    book.put(write, list(put.values()))
    made_groups: dict[str, PersonGroup] = {}
    for name, ids in entering.items():
        groups.enter(write, _group(write, name, made_groups).id, ids)


def _signs(card: Card) -> list[str]:
    """By what somebody is known again: the UID; or the name together with an address or a number."""
    name = words.sort_key(card.label)
    signs = [f"uid {card.uid}"] if card.uid else []
    signs += [f"{name} {item.value.lower()}" for item in (*card.addresses, *card.phones)]
    return signs or [f"only {name}"]


def is_known(account_id: int, found: Sequence[Found]) -> bool:
    """Whether `take` would change nothing but a photo: everybody is here, with everything that is in their cards."""
    people = [one for one in found if one.members is None]
    known = _known(account_id, people)
    for one in people:
        person = next((known[sign] for sign in _signs(one.card) if sign in known), None)
        if person is None:
            return False
        before = book.card(person)
        if merging.merged([before, one.card]) != before:
            return False
    return True


def _known(account_id: int, batch: Sequence[Found]) -> dict[str, Person]:
    uids = [one.card.uid for one in batch if one.card.uid]
    names = [words.sort_key(one.card.label) for one in batch]
    found: dict[str, Person] = {}
    for field, values in (("uid__in", uids), ("sort_key__in", names)):
        for person in book.everybody(account_id).filter(**{field: values}):
            for sign in _signs(book.card(person)):
                found.setdefault(sign, person)
    return found


def _group(write: Write, name: str, made: dict[str, PersonGroup]) -> PersonGroup:
    good = line(name, groups.LONGEST_NAME) or "…"
    key = fold(good)
    if key not in made:
        known = PersonGroup.objects.filter(account_id=write.account_id)
        made.update({fold(one.name): one for one in known})
        if key not in made:
            made[key] = groups.make(write, good)
    return made[key]


def _picture(one: Found, tally: Tally) -> bytes:
    if not one.photo:
        return b""
    try:
        return photos.small(one.photo)
    except NotAPicture:
        tally.photos_refused += 1
        return b""


# --- out ----------------------------------------------------------------------------------------------------


def found_of(account_id: int, people: Sequence[Person] | None = None) -> Iterator[Found]:
    """Everybody (or these), with photo and groups, as a file has them."""
    in_groups = groups.names_by_person(account_id)
    chosen = book.everybody(account_id) if people is None else people
    for person in list(chosen):
        picture = blobs.read(bytes(person.photo)) if person.photo is not None else b""
        yield Found(book.card(person), picture, tuple(in_groups.get(person.id, ())))


def vcards(account_id: int, people: Sequence[Person] | None = None, version: str = "4.0") -> Iterator[bytes]:
    """A .vcf file, card by card."""
    for one in found_of(account_id, people):
        yield vcard.write(one, version).encode("utf-8", "replace")


def table(account_id: int, people: Sequence[Person] | None = None) -> bytes:
    """A .csv file as Google writes it; Excel wants the mark at its beginning."""
    return b"\xef\xbb\xbf" + contact_csv.write(found_of(account_id, people)).encode("utf-8", "replace")

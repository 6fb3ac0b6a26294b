"""The address book: save, find, remove and take back; the addresses that were only written to."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from mailcore.models import AccountState, Contact, Person, PersonMember
from mailcore.people import words
from mailcore.people.errors import NobodyThere
from mailcore.people.wire.card import Card, Item, clean, is_address, pack, unpack
from mailcore.store import blobs, writing
from mailcore.store.blobs import Stored
from mailcore.store.errors import NotFound, NotPermitted
from mailcore.store.writing import Write

MOST_PEOPLE = 50_000
PAGE = 100
KEEP_DELETED_SECONDS = 30 * 86_400
PHOTO_SECONDS = 10.0
MOST_REMEMBERED = 10_000

_photos: dict[int, tuple[float, dict[str, tuple[int, str]]]] = {}  # account → until when, and what


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the people that a list shows, and how many there are."""

    people: list[Person]
    total: int
    number: int
    pages: int


def card(person: Person) -> Card:
    """Everything that is known of somebody."""
    return unpack(person.details)


def one(account_id: int, person_id: int) -> Person:
    """Somebody in this address book. Raises NotFound."""
    person = _live(account_id).filter(id=person_id).first()
    if person is None:
        raise NotFound("Nobody of that number is in this address book")
    return person


def several(account_id: int, person_ids: Collection[int]) -> list[Person]:
    """Those of them that are here, in the order of the list."""
    return list(_live(account_id).filter(id__in=person_ids).order_by("sort_key", "id")) if person_ids else []


def everybody(account_id: int) -> QuerySet[Person]:
    """The whole book, in order."""
    return _live(account_id).order_by("sort_key", "id")


def page(
    account_id: int, *, text: str = "", initial: str = "", group_id: int | None = None, number: int = 1
) -> Page:
    """A page of those that a search, a letter or a group leaves."""
    found = _live(account_id)
    if pattern := words.pattern(text):
        found = found.extra(where=["mailcore_person.words LIKE %s ESCAPE '\\'"], params=[pattern])
    if initial:
        found = found.filter(initial=initial)
    if group_id is not None:
        members = PersonMember.objects.filter(account_id=account_id, group_id=group_id)
        found = found.filter(id__in=members.values("person_id"))
    total = found.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number), pages)
    start = (number - 1) * PAGE
    rows = found.defer("details", "words").order_by("sort_key", "id")[start : start + PAGE]
    return Page(list(rows), total, number, pages)


def initials(account_id: int) -> list[str]:
    """The letters that somebody stands under, in order; # last."""
    found = _live(account_id).values_list("initial", flat=True).annotate(Count("id")).order_by()
    return sorted(set(found), key=lambda letter: (letter == "#", letter))


def with_address(account_id: int, address: str) -> Person | None:
    """Whose address that is."""
    contact = Contact.objects.filter(
        account_id=account_id, address=address.lower(), person_id__isnull=False
    ).first()
    if contact is None:
        return None
    return _live(account_id).filter(id=contact.person_id or 0).first()


def main_addresses(account_id: int, person_ids: Collection[int]) -> dict[int, str]:
    """Person → the address that is used most, else the oldest one; for a page of a list."""
    rows = Contact.objects.filter(account_id=account_id, person_id__in=person_ids).order_by("uses", "-id")
    return {
        number: address for number, address in rows.values_list("person_id", "address") if number is not None
    }


def save(
    account_id: int, card: Card, person_id: int | None = None, *, photo: bytes | Stored | None = b""
) -> Person:
    """Add somebody, or change who is there. `photo`: a picture, None for none any more, b"" for no change.

    Raises NobodyThere, NotFound.
    """
    made = clean(card)
    if made.is_empty:
        raise NobodyThere("A name, an address or a number is needed")
    stored = blobs.put(photo) if isinstance(photo, bytes) and photo else photo
    with writing.account(account_id) as write:
        if person_id is None:
            _room(account_id, 1)
            person = Person(id=write.new_id(), account_id=account_id)
        else:
            person = one(account_id, person_id)
        if isinstance(stored, Stored):
            blobs.record([stored], write.now)
            person.photo = stored.digest
        elif stored is None:
            person.photo = None
        put(write, [(person, made)])
    return person


def put(write: Write, people: Sequence[tuple[Person, Card]]) -> None:
    """Write these rows, new or known, and the addresses that belong to them, within the caller's transaction."""
    account_id = write.account_id
    for person, made in people:
        made = (
            made
            if made.uid
            else replace(made, uid=person.uid or str(uuid.UUID(bytes=secrets.token_bytes(16))))
        )
        person.name = made.label[:200]
        person.sort_key, person.initial = words.sort_key(person.name), words.initial(person.name)
        person.words = _words(made)
        person.details, person.uid, person.updated = pack(made), made.uid, write.now
    known = set(
        Person.objects.filter(account_id=account_id, id__in=[person.id for person, _ in people]).values_list(
            "id", flat=True
        )
    )
    Person.objects.bulk_create([person for person, _ in people if person.id not in known], batch_size=200)
    for person, _made in people:
        if person.id in known:
            person.save(force_update=True)
    _link(write, people)
    forget_photos(account_id)
    transaction.on_commit(lambda: forget_photos(account_id))


def _link(write: Write, people: Sequence[tuple[Person, Card]]) -> None:
    """Make the Contact rows say the same as the cards."""
    account_id = write.account_id
    wanted: dict[str, Person] = {}
    for person, made in people:
        for item in made.addresses:
            wanted.setdefault(item.value.lower(), person)
    ours = {person.id: person for person, _ in people}
    rows = {
        row.address: row
        for row in Contact.objects.filter(
            Q(address__in=list(wanted)) | Q(person_id__in=list(ours)), account_id=account_id
        )
    }
    new: list[Contact] = []
    changed: list[Contact] = []
    gone: list[Contact] = []
    for address, person in wanted.items():
        row = rows.get(address)
        if row is None:
            row = Contact(id=write.new_id(), account_id=account_id, address=address, person_id=person.id)
            new.append(row)
        elif row.person_id in (None, person.id):  # an address that another person has stays theirs
            row.person_id = person.id
            changed.append(row)
        else:
            continue
        row.name = person.name if person.name.lower() != address else ""
        row.words = words.words(row.name, address)
    for address, row in rows.items():
        if row.person_id in ours and address not in wanted:
            _release(row)
            (changed if row.uses else gone).append(row)
    Contact.objects.bulk_create(new, batch_size=200)
    Contact.objects.bulk_update(changed, ["person_id", "name", "words"], batch_size=200)
    if gone:
        Contact.objects.filter(account_id=account_id, id__in=[row.id for row in gone]).delete()


def _release(row: Contact) -> None:
    row.person_id = None


def remove(account_id: int, person_ids: Collection[int]) -> int:
    """Take people out of the book; `restore` puts them back. How many there were."""
    with writing.account(account_id) as write:
        found = _live(account_id).filter(id__in=person_ids)
        ids = list(found.values_list("id", flat=True))
        Person.objects.filter(account_id=account_id, id__in=ids).update(deleted=write.now)
        linked = Contact.objects.filter(account_id=account_id, person_id__in=ids)
        linked.filter(uses=0).delete()
        Contact.objects.filter(account_id=account_id, person_id__in=ids).update(person_id=None)
    forget_photos(account_id)
    return len(ids)


def restore(account_id: int, person_ids: Collection[int]) -> int:
    """Put removed people back, in their groups and all."""
    with writing.account(account_id) as write:
        people = list(Person.objects.filter(account_id=account_id, id__in=person_ids, deleted__isnull=False))
        for person in people:
            person.deleted = None
        put(write, [(person, card(person)) for person in people])
    return len(people)


def forget_removed(account_id: int, now: int | None = None) -> None:
    """For upkeep: who was removed a month ago is gone for good."""
    limit = (int(time.time()) if now is None else now) - KEEP_DELETED_SECONDS
    gone = Person.objects.filter(account_id=account_id, deleted__lt=limit)
    if not gone.exists():
        return
    with writing.account(account_id):
        ids = list(gone.values_list("id", flat=True))
        PersonMember.objects.filter(account_id=account_id, person_id__in=ids).delete()
        Person.objects.filter(account_id=account_id, id__in=ids).delete()


def tidy() -> None:
    """The same for every account."""
    for account_id in AccountState.objects.values_list("account_id", flat=True):
        forget_removed(account_id)


# --- addresses that nobody saved ----------------------------------------------------------------------------


def others(account_id: int, text: str = "", limit: int = PAGE, start: int = 0) -> list[Contact]:
    """Whom one wrote to without saving them, the most written to first."""
    found = Contact.objects.filter(account_id=account_id, person_id__isnull=True)
    if pattern := words.pattern(text):
        found = found.extra(where=["mailcore_contact.words LIKE %s ESCAPE '\\'"], params=[pattern])
    return list(found.order_by("-uses", "-last_used", "address")[start : start + limit])


def others_count(account_id: int) -> int:
    """How many there are."""
    return Contact.objects.filter(account_id=account_id, person_id__isnull=True).count()


def keep(account_id: int, contact_ids: Collection[int]) -> list[Person]:
    """Save these addresses as people."""
    people = []
    with writing.account(account_id) as write:
        rows = list(Contact.objects.filter(account_id=account_id, id__in=contact_ids, person_id__isnull=True))
        _room(account_id, len(rows))
        for row in rows:
            person = Person(id=write.new_id(), account_id=account_id)
            people.append((person, clean(Card(name=row.name or row.address, addresses=(Item(row.address),)))))
        put(write, people)
    return [person for person, _ in people]


def forget(account_id: int, contact_ids: Collection[int]) -> int:
    """Offer these addresses no more (until they are written to again)."""
    with writing.account(account_id):
        gone, _ = Contact.objects.filter(
            account_id=account_id, id__in=contact_ids, person_id__isnull=True
        ).delete()
    return gone


def photos(account_id: int) -> dict[str, tuple[int, str]]:
    """Address → the person whose photo there is, and the photo's name (it changes with the photo).

    Every list asks, so an answer is good for a few seconds; a change in this process is seen at once.
    """
    now = time.monotonic()
    held = _photos.get(account_id)
    if held is None or held[0] < now:
        if len(_photos) >= MOST_REMEMBERED:
            _photos.clear()
        held = _photos[account_id] = (now + PHOTO_SECONDS, _read_photos(account_id))
    return held[1]


def forget_photos(account_id: int | None = None) -> None:
    """Ask again (after a change; in tests)."""
    if account_id is None:
        _photos.clear()
    else:
        _photos.pop(account_id, None)


def _read_photos(account_id: int) -> dict[str, tuple[int, str]]:
    people = {
        number: bytes(digest or b"").hex()[:12]
        for number, digest in _live(account_id).filter(photo__isnull=False).values_list("id", "photo")
    }
    if not people:
        return {}
    rows = Contact.objects.filter(account_id=account_id, person_id__in=list(people))
    return {
        address: (person_id, people[person_id])
        for address, person_id in rows.values_list("address", "person_id")
        if person_id is not None
    }


def photo(account_id: int, person_id: int) -> bytes:
    """The picture, as JPEG. Raises NotFound."""
    person = one(account_id, person_id)
    if person.photo is None:
        raise NotFound("There is no photo")
    return blobs.read(bytes(person.photo))


def _live(account_id: int) -> QuerySet[Person]:
    return Person.objects.filter(account_id=account_id, deleted__isnull=True)


def _room(account_id: int, more: int) -> None:
    if _live(account_id).count() + more > MOST_PEOPLE:
        raise NotPermitted(f"An address book holds {MOST_PEOPLE} people")


def _words(made: Card) -> str:
    digits = ["".join(filter(str.isdigit, item.value)) for item in made.phones]
    texts: Iterable[str] = (made.label, made.given, made.family, made.nickname, made.organisation, made.title)
    return words.words(*texts, *(item.value for item in (*made.addresses, *made.phones)), *digits)


def addresses_of(people: Iterable[Person]) -> list[tuple[str, str]]:
    """Name and main address of each who has one, for a letter to them."""
    found = []
    for person in people:
        addresses = [item.value for item in card(person).addresses if is_address(item.value)]
        if addresses:
            found.append((person.name if person.name.lower() != addresses[0].lower() else "", addresses[0]))
    return found

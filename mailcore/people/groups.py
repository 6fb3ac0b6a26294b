"""Groups of people: make, rename, remove; who is in them; writing to all of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count

from mailcore.models import Person, PersonGroup, PersonMember
from mailcore.people import book
from mailcore.people.errors import NobodyThere
from mailcore.people.wire.card import line
from mailcore.search.folding import fold
from mailcore.store import writing
from mailcore.store.errors import MailboxExists, NotFound, NotPermitted
from mailcore.store.writing import Write

MOST_GROUPS = 500
LONGEST_NAME = 100


def listing(account_id: int) -> list[tuple[PersonGroup, int]]:
    """Every group with the number of those in it, by name."""
    members = PersonMember.objects.filter(
        account_id=account_id,
        person_id__in=Person.objects.filter(account_id=account_id, deleted__isnull=True).values("id"),
    )
    counts = dict(members.values_list("group_id").annotate(Count("id")).order_by())
    found = PersonGroup.objects.filter(account_id=account_id)
    return sorted(((group, counts.get(group.id, 0)) for group in found), key=lambda pair: fold(pair[0].name))


def matching(account_id: int, text: str, limit: int = 3) -> list[tuple[PersonGroup, int]]:
    """Groups with a word that begins so, and somebody in them."""
    wanted = fold(text).strip()
    if not wanted or not PersonGroup.objects.filter(account_id=account_id).exists():
        return []
    found = [
        (group, count)
        for group, count in listing(account_id)
        if count and f" {wanted}" in f" {fold(group.name)}"
    ]
    return found[:limit]


def one(account_id: int, group_id: int) -> PersonGroup:
    """A group of this account. Raises NotFound."""
    group = PersonGroup.objects.filter(account_id=account_id, id=group_id).first()
    if group is None:
        raise NotFound("There is no such group")
    return group


def expand(account_id: int, group_id: int) -> list[tuple[str, str]]:
    """Name and main address of everybody in it who has one. Raises NotFound."""
    one(account_id, group_id)
    members = PersonMember.objects.filter(account_id=account_id, group_id=group_id).values("person_id")
    return book.addresses_of(book.everybody(account_id).filter(id__in=members))


def members(account_id: int, group_id: int) -> list[int]:
    """The ids of those in a group."""
    rows = PersonMember.objects.filter(account_id=account_id, group_id=group_id)
    return list(rows.values_list("person_id", flat=True))


def of(account_id: int, person_id: int) -> list[PersonGroup]:
    """The groups somebody is in."""
    ids = PersonMember.objects.filter(account_id=account_id, person_id=person_id).values("group_id")
    return list(PersonGroup.objects.filter(account_id=account_id, id__in=ids).order_by("name"))


def names_by_person(account_id: int) -> dict[int, list[str]]:
    """Person → names of their groups, of the whole book (for what leaves it)."""
    names = dict(PersonGroup.objects.filter(account_id=account_id).values_list("id", "name"))
    found: dict[int, list[str]] = {}
    rows = PersonMember.objects.filter(account_id=account_id).values_list("person_id", "group_id")
    for person_id, group_id in rows:
        if group_id in names:
            found.setdefault(person_id, []).append(names[group_id])
    return found


def create(account_id: int, name: str) -> PersonGroup:
    """A new, empty one. Raises NobodyThere (no name), MailboxExists (that name is taken)."""
    with writing.account(account_id) as write:
        return make(write, _name(account_id, name))


def make(write: Write, name: str) -> PersonGroup:
    """The same within the caller's transaction; the name is good and new."""
    if PersonGroup.objects.filter(account_id=write.account_id).count() >= MOST_GROUPS:
        raise NotPermitted(f"An address book has {MOST_GROUPS} groups at most")
    group = PersonGroup(id=write.new_id(), account_id=write.account_id, name=name)
    group.save(force_insert=True)
    return group


def rename(account_id: int, group_id: int, name: str) -> None:
    """Another name for it."""
    with writing.account(account_id):
        group = one(account_id, group_id)
        group.name = _name(account_id, name, apart_from=group_id)
        group.save(update_fields=["name"])


def remove(account_id: int, group_id: int) -> None:
    """No such group any more; the people stay."""
    with writing.account(account_id):
        one(account_id, group_id)
        PersonMember.objects.filter(account_id=account_id, group_id=group_id).delete()
        PersonGroup.objects.filter(account_id=account_id, id=group_id).delete()


def add(account_id: int, group_id: int, person_ids: Collection[int]) -> int:
    """Put people into a group; how many were not in it before."""
    with writing.account(account_id) as write:
        one(account_id, group_id)
        here = [person.id for person in book.several(account_id, person_ids)]
        return enter(write, group_id, here)


def enter(write: Write, group_id: int, person_ids: Sequence[int]) -> int:
    """The same within the caller's transaction, for people that are known to be here."""
    members = PersonMember.objects.filter(account_id=write.account_id, group_id=group_id)
    known = set(members.values_list("person_id", flat=True))
    new = [
        PersonMember(id=write.new_id(), account_id=write.account_id, group_id=group_id, person_id=person_id)
        for person_id in dict.fromkeys(person_ids)
        if person_id not in known
    ]
    PersonMember.objects.bulk_create(new, batch_size=500)
    return len(new)


def take_out(account_id: int, group_id: int, person_ids: Collection[int]) -> int:
    """Take people out of a group."""
    with writing.account(account_id):
        one(account_id, group_id)
        gone, _ = PersonMember.objects.filter(
            account_id=account_id, group_id=group_id, person_id__in=person_ids
        ).delete()
    return gone


def _name(account_id: int, name: str, apart_from: int = 0) -> str:
    good = line(name, LONGEST_NAME)
    if not good:
        raise NobodyThere("A group needs a name")
    taken = (
        PersonGroup.objects.filter(account_id=account_id)
        .exclude(id=apart_from)
        .values_list("name", flat=True)
    )
    if fold(good) in {fold(one) for one in taken}:
        raise MailboxExists("There is a group of that name already")
    return good

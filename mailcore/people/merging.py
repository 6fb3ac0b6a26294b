"""The same person twice: find them, show what one card of both would be, make it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace

from mailcore.models import Person, PersonMember
from mailcore.people import book, words
from mailcore.people.wire.card import MANY, Card, clean
from mailcore.store import writing
from mailcore.store.errors import NotPermitted

MOST_SETS = 100


def duplicates(account_id: int) -> list[list[Person]]:
    """Sets of people who share an address, or whose names are the same but for case and accents."""
    people = list(book.everybody(account_id).defer("words"))
    by_sign: dict[str, list[int]] = {}
    for at, person in enumerate(people):
        for sign in _signs(person):
            by_sign.setdefault(sign, []).append(at)
    parent = list(range(len(people)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for members in by_sign.values():
        for other in members[1:]:
            parent[root(other)] = root(members[0])
    sets: dict[int, list[Person]] = {}
    for at, person in enumerate(people):
        sets.setdefault(root(at), []).append(person)
    return [found for found in sets.values() if len(found) > 1][:MOST_SETS]


def _signs(person: Person) -> list[str]:
    made = book.card(person)
    signs = [f"@{item.value.lower()}" for item in made.addresses]
    # In any order: "Lee, Ann" and "Ann Lee" are one name.
    name = " ".join(sorted(words.sort_key(made.label).replace(",", " ").split()))
    return [*signs, f"n{name}"] if name else signs


def merged(cards: Sequence[Card]) -> Card:
    """One card of several: of what there can be one, the first's that has it; of the rest, everything once."""
    first = cards[0]
    made = first
    for other in cards[1:]:
        for item in fields(Card):
            if item.name in MANY:
                made = replace(made, **{item.name: getattr(made, item.name) + getattr(other, item.name)})
            elif item.name == "notes":
                notes = [text for text in (made.notes, other.notes) if text]
                made = replace(made, notes="\n\n".join(dict.fromkeys(notes)))
            elif not getattr(made, item.name):
                made = replace(made, **{item.name: getattr(other, item.name)})
    return clean(made)


def merge(account_id: int, person_ids: Collection[int]) -> Person:
    """Make one of them: the first (as `person_ids` has them) stays and takes in the others. Raises NotPermitted."""
    with writing.account(account_id) as write:
        found = {person.id: person for person in book.several(account_id, person_ids)}
        people = [found[number] for number in dict.fromkeys(person_ids) if number in found]
        if len(people) < 2:
            raise NotPermitted("Two people are needed to make one")
        kept, others = people[0], people[1:]
        made = merged([book.card(person) for person in people])
        for other in others:
            kept.photo = kept.photo or other.photo
        gone = [other.id for other in others]
        groups = PersonMember.objects.filter(account_id=account_id, person_id__in=gone)
        known = set(
            PersonMember.objects.filter(account_id=account_id, person_id=kept.id).values_list(
                "group_id", flat=True
            )
        )
        for group_id in set(groups.values_list("group_id", flat=True)) - known:
            PersonMember(id=write.new_id(), account_id=account_id, group_id=group_id, person_id=kept.id).save(
                force_insert=True
            )
        book.remove(account_id, gone)
        book.put(write, [(kept, made)])
    return kept

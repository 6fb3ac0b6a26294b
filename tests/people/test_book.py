"""Saving people, taking them out and back; merging; files in and out."""

from __future__ import annotations

import pytest

from mailcore.models import Contact, Person
from mailcore.people import book, completion, exchange, groups, merging
from mailcore.people.errors import NobodyThere, NoCards
from mailcore.people.wire.card import Card, Item
from mailcore.store import mailboxes
from mailcore.store.errors import MailboxExists, NotFound, NotPermitted
from tests.people.test_photos import picture


def names(account_id: int, **what) -> list[str]:
    return [person.name for person in book.page(account_id, **what).people]


def known(account_id: int) -> dict[str, tuple[int, bool]]:
    rows = Contact.objects.filter(account_id=account_id)
    return {row.address: (row.uses, row.person_id is not None) for row in rows}


def test_the_list_is_in_order_and_has_headings(account_id, add):
    for name in ("Émile", "bob", "Zoë", "ann", "7 Seas", "Ørsted", "김철수", "王芳"):
        add(name)
    assert names(account_id) == ["ann", "bob", "Émile", "Zoë", "Ørsted", "김철수", "王芳", "7 Seas"]
    assert book.initials(account_id) == ["A", "B", "E", "Z", "Ø", "ㄱ", "字", "#"]
    assert names(account_id, initial="E") == ["Émile"]


def test_search_finds_names_companies_numbers_and_addresses(account_id, add):
    add("Ann Lee", "ann@wonder.land", phone="+49 (170) 1-2", organisation="Post Office")
    add("Bob")
    for text in ("lee", "ANN L", "wonder", "post", "office", "49170", "+49 (1"):
        assert names(account_id, text=text) == ["Ann Lee"], text
    for text in ("ee", "xyz", "%", "_"):
        assert names(account_id, text=text) == [], text


def test_what_is_empty_is_nobody(account_id):
    with pytest.raises(NobodyThere):
        book.save(account_id, Card(name="  ", addresses=(Item("not an address"),)))


def test_a_change_of_address_moves_along(account_id, add):
    person = add("Ann", "old@x.test", "kept@x.test")
    completion.remember(account_id, [("old@x.test", "")])
    book.save(account_id, Card(name="Ann", addresses=(Item("kept@x.test"), Item("new@x.test"))), person.id)
    assert known(account_id) == {"old@x.test": (1, False), "kept@x.test": (0, True), "new@x.test": (0, True)}


def test_removed_people_can_be_taken_back(account_id, add):
    ann, bob = add("Ann", "ann@x.test"), add("Bob", "bob@x.test")
    crew = groups.create(account_id, "Crew")
    groups.add(account_id, crew.id, [ann.id, bob.id])
    completion.remember(account_id, [("bob@x.test", "")])
    assert book.remove(account_id, [ann.id, bob.id, 99]) == 2
    assert names(account_id) == [] and groups.listing(account_id)[0][1] == 0
    assert known(account_id) == {"bob@x.test": (1, False)}
    with pytest.raises(NotFound):
        book.one(account_id, ann.id)
    assert book.restore(account_id, [ann.id, bob.id]) == 2
    assert names(account_id) == ["Ann", "Bob"] and groups.listing(account_id)[0][1] == 2
    assert known(account_id) == {"ann@x.test": (0, True), "bob@x.test": (1, True)}


def test_after_a_month_they_are_gone(account_id, add):
    ann = add("Ann", "ann@x.test")
    book.remove(account_id, [ann.id])
    book.forget_removed(account_id)
    assert book.restore(account_id, [ann.id]) == 1
    book.remove(account_id, [ann.id])
    book.forget_removed(account_id, now=1 << 33)
    assert not Person.objects.filter(account_id=account_id).exists()


def test_whom_one_only_wrote_to_stands_apart(account_id, add):
    add("Ann", "ann@x.test")
    completion.remember(account_id, [("ann@x.test", ""), ("bob@x.test", "Bob"), ("cy@x.test", "")])
    others = book.others(account_id)
    assert [row.address for row in others] == ["bob@x.test", "cy@x.test"]
    (bob,) = book.keep(account_id, [others[0].id])
    assert bob.name == "Bob" and book.with_address(account_id, "BOB@x.test") == bob
    assert book.forget(account_id, [row.id for row in others]) == 1  # Bob is saved and stays
    assert set(known(account_id)) == {"ann@x.test", "bob@x.test"}


def test_a_shared_address_stays_with_who_had_it_first(account_id, add):
    ann = add("Ann", "family@x.test")
    bob = add("Bob", "family@x.test")
    assert book.with_address(account_id, "family@x.test") == ann
    assert book.card(bob).addresses == (Item("family@x.test"),)
    assert [[p.name for p in found] for found in merging.duplicates(account_id)] == [["Ann", "Bob"]]


def test_duplicates_are_found_by_name_and_address(account_id, add):
    add("Ann Lee", "a@x.test")
    add("Lee, Änn")
    add("Somebody", "A@x.test")
    add("Bob", "b@x.test")
    add("", "c@x.test")
    assert [sorted(p.name for p in found) for found in merging.duplicates(account_id)] == [
        ["Ann Lee", "Lee, Änn", "Somebody"]
    ]


def test_merging_loses_nothing(account_id, add):
    first = add("Ann Lee", "a@x.test", notes="One", title="Clerk")
    second = add(
        "Ann", "b@x.test", "A@x.test", phone="7", notes="Two", organisation="Post", birthday="1980-02-03"
    )
    crew = groups.create(account_id, "Crew")
    groups.add(account_id, crew.id, [second.id])
    kept = merging.merge(account_id, [first.id, second.id])
    card = book.card(book.one(account_id, kept.id))
    assert (card.name, card.organisation, card.title, card.birthday) == (
        "Ann Lee",
        "Post",
        "Clerk",
        "1980-02-03",
    )
    assert [item.value for item in card.addresses] == ["a@x.test", "b@x.test"] and card.notes == "One\n\nTwo"
    assert names(account_id) == ["Ann Lee"] and groups.of(account_id, kept.id) == [crew]
    assert known(account_id) == {"a@x.test": (0, True), "b@x.test": (0, True)}
    with pytest.raises(NotPermitted):
        merging.merge(account_id, [kept.id, second.id])


def test_groups(account_id, add):
    crew = groups.create(account_id, "Crew")
    with pytest.raises(MailboxExists):
        groups.create(account_id, " CREW ")
    with pytest.raises(NobodyThere):
        groups.create(account_id, " ")
    groups.rename(account_id, crew.id, "Crew 2")
    ann = add("Ann", "a@x.test")
    assert groups.add(account_id, crew.id, [ann.id, ann.id, 99]) == 1
    assert groups.add(account_id, crew.id, [ann.id]) == 0
    assert names(account_id, group_id=crew.id) == ["Ann"]
    assert groups.take_out(account_id, crew.id, [ann.id]) == 1
    groups.remove(account_id, crew.id)
    assert groups.listing(account_id) == [] and names(account_id) == ["Ann"]


def test_strangers_reach_nothing(account_id, add):
    mailboxes.provision(8)
    ann = add("Ann", "a@x.test")
    crew = groups.create(account_id, "Crew")
    contact = Contact.objects.get(account_id=account_id)
    for act in (
        lambda: book.one(8, ann.id),
        lambda: book.save(8, Card(name="x"), ann.id),
        lambda: book.photo(8, ann.id),
        lambda: groups.expand(8, crew.id),
        lambda: groups.rename(8, crew.id, "x"),
        lambda: groups.remove(8, crew.id),
        lambda: groups.add(8, crew.id, [ann.id]),
    ):
        with pytest.raises(NotFound):
            act()
    assert book.remove(8, [ann.id]) == book.restore(8, [ann.id]) == book.forget(8, [contact.id]) == 0
    assert book.several(8, [ann.id]) == book.keep(8, [contact.id]) == []


def test_the_same_file_twice_adds_nobody(account_id):
    text = b"".join(
        b"BEGIN:VCARD\r\nFN:P%d\r\nEMAIL:p%d@x.test\r\nCATEGORIES:Crew\r\nEND:VCARD\r\n" % (n, n)
        for n in range(450)
    )
    first = exchange.take(account_id, exchange.read(text))
    again = exchange.take(account_id, exchange.read(text))
    assert (first.added, again.added, again.known) == (450, 0, 450)
    assert book.page(account_id).total == 450
    assert [(group.name, count) for group, count in groups.listing(account_id)] == [("Crew", 450)]


def test_a_card_that_knows_more_adds_to_who_is_here(account_id, add):
    add("Ann Lee", "a@x.test")
    tally = exchange.take(
        account_id,
        exchange.read(b"BEGIN:VCARD\r\nFN:Ann Lee\r\nEMAIL:a@x.test\r\nTEL:7\r\nEND:VCARD\r\n"),
    )
    (person,) = book.page(account_id).people
    assert (tally.added, tally.changed) == (0, 1)
    assert book.card(book.one(account_id, person.id)).phones == (Item("7"),)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_out_and_in_again(account_id, add, version):
    mailboxes.provision(8)
    ann = add("Ann Lee", "a@x.test", given="Ann", family="Lee", notes="Some\nnotes", birthday="--02-03")
    book.save(account_id, book.card(ann), ann.id, photo=b"\xff\xd8 a picture")
    groups.add(account_id, groups.create(account_id, "Crew").id, [ann.id])
    text = b"".join(exchange.vcards(account_id, version=version))
    tally = exchange.take(8, exchange.read(text))
    (copy,) = book.page(8).people
    assert (tally.added, tally.photos_refused) == (1, 1)  # what was no picture is none there
    assert book.card(book.one(8, copy.id)) == book.card(book.one(account_id, ann.id))
    assert [group.name for group in groups.of(8, copy.id)] == ["Crew"]


def test_photos_come_along_small(account_id):
    import base64

    photo = "PHOTO:data:image/png;base64," + base64.b64encode(picture(600, 400)).decode()
    text = f"BEGIN:VCARD\r\nFN:A\r\nEMAIL:a@x.test\r\n{photo}\r\nEND:VCARD"
    exchange.take(account_id, exchange.read(text.encode()))
    ((person_id, _),) = book.photos(account_id).values()
    assert book.photo(account_id, person_id).startswith(b"\xff\xd8")


@pytest.mark.parametrize("octets", [b"", b"hello", b"a,b\n1,2\n", b"BEGIN:VCARD\r\nEND:VCARD"])
def test_a_file_with_nobody_in_it_is_said_to_be_so(octets):
    with pytest.raises(NoCards):
        exchange.read(octets)

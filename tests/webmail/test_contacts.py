"""The address book in the browser, without scripts."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mailcore.models import Person
from mailcore.people import book, completion, groups
from mailcore.people.wire.card import Card, Item
from tests.people.test_photos import bomb, picture
from tests.webmail.conftest import BACKEND

FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def add(alice):
    def save(name: str, *addresses: str, **more) -> Person:
        return book.save(alice.pk, Card(name=name, addresses=tuple(map(Item, addresses)), **more))

    return save


def names(account) -> list[str]:
    return [person.name for person in book.page(account.pk).people]


FILLED = {
    "given": "Ann", "family": "Lee", "birthday": "--02-03", "notes": "Tea\r\nno milk",
    "addresses_value": ["ann@x.test", ""], "addresses_label": ["home", "work"],
    "phones_value": ["+49 1"], "phones_label": ["mobile"], "websites_value": ["javascript:alert(1)"],
    "websites_label": [""],
}  # fmt: skip


def test_add_see_change(page, alice):
    place = page.post("/contacts/new/", FILLED)["Location"]
    (person,) = Person.objects.filter(account_id=alice.pk)
    card = book.card(person)
    assert (card.name, card.addresses, card.phones) == (
        "Ann Lee",
        (Item("ann@x.test", "home"),),
        (Item("+49 1", "mobile"),),
    )
    assert (card.birthday, card.notes, card.websites) == ("--02-03", "Tea\nno milk", ())
    text = page.get(place).content.decode()
    assert "Ann Lee" in text and "ann@x.test" in text and "/compose/?to=ann%40x.test" in text
    page.post(f"{place}edit/", FILLED | {"family": "Smith"})
    assert names(alice) == ["Ann Smith"]
    assert book.card(book.one(alice.pk, person.id)).uid == card.uid


@pytest.mark.parametrize(
    "wrong",
    [
        {"birthday": "yesterday"},
        {"addresses_value": ["ann"]},
        {"given": "", "family": "", "addresses_value": [], "phones_value": []},
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_lost(page, alice, wrong):
    answer = page.post("/contacts/new/", FILLED | wrong)
    assert answer.status_code == 422 and b"Tea" in answer.content
    assert names(alice) == []


def test_a_photo_is_made_small_and_shown(page, alice, bob, deliver):
    page.post("/contacts/new/", FILLED | {"photo": SimpleUploadedFile("me.png", picture(600, 400))})
    (person,) = Person.objects.filter(account_id=alice.pk)
    version = bytes(person.photo).hex()[:12]
    answer = page.get(f"/contacts/{person.id}/photo/{version}/")
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert "immutable" in answer["Cache-Control"]
    entry = deliver(sender="Ann Lee <Ann@x.test>")
    for where in ("/", f"/c/{entry.conversation_id}/", "/contacts/"):
        assert f"/contacts/{person.id}/photo/{version}/" in page.get(where).content.decode(), where
    page.post(f"/contacts/{person.id}/edit/", FILLED | {"no_photo": "1"})
    assert page.get(f"/contacts/{person.id}/photo/{version}/").status_code == 404
    trap = FILLED | {"photo": SimpleUploadedFile("me.png", bomb(60_000, 60_000))}
    assert page.post(f"/contacts/{person.id}/edit/", trap).status_code == 422


def test_the_list_searches_pages_and_sorts_by_letter(page, alice, add):
    for number in range(120):
        add(f"Person {number:03}", f"p{number}@x.test")
    add("Zoe", "z@x.test")
    first = page.get("/contacts/").content.decode()
    assert "Person 000" in first and "Person 099" in first and "Person 100" not in first and "page=2" in first
    assert "Person 119" in page.get("/contacts/?page=2").content.decode()
    found = page.get("/contacts/?q=p77@").content.decode()
    assert "Person 077" in found and "Person 078" not in found
    letter = page.get("/contacts/?letter=Z").content.decode()
    assert "Zoe" in letter and "Person" not in letter.partition("people__list")[2]
    for odd in ("?page=99999", "?page=x", "?letter=%00", "?q=%25", "?group=0x"):
        assert page.get(f"/contacts/{odd}").status_code in (200, 404), odd


def test_deleting_can_be_undone(page, alice, bob, add):
    ann, _bob = add("Ann", "a@x.test"), add("Bob")
    page.post("/contacts/act/", {"do": "delete", "person": [ann.id]})
    assert names(alice) == ["Bob"]
    toast = page.get("/contacts/").context["request"].session.get("notices", [])
    assert toast == []  # told once
    page.post("/contacts/act/", {"do": "delete", "person": [_bob.id]})
    notice = page.session["notices"][-1]
    stranger = Client()
    stranger.force_login(bob, backend=BACKEND)
    assert stranger.post(notice["undo_url"], {"token": notice["undo_token"]}).status_code == 404
    assert page.post(notice["undo_url"], {"token": notice["undo_token"] + "x"}).status_code == 404
    assert page.post(notice["undo_url"], {"token": notice["undo_token"]}).status_code == 303
    assert names(alice) == ["Bob"]


def test_groups_are_made_filled_written_to_and_removed(page, alice, add):
    ann, _cy = add("Lee, Ann", "a@x.test"), add("Cy")
    place = page.post("/contacts/group/", {"do": "create", "name": "Crew"})["Location"]
    ((crew, _),) = groups.listing(alice.pk)
    page.post("/contacts/act/", {"do": f"group:{crew.id}", "person": [ann.id, _cy.id]})
    assert "Lee, Ann" in page.get(place).content.decode()
    to = page.post("/contacts/group/", {"do": "write", "group": crew.id})["Location"]
    assert to == "/compose/?to=%22Lee%2C+Ann%22+%3Ca%40x.test%3E"
    assert (
        page.post("/contacts/group/", {"do": "create", "name": "crew"}).status_code == 303
    )  # told, not made
    page.post("/contacts/group/", {"do": "rename", "group": crew.id, "name": "Sailors"})
    page.post("/contacts/act/", {"do": "ungroup", "in": crew.id, "person": [_cy.id]})
    assert [(group.name, count) for group, count in groups.listing(alice.pk)] == [("Sailors", 1)]
    page.post("/contacts/group/", {"do": "remove", "group": crew.id})
    assert groups.listing(alice.pk) == [] and len(names(alice)) == 2


def test_duplicates_are_shown_and_merged(page, alice, add):
    ann, twin = add("Ann Lee", "a@x.test"), add("Lee, Ann", "b@x.test")
    text = page.get("/contacts/merge/").content.decode()
    assert "a@x.test, b@x.test" in text
    assert page.post("/contacts/merge/", {"person": [ann.id, twin.id]}).status_code == 303
    assert names(alice) == ["Ann Lee"]
    assert b"Nobody is here twice" in page.get("/contacts/merge/").content


def test_others_are_kept_or_forgotten(page, alice):
    completion.remember(alice.pk, [("bob@x.test", "Bob"), ("cy@x.test", "")])
    text = page.get("/contacts/").content.decode()
    assert "Other contacts" in text and "bob@x.test" in text
    bob, cy = book.others(alice.pk)
    page.post("/contacts/act/", {"do": "keep", "contact": [bob.id]})
    page.post("/contacts/act/", {"do": "forget", "contact": [cy.id]})
    assert names(alice) == ["Bob"] and book.others(alice.pk) == []


@pytest.mark.parametrize("form", ["vcard", "vcard3", "csv"])
def test_out_and_in_again(page, alice, bob, add, form):
    add("Ann Lee", "a@x.test", given="Ann", family="Lee")
    answer = page.get(f"/contacts/export/{form}/")
    assert answer["Content-Disposition"].startswith("attachment")
    octets = b"".join(answer.streaming_content) if answer.streaming else answer.content
    his = Client()
    his.force_login(bob, backend=BACKEND)
    assert (
        his.post("/contacts/import/", {"file": io.BytesIO(octets), "group": "From Alice"}).status_code == 303
    )
    assert names(bob) == ["Ann Lee"]
    assert [(group.name, count) for group, count in groups.listing(bob.pk)] == [("From Alice", 1)]
    assert his.post("/contacts/import/", {"file": io.BytesIO(b"hello")}).status_code == 422
    assert his.post("/contacts/import/", {}).status_code == 422


def test_the_card_beside_a_name(page, alice, add, deliver):
    deliver(subject="Tea at five", sender="Ann <ann@x.test>")
    deliver(subject="Of others", sender="Zed <z@x.test>")
    asked = page.get("/contacts/card/?address=ann@x.test&name=Ann", headers=FRAGMENT).content.decode()
    assert (
        "Tea at five" in asked
        and "Of others" not in asked
        and "/contacts/new/?name=Ann&amp;address=ann%40x.test" in asked
    )
    add("Mum", "ann@x.test")
    asked = page.get("/contacts/card/?address=ann@x.test").content.decode()
    assert "Mum" in asked and "<html" in asked
    assert page.get("/contacts/card/?address=nobody").status_code == 404
    for hostile in ('"><script>@x.test', "a@x.test} from:me {", "{(@x.test", '"@x.test'):
        answer = page.get("/contacts/card/", {"address": hostile})
        assert answer.status_code == 200 and b"><script>@" not in answer.content


def test_another_accounts_people_are_not_there(page, alice, bob, add):
    """SECURITY D19."""
    ann = add("Ann", "a@x.test")
    crew = groups.create(alice.pk, "Crew")
    completion.remember(alice.pk, [("o@x.test", "")])
    (other,) = book.others(alice.pk)
    his = Client()
    his.force_login(bob, backend=BACKEND)
    for path in (
        f"/contacts/{ann.id}/", f"/contacts/{ann.id}/edit/", f"/contacts/{ann.id}/photo/x/",
        f"/contacts/?group={crew.id}", f"/contacts/export/vcard/?person={ann.id}",
        f"/contacts/export/csv/?group={crew.id}",
    ):  # fmt: skip
        assert his.get(path).status_code == 404, path
    assert his.post(f"/contacts/{ann.id}/edit/", FILLED).status_code == 404
    assert his.post("/contacts/act/", {"do": f"group:{crew.id}", "person": [ann.id]}).status_code == 404
    for do in ("delete", "export", "merge", "keep", "forget", "write"):
        his.post("/contacts/act/", {"do": do, "person": [ann.id], "contact": [other.id]})
    for do in ("rename", "remove", "write"):
        assert his.post("/contacts/group/", {"do": do, "group": crew.id, "name": "x"}).status_code == 404
    assert names(alice) == ["Ann"] and names(bob) == [] and len(book.others(alice.pk)) == 1


def test_what_is_sought_here_is_not_put_into_the_search_for_mail(page, alice):
    shown = page.get("/contacts/?q=hatter").content.decode()
    assert re.findall(r'name="q" value="([^"]*)"', shown) == ["", "hatter"]

"""Labels in the browser: their lists, their page, putting them on and taking them off, and undo."""

from __future__ import annotations

import re

import pytest

from mailcore.models import Entry
from mailcore.store import flags, labels, mailboxes

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def letters(deliver, alice) -> list[Entry]:
    """Four conversations in the inbox, the oldest first."""
    put = [deliver(subject=f"Letter {n}") for n in range(4)]
    return [Entry.objects.get(account_id=alice.pk, id=one.entry_id) for one in put]


@pytest.fixture
def work(alice):
    return labels.create(alice.pk, "Work", "blue")


def keywords(alice) -> list[str]:
    return list(
        Entry.objects.filter(account_id=alice.pk, expunged=False)
        .order_by("received", "id")
        .values_list("keywords", flat=True)
    )


def act(page, **fields) -> str:
    return page.post("/actions/", fields, headers=FRAGMENT).content.decode()


def undo(page, html: str) -> None:
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    assert "Undone" in page.post("/undo/", {"token": token}, headers=FRAGMENT).content.decode()


def subjects(html: str) -> list[str]:
    return re.findall(r'class="row__subject"[^>]*>(.*?)</span>', html)


def test_putting_on_taking_off_and_undo(page, alice, letters, work):
    ids = [letters[0].conversation_id, letters[2].conversation_id]
    told = act(page, action="label", label=work.id, conversation=ids)
    assert "2 labelled “Work”" in told
    assert keywords(alice) == ["work", "", "work", ""]
    told_off = act(page, unlabel=work.id, conversation=ids[0])
    assert "“Work” removed" in told_off and keywords(alice) == ["", "", "work", ""]
    undo(page, told_off)
    undo(page, told)
    assert keywords(alice) == ["", "", "", ""]


def test_a_name_that_is_new_makes_a_label_and_one_that_is_known_does_not(page, alice, letters, work):
    act(page, action="label", new_label="  Trips ", conversation=letters[0].conversation_id)
    act(page, action="label", new_label="WORK", conversation=letters[1].conversation_id)
    assert [label.name for label in labels.listing(alice.pk)] == ["Trips", "Work"]
    assert keywords(alice) == ["trips", "work", "", ""]


def test_without_scripts_the_ticked_labels_are_put_on_or_taken_off(page, alice, letters, work):
    form = {"label": work.id, "conversation": letters[0].conversation_id, "next": "/"}
    assert page.post("/actions/", form | {"action": "label"}).status_code == 303
    assert keywords(alice)[0] == "work"
    page.post("/actions/", form | {"action": "label-remove"})
    assert keywords(alice)[0] == ""


def test_what_lies_in_trash_keeps_out_of_it(page, alice, deliver, letters, work):
    answer = f"Message-ID: <t@x>\r\nReferences: <{1}@letters.test>\r\n"
    deliver(subject="Re: Letter 0", headers=answer, mailbox="\\Trash")
    act(page, action="label", label=work.id, conversation=letters[0].conversation_id)
    assert sorted(keywords(alice)) == ["", "", "", "", "work"]


def test_the_list_of_a_label_spans_folders_and_pages(page, alice, letters, work, deliver):
    deliver(subject="Filed", mailbox="\\Archive")
    for use in ("INBOX", "Archive"):
        flags.add(mailboxes.named(alice.pk, use), None, 0, frozenset(["work"]))
    html = page.get(f"/label/{work.id}/").content.decode()
    assert subjects(html) == ["Filed", "Letter 3", "Letter 2", "Letter 1", "Letter 0"]
    assert f"?in_label={work.id}" in html and 'name="in_label"' in html
    assert '<span class="tag tint--blue"' not in html  # all of them carry it, so no row says so
    assert 'class="tag tint--blue" dir="auto">Work<' in page.get("/").content.decode()
    one = page.get(f"/label/{work.id}/rows/?c={letters[0].conversation_id}").content.decode()
    assert subjects(one) == ["Letter 0"]
    opened = page.get(f"/c/{letters[0].conversation_id}/?in_label={work.id}").content.decode()
    assert f'href="/label/{work.id}/" data-back' in opened and len(subjects(opened)) == 5


def test_the_rail_counts_what_waits(page, alice, letters, work):
    flags.add(mailboxes.named(alice.pk, "INBOX"), [1, 2], 0, frozenset(["work"]))
    flags.add(mailboxes.named(alice.pk, "INBOX"), [3], 0, frozenset(["$label4"]))  # Thunderbird's "To Do"
    html = page.get(f"/folders/rail/?in_label={work.id}").content.decode()
    found = re.findall(
        r'data-tag="\d+"( aria-current="page")?>.*?dir="auto">(.*?)</span>.*?count">(\d+)<', html
    )
    assert found == [("", "To Do", "1"), (' aria-current="page"', "Work", "2")]


def test_the_page_of_labels(page, alice):
    assert "No labels yet" in page.get("/label/").content.decode()
    page.post("/label/create/", {"name": "Work"})
    label = labels.listing(alice.pk)[0]
    assert "already" in page.post("/label/create/", {"name": "work"}).content.decode()
    page.post(f"/label/{label.id}/change/", {"name": "Labour"})
    page.post(f"/label/{label.id}/change/", {"colour": "teal"})
    page.post(f"/label/{label.id}/change/", {"colour": "url(evil)"})
    page.post(f"/label/{label.id}/change/", {"hidden": "1"})
    now = labels.one(alice.pk, label.id)
    assert (now.name, now.colour, now.is_hidden, now.keyword) == ("Labour", "teal", True, "work")
    assert "Labour" not in page.get("/folders/rail/").content.decode()
    assert "dot--teal" in page.get("/label/").content.decode()
    assert 'value="Labour"' in page.get(f"/label/{label.id}/menu/").content.decode()


def test_deleting_can_be_undone(page, alice, letters, work):
    flags.add(mailboxes.named(alice.pk, "INBOX"), [1, 3], 0, frozenset(["work"]))
    told = page.post(f"/label/{work.id}/delete/", headers=FRAGMENT).content.decode()
    assert keywords(alice) == ["", "", "", ""] and labels.listing(alice.pk) == []
    undo(page, told)
    again = labels.listing(alice.pk)[0]
    assert (again.name, again.colour) == ("Work", "blue")
    assert keywords(alice) == ["work", "", "work", ""]


@pytest.mark.parametrize("address", ["", "rows/?c=1", "menu/"])
def test_labels_of_others_are_not_there(page, bob, address):
    theirs = labels.create(bob.pk, "Secret")
    assert page.get(f"/label/{theirs.id}/{address}").status_code == 404


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_labels_of_others_are_not_changed(page, bob, verb):
    theirs = labels.create(bob.pk, "Secret")
    assert page.post(f"/label/{theirs.id}/{verb}/", {"name": "Mine"}).status_code == 404
    assert labels.one(bob.pk, theirs.id).name == "Secret"


def test_labels_of_others_are_not_put_on(page, alice, bob, letters):
    theirs = labels.create(bob.pk, "Secret")
    form = {"label": theirs.id, "conversation": letters[0].conversation_id}
    assert page.post("/actions/", form, headers=FRAGMENT).status_code == 404
    assert keywords(alice) == ["", "", "", ""]


def test_important_is_a_keyword_that_other_programs_see(page, alice, letters):
    number = letters[1].conversation_id
    assert page.post("/actions/", {"important": number}, headers=FRAGMENT).status_code == 204
    assert keywords(alice)[1] == "$Important"
    row = page.get("/").content.decode().split("<li ")
    assert sum("important--on" in one for one in row) == 1
    assert "Letter 1" in page.get("/search/?q=is:important").content.decode()
    page.post("/actions/", {"action": "unimportant", "conversation": number}, headers=FRAGMENT)
    assert keywords(alice)[1] == ""


def test_colours_can_be_read():
    """Ink on tint, light and dark: WCAG 2.2 §1.4.3."""
    from pathlib import Path

    from mailcore.models.label import COLOURS

    text = (Path(__file__).parents[3] / "static/css/tokens.css").read_text()

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        lin = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    for name in COLOURS:
        grounds, inks = (
            re.search(rf"--tint-{name}{end}: light-dark\((#\w+), (#\w+)\)", text).groups()
            for end in ("", "-ink")
        )
        for ground, ink in zip(grounds, inks, strict=True):
            low, high = sorted((luminance(ground), luminance(ink)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_of_many_labels_a_row_shows_some_and_says_how_many_more(page, alice, letters):
    for number in range(20):
        label = labels.create(alice.pk, f"Label {number:02}", "blue")
        box = mailboxes.fresh(alice.pk, letters[0].mailbox_id)
        flags.add(box, [letters[0].uid], 0, frozenset([label.keyword]))
    row = page.get("/").content.decode().partition("Letter 0")[2].partition("</li>")[0]
    assert re.findall(r'dir="auto">(Label \d\d)', row) == ["Label 00", "Label 01", "Label 02"]
    assert ">\u200e+17</span>" in row and "Label 19" in row

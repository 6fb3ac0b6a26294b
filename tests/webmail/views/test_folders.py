"""The folder tree: folding it, putting folders into one another, removing them with a way back."""

from __future__ import annotations

import re

import pytest

from mailcore.models.entry import SEEN
from mailcore.store import mailboxes

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def tree(alice) -> dict[str, int]:
    names = ("Work", "Work/Berlin", "Work/Berlin/2026", "Garden", "Archive/Old")
    return {name: mailboxes.create(alice.pk, name).id for name in names}


def own(alice) -> list[str]:
    return [box.name for box in mailboxes.listing(alice.pk) if not box.special_use and box.name != "INBOX"]


def shown(html: str) -> list[tuple[str, str]]:
    """(depth, name) of the folders in the rail."""
    return re.findall(
        r'<li(?: class="folder__place folder__place--(\d)")?>.*?class="folder__name"[^>]*>(.*?)<', html
    )


def undo(page, html: str) -> None:
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    page.post("/undo/", {"token": token}, headers=FRAGMENT)


def test_the_tree_is_a_tree_also_below_special_folders_and_over_gaps(page, alice, tree):
    mailboxes.delete(alice.pk, "Work/Berlin")
    names = shown(page.get("/folders/rail/").content.decode())
    assert names[names.index(("", "Archive")) + 1] == ("1", "Old")
    assert names[-4:] == [("", "Garden"), ("", "Work"), ("1", "Berlin"), ("2", "2026")]


def test_folded_away_it_stays_away_in_this_browser(page, tree):
    answer = page.post("/folders/fold/", {"fold": tree["Work"]}, headers=FRAGMENT)
    assert ("1", "Berlin") not in shown(answer.content.decode())
    html = page.get("/").content.decode()
    assert ("1", "Berlin") not in shown(html) and 'aria-expanded="false"' in html
    page.post("/folders/fold/", {"fold": tree["Work"], "next": "/"})
    assert ("1", "Berlin") in shown(page.get("/").content.decode())


def test_what_waits_in_a_folded_folder_makes_it_bold(page, tree, deliver):
    deliver(mailbox="Work/Berlin")
    html = page.post("/folders/fold/", {"fold": tree["Work"]}, headers=FRAGMENT).content.decode()
    assert re.search(rf'class="folder folder--unseen" href="/mail/{tree["Work"]}/"', html)


def test_into_another_folder_and_to_the_top(page, alice, tree):
    page.post(f"/folders/{tree['Work/Berlin']}/into/", {"target": tree["Garden"]}, headers=FRAGMENT)
    assert own(alice) == ["Archive/Old", "Garden", "Garden/Berlin", "Garden/Berlin/2026", "Work"]
    page.post(f"/folders/{tree['Work/Berlin']}/into/", {"target": ""})
    assert own(alice) == ["Archive/Old", "Berlin", "Berlin/2026", "Garden", "Work"]


def test_not_into_itself(page, alice, tree):
    before = own(alice)
    answer = page.post(f"/folders/{tree['Work']}/into/", {"target": tree["Work/Berlin"]}, headers=FRAGMENT)
    assert answer.status_code == 422 and own(alice) == before


def test_made_inside_and_renamed_in_its_place(page, alice, tree):
    page.post("/folders/create/", {"name": "Roses", "inside": tree["Garden"]})
    page.post(f"/folders/{tree['Work/Berlin']}/rename/", {"name": "Hamburg", "stays": "1"})
    assert own(alice) == [
        "Archive/Old", "Garden", "Garden/Roses", "Work", "Work/Hamburg", "Work/Hamburg/2026",
    ]  # fmt: skip


def test_removed_with_all_that_is_in_it_and_brought_back(page, alice, tree, deliver):
    deliver(mailbox="Work")
    deliver(mailbox="Work/Berlin/2026")
    deliver(mailbox="\\Trash")
    told = page.post(f"/folders/{tree['Work']}/delete/", headers=FRAGMENT).content.decode()
    assert own(alice) == ["Archive/Old", "Garden"] and mailboxes.named(alice.pk, "Trash").total == 3
    undo(page, told)
    assert own(alice) == ["Archive/Old", "Garden", "Work", "Work/Berlin", "Work/Berlin/2026"]
    totals = {box.name: box.total for box in mailboxes.listing(alice.pk) if box.total}
    assert totals == {"Trash": 1, "Work": 1, "Work/Berlin/2026": 1}


def test_everything_read_and_unread_again(page, alice, deliver, inbox):
    deliver()
    deliver(flags=SEEN)
    deliver()
    told = page.post(f"/folders/{inbox.pk}/read/", headers=FRAGMENT).content.decode()
    assert "2 messages marked as read" in told and mailboxes.named(alice.pk, "INBOX").unseen == 0
    undo(page, told)
    assert mailboxes.named(alice.pk, "INBOX").unseen == 2


def test_the_menu_of_a_folder(page, tree, inbox, deliver):
    deliver()
    html = page.get(f"/folders/{tree['Work']}/menu/?next=/").content.decode()
    assert "Remove, messages to Trash" in html and "Garden" in html and ">Work/Berlin<" not in html
    fixed = page.get(f"/folders/{inbox.pk}/menu/").content.decode()
    assert "Mark everything as read" in fixed and "Remove" not in fixed


@pytest.mark.parametrize("verb", ["rename", "into", "delete", "read", "empty"])
def test_folders_of_others_are_not_there(page, bob, verb):
    theirs = mailboxes.create(bob.pk, "Secret")
    assert page.post(f"/folders/{theirs.pk}/{verb}/", {"name": "Mine"}).status_code == 404
    assert page.get(f"/folders/{theirs.pk}/menu/").status_code == 404
    assert page.post("/folders/fold/", {"fold": theirs.pk}).status_code == 404
    assert mailboxes.named(bob.pk, "Secret").id == theirs.pk


def test_nothing_is_put_into_a_folder_of_others(page, alice, bob, tree):
    theirs = mailboxes.create(bob.pk, "Secret")
    assert page.post(f"/folders/{tree['Work']}/into/", {"target": theirs.pk}).status_code == 404
    assert page.post("/folders/create/", {"name": "x", "inside": theirs.pk}).status_code == 404

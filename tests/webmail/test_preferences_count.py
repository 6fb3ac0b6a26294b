"""What somebody chose in the settings is what the pages do."""

from __future__ import annotations

import re

import pytest

from mailcore.identity import preferences
from mailcore.models.entry import SEEN
from mailcore.store import entries, mailboxes, quota

SCRIPT = {"HTTP_X_FRAGMENT": "1"}


def is_read(account) -> bool:
    box = mailboxes.named(account.pk, "INBOX")
    return all(row[0] & SEEN for row in entries.rows(account.pk, box.pk, None, ["e.flags"]))


def text(page, url: str, **how) -> str:
    return page.get(url, **how).content.decode()


@pytest.mark.parametrize("size", [25, 50])
def test_conversations_on_a_page(page, alice, deliver, size):
    for number in range(52):
        deliver(subject=f"Number {number}")
    preferences.change(alice, page_size=size)
    page.cookies["endless"] = "off"
    first = text(page, "/")
    assert first.count('class="row ') + first.count('class="row"') == size
    older = re.search(r'href="(/mail/[^"]*before=[^"]*)"', first)[1].replace("&amp;", "&")
    rest = text(page, older)
    assert rest.count('class="row ') + rest.count('class="row"') == min(size, 52 - size)
    found = text(page, "/search/?q=number")
    assert found.count('class="row ') + found.count('class="row"') == size


@pytest.mark.parametrize(
    ("seconds", "reads", "button"), [(0, True, False), (3, False, True), (10, False, True), (-1, False, True)]
)
def test_opening_marks_as_read_when_the_reader_wants_it(page, alice, deliver, seconds, reads, button):
    conversation = deliver().conversation_id
    preferences.change(alice, mark_read_seconds=seconds)
    for how in ({}, SCRIPT):
        shown = text(page, f"/c/{conversation}/", **how)
        assert is_read(alice) is reads
        assert (f'data-read-after="{seconds}"' in shown) is not reads
        assert how == {} or ('value="read" aria-label="Mark as read"' in shown) is button


def test_a_script_says_when_it_was_read(page, alice, deliver):
    letter = deliver()
    preferences.change(alice, mark_read_seconds=3)
    page.post(f"/c/{letter.conversation_id}/opened/", {"until": letter.message_id})
    assert is_read(alice)


def test_answering_everybody_stands_first(page, alice, deliver):
    several = deliver(to="alice@example.org, carol@far.test").conversation_id
    alone = deliver(subject="Only you").conversation_id

    def answers(conversation: int) -> list[str]:
        shown = text(page, f"/c/{conversation}/").partition("thread__answer")[2]
        return re.findall(r'data-answer="([a-z-]+)"', shown)

    assert answers(several) == ["reply", "reply-all", "forward"]
    preferences.change(alice, reply_all=True)
    assert answers(several) == ["reply-all", "reply", "forward"]
    assert answers(alone) == ["reply", "forward"]


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        (79, None),
        (81, "Room is getting scarce."),
        (94, "Room is getting scarce."),
        (96, "Hardly any room is left."),
    ],
)
def test_the_rail_says_when_room_gets_scarce(page, alice, deliver, percent, said):
    deliver("x" * 100_000)
    alice.quota_bytes = quota.usage(alice.pk).used * 100 // percent
    alice.save()
    shown = text(page, "/")
    assert ("/preferences/storage/" in shown) is bool(said)
    if said:
        assert said in shown

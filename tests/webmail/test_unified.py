"""All inboxes in one list: what lies in it, whose each row is, what is done where, and what is told as it happens."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailcore.identity import accounts, delegations
from mailcore.models import Delegation, Entry, Message
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.store import conversation_list, mailboxes
from webmail.views import events


@pytest.fixture
def given(alice, bob) -> Delegation:
    """Bob gave his account to alice, who said yes."""
    found = delegations.give(bob, "alice@example.org")
    delegations.accept(alice, found.pk)
    return found


@pytest.fixture
def letters(deliver, alice, bob, given) -> dict[str, int]:
    """Subject → conversation: in turn one for alice, one for bob."""
    for number in range(3):
        deliver(subject=f"Alice {number}")
        deliver(subject=f"Bob {number}", account=bob)
    return {
        row.subject: row.conversation_id
        for account in (alice, bob)
        for row in Message.objects.filter(account_id=account.pk)
    }


def subjects(html: str) -> list[str]:
    return re.findall(r'<span class="row__subject"[^>]*>([^<]*)', html)


def where(account, conversation: int) -> str:
    box = Entry.objects.get(account_id=account.pk, conversation_id=conversation, expunged=False).mailbox_id
    return mailboxes.fresh(account.pk, box).name


def test_they_stand_in_one_list_newest_first(page, letters):
    shown = page.get("/all/").content.decode()
    assert subjects(shown) == ["Bob 2", "Alice 2", "Bob 1", "Alice 1", "Bob 0", "Alice 0"]
    assert '<span class="folder__name">All inboxes</span><span class="folder__count">6</span>' in shown
    assert "<title>(6) All inboxes" in shown


def test_every_row_opens_in_its_own_account_and_says_whose_it_is(page, bob, letters):
    shown = page.get("/all/").content.decode()
    bobs, own = letters["Bob 1"], letters["Alice 1"]
    inbox = mailboxes.named(bob.pk, "INBOX").id
    assert f'href="/u/{bob.pk}/c/{bobs}/?in={inbox}&amp;unified=1"' in shown
    assert f'href="/c/{own}/?in=' in shown
    assert shown.count('<span class="tag" dir="auto">') == 3  # bob's
    opened = page.get(f"/u/{bob.pk}/c/{bobs}/?in={inbox}&unified=1").content.decode()
    assert subjects(opened) == ["Bob 2", "Alice 2", "Bob 1", "Alice 1", "Bob 0", "Alice 0"]  # still beside it
    assert re.search(r'href="/all/" data-back', opened)
    assert f'action="/u/{bob.pk}/actions/"' in opened and 'action="/all/actions/"' in opened


def test_a_page_ends_where_the_next_one_begins(page, letters, monkeypatch):
    monkeypatch.setattr(conversation_list, "PAGE_SIZE", 4)
    shown = page.get("/all/").content.decode()
    assert subjects(shown) == ["Bob 2", "Alice 2", "Bob 1", "Alice 1"]
    older = re.search(r'href="(/all/\?[^"]*)" data-list-older', shown)
    assert older
    assert subjects(page.get(older[1].replace("&amp;", "&")).content.decode()) == ["Bob 0", "Alice 0"]


def test_what_is_read_is_left_out_of_the_unread(page, bob, letters):
    page.post("/all/actions/", {"action": "read", "conversation": [letters["Bob 1"], letters["Alice 0"]]})
    assert subjects(page.get("/all/?unread=1").content.decode()) == ["Bob 2", "Alice 2", "Alice 1", "Bob 0"]


@pytest.mark.parametrize(
    ("form", "box"),
    [({"action": "archive"}, "Archive"), ({"action": "delete"}, "Trash"), ({"action": "spam"}, "Junk")],
    ids=str,
)
def test_what_is_done_is_done_in_each_account_and_undone_at_once(form, box, page, alice, bob, letters):
    bobs, own = letters["Bob 1"], letters["Alice 1"]
    answer = page.post(
        "/all/actions/", {**form, "conversation": [bobs, own]}, headers={"X-Fragment": "1"}
    ).content.decode()
    assert (where(bob, bobs), where(alice, own)) == (box, box)
    token = re.search(r'name="token" value="([^"]+)"', answer)
    assert token and 'action="/all/undo/"' in answer
    page.post("/all/undo/", {"token": token[1]})
    assert (where(bob, bobs), where(alice, own)) == ("INBOX", "INBOX")


@pytest.mark.parametrize(("name", "bit", "on"), [("star", FLAGGED, True), ("read", SEEN, True)])
def test_a_mark_is_put_on_the_row_it_was_meant_for(name, bit, on, page, bob, letters):
    form = (
        {"star": letters["Bob 0"]} if name == "star" else {"action": name, "conversation": letters["Bob 0"]}
    )
    page.post("/all/actions/", form)
    marked = [entry for entry in Entry.objects.filter(account_id=bob.pk) if entry.flags & bit]
    assert [entry.conversation_id for entry in marked] == [letters["Bob 0"]]


@pytest.mark.parametrize("form", [{"action": "move"}, {"move": "1"}, {"new_label": "x"}, {}], ids=str)
def test_what_is_of_one_account_is_not_done_to_several(form, page, letters):
    assert page.post("/all/actions/", {**form, "conversation": letters["Bob 0"]}).status_code in (303, 400)
    headers = {"X-Fragment": "1"}
    answer = page.post("/all/actions/", {**form, "conversation": letters["Bob 0"]}, headers=headers)
    assert answer.status_code == 400


def test_what_is_not_given_any_more_is_not_there(page, alice, bob, given, letters):
    bobs = letters["Bob 1"]
    archive = page.post(
        "/all/actions/", {"action": "archive", "conversation": bobs}, headers={"X-Fragment": "1"}
    )
    token = re.search(r'value="([^"]+)"><button', archive.content.decode())
    delegations.revoke(bob, given.pk)
    assert subjects(page.get("/all/").content.decode()) == ["Alice 2", "Alice 1", "Alice 0"]
    assert subjects(page.get(f"/all/rows/?c={bobs}&c={letters['Bob 2']}").content.decode()) == []
    assert page.post("/all/actions/", {"action": "delete", "conversation": letters["Bob 2"]}).status_code in (
        303,
        404,
    )
    page.post("/all/undo/", {"token": token[1]})
    assert where(bob, letters["Bob 2"]) == "INBOX"
    assert where(bob, bobs) == "Archive"


def test_a_note_of_somebody_else_undoes_nothing(page, alice, bob, letters):
    answer = page.post(
        "/all/actions/",
        {"action": "archive", "conversation": letters["Alice 1"]},
        headers={"X-Fragment": "1"},
    )
    token = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    page.force_login(bob, backend="mailcore.identity.backend.AddressBackend")
    undone = page.post("/all/undo/", {"token": token[1]}, headers={"X-Fragment": "1"})
    assert undone.status_code == 400 and where(alice, letters["Alice 1"]) == "Archive"


def test_a_page_asks_each_account_the_same_few_questions(page, bob, deliver, letters):
    page.get("/all/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        page.get("/all/", headers={"X-Fragment": "1"})
    for number in range(20):
        deliver(subject=f"More {number}", account=bob)
    with CaptureQueriesContext(connection) as many:
        page.get("/all/", headers={"X-Fragment": "1"})
    assert len(many) == len(few)


def test_who_has_one_mailbox_sees_no_line_for_all(page, deliver):
    deliver()
    assert "All inboxes" not in page.get("/").content.decode()


def test_within_another_account_the_line_leads_back(page, bob, letters):
    shown = page.get(f"/u/{bob.pk}/").content.decode()
    assert 'href="/all/" data-every-inbox' in shown
    assert page.get(f"/u/{bob.pk}/all/")["Location"] == "/all/"


# --- as it happens ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_stream_tells_of_all_of_them_until_one_is_taken_back(alice, bob, given, deliver, async_client):
    async_client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")

    async def listen() -> list[bytes]:
        answer = await async_client.get("/all/events/")
        stream = aiter(answer)
        pieces = [await anext(stream)]
        for account in (bob, alice):
            await sync_to_async(deliver)(subject="New", account=account)
            pieces.append(await anext(stream))
        await sync_to_async(delegations.revoke)(bob, given.pk)
        await sync_to_async(deliver)(subject="Not for alice any more", account=bob)
        pieces.append(await anext(stream))
        await async_client.alogout()
        await sync_to_async(deliver)(subject="Not for you any more")
        return [*pieces, *[piece async for piece in stream if piece != b":\n\n"]]

    first, of_bob, of_alice, less, *rest = async_to_sync(listen)()
    news = [json.loads(piece.decode().partition("data: ")[2]) for piece in (of_bob, of_alice, less)]
    assert first.startswith(b"retry: ")
    assert [[int(number) >> 32 for number in one["arrived"]] for one in news] == [[bob.pk], [alice.pk], []]
    assert [one["everything"] for one in news] == [False, False, True]
    assert [one["unread"] for one in news] == [1, 2, 1]
    assert sorted(one["modseq"] for one in news) == [one["modseq"] for one in news]
    assert rest == [events.END]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("missed", [False, True])
def test_who_comes_back_is_told_everything_if_anything_was_missed(missed, alice, bob, given, async_client):
    async_client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")

    async def listen(since: str) -> tuple[str, bytes]:
        stream = aiter(await async_client.get(f"/all/events/{since}"))
        first = (await anext(stream)).decode()
        return first.partition("id: ")[2].strip(), await asyncio.wait_for(anext(stream), 5) if missed else b""

    reached, _ = async_to_sync(listen)("") if not missed else ("5", b"")
    again, news = async_to_sync(listen)(f"?since={int(reached) + missed}")
    assert int(again) >= int(reached)
    assert (b'"everything":true' in news) == missed


@pytest.mark.django_db(transaction=True)
def test_a_stranger_is_told_to_stop_asking(async_client):
    assert async_to_sync(async_client.get)("/all/events/").status_code == 204


def test_a_closed_account_is_left_out(page, bob, letters):
    accounts.close(bob)
    assert subjects(page.get("/all/").content.decode()) == ["Alice 2", "Alice 1", "Alice 0"]

"""The live feed: what it tells, to whom, and when."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client

from mailcore.changes import log
from mailcore.drafts import begin, send
from mailcore.drafts import rows as drafts
from mailcore.identity import accounts, delegations
from mailcore.later import follow_up
from mailcore.models import Entry
from mailcore.models.entry import SEEN
from mailcore.outbound import queue
from mailcore.outbound.reply import Reply
from mailcore.store import flags, mailboxes
from webmail.views import events


@pytest.mark.django_db
def test_a_new_letter_is_told_with_its_conversation_and_the_counters(deliver, alice, inbox):
    since = log.modseq(alice.pk)
    assert events.news_since(alice.pk, since) is None
    one = deliver()
    entry = Entry.objects.get(account_id=alice.pk, id=one.entry_id)
    news = events.news_since(alice.pk, since)
    assert news["arrived"] == news["conversations"] == [str(entry.conversation_id)]
    assert news["folders"][str(inbox.pk)] == [1, 1, 1]  # unread, all, unread
    assert news["unread"] == 1
    assert news["modseq"] == log.modseq(alice.pk)
    assert events.news_since(alice.pk, news["modseq"]) is None


@pytest.mark.django_db
def test_a_flag_changed_elsewhere_is_told(deliver, alice, inbox):
    one = deliver()
    since = log.modseq(alice.pk)
    flags.add(inbox, [one.uid], SEEN)
    news = events.news_since(alice.pk, since)
    assert news["arrived"] == []
    assert len(news["conversations"]) == 1
    assert news["unread"] == 0


@pytest.mark.django_db
def test_too_much_is_told_as_everything(deliver, alice):
    since = log.modseq(alice.pk)
    for number in range(events.MOST_CONVERSATIONS + 1):
        deliver(headers=f"Message-ID: <{number}@t>\r\n")
    news = events.news_since(alice.pk, since)
    assert news["everything"]
    assert news["conversations"] == []


@pytest.mark.django_db
def test_folders_that_come_and_go_are_everything(alice):
    since = log.modseq(alice.pk)
    mailboxes.create(alice.pk, "Garden")
    assert events.news_since(alice.pk, since)["everything"]


@pytest.mark.django_db
def test_nobody_hears_of_anothers_mail(deliver, alice, bob):
    since = log.modseq(bob.pk)
    deliver()
    assert events.news_since(bob.pk, since) is None
    assert json.dumps(events.news_since(alice.pk, 0)["folders"])


@pytest.mark.django_db(transaction=True)
def test_strangers_are_told_to_stop_asking(async_client):
    assert async_to_sync(async_client.get)("/events/").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_what_arrives_and_ends_with_the_session(deliver, alice, async_client):
    """SECURITY D16: who has signed out hears nothing more."""
    async_client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    since = log.modseq(alice.pk)

    async def listen() -> tuple[bytes, bytes, list[bytes]]:
        answer = await async_client.get(f"/events/?since={since}")
        assert answer["Content-Type"].startswith("text/event-stream")
        assert answer["Cache-Control"] == "no-store, private"
        stream = aiter(answer)
        first = await anext(stream)
        await sync_to_async(deliver)(subject="New")
        news = await anext(stream)
        await async_client.alogout()
        await sync_to_async(deliver)(subject="Not for you any more")
        return first, news, [piece async for piece in stream if piece != b":\n\n"]

    first, news, rest = async_to_sync(listen)()
    assert first.startswith(b"retry: ")
    assert f"id: {since}\n".encode() in first
    assert b"event: change\ndata: {" in news
    assert rest == [events.END]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["signed out", "suspended", "another password"])
def test_the_end_of_a_session_ends_its_streams_at_once(alice, async_client, how):
    """Nothing arrives, nobody waits for a heartbeat: whoever ends a session says so."""
    async_client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")

    def end() -> None:
        if how == "signed out":
            client = Client()
            client.cookies = async_client.cookies
            client.post("/logout/")
        elif how == "suspended":
            accounts.close(alice)
        else:
            accounts.set_password(alice, "another day, another password")

    async def listen() -> tuple[list[bytes], float]:
        answer = await async_client.get("/events/")
        stream = aiter(answer)
        await anext(stream)
        pieces = asyncio.ensure_future(_all(stream))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await sync_to_async(end)()
        return await asyncio.wait_for(pieces, 5), time.monotonic() - began

    rest, seconds = async_to_sync(listen)()
    assert rest == [events.END]
    assert seconds < 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["taken back", "given up", "signed out", "another password"])
def test_the_end_of_a_permission_ends_its_streams_at_once(alice, bob, async_client, how):
    """Bob watches what Alice gave him; no news come, and still he is not left with a stream that is none."""
    given = delegations.give(alice, bob.address)
    delegations.accept(bob, given.pk)
    async_client.force_login(bob, backend="mailcore.identity.backend.AddressBackend")

    def end() -> None:
        if how == "taken back":
            delegations.revoke(alice, given.pk)
        elif how == "given up":
            delegations.leave(bob, given.pk)
        elif how == "signed out":
            client = Client()
            client.cookies = async_client.cookies
            client.post("/logout/")
        else:
            accounts.set_password(bob, "another day, another password")

    async def listen() -> tuple[list[bytes], float]:
        answer = await async_client.get(f"/u/{alice.pk}/events/")
        stream = aiter(answer)
        await anext(stream)
        pieces = asyncio.ensure_future(_all(stream))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await sync_to_async(end)()
        return await asyncio.wait_for(pieces, 15), time.monotonic() - began

    rest, seconds = async_to_sync(listen)()
    assert rest == [events.END]
    assert seconds < 5


@pytest.mark.django_db
def test_what_became_of_a_letter_is_told(alice):
    letter = send.send(
        alice, drafts.save(begin.new(alice), to="carol@far.test", subject="Tea", text="?"), undo_seconds=0
    )
    sent = Entry.objects.get(account_id=alice.pk, mailbox_id=letter.sent_mailbox_id, uid=letter.sent_uid)
    since = log.modseq(alice.pk)
    batch = queue.claim("far.test", 10)
    assert batch is not None
    reply = Reply(250, "2.0.0", "taken")
    queue.record([queue.Outcomes(batch, [queue.Result(claimed, reply) for claimed in batch.recipients])])
    news = events.news_since(alice.pk, since)
    assert news["conversations"] == [str(sent.conversation_id)]
    assert (news["arrived"], news["everything"]) == ([], False)


async def _all(stream) -> list[bytes]:
    return [piece async for piece in stream]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("since", "everything"),
    [(0, True), (-3, False), (+5, True)],
    ids=["older than the log", "in the log", "of another database"],
)
def test_a_page_that_comes_back_misses_nothing(deliver, alice, async_client, since, everything):
    for number in range(5):
        deliver(headers=f"Message-ID: <{number}@t>\r\n")
    log.prune(alice.pk, -1)
    for number in range(5):
        deliver(headers=f"Message-ID: <later-{number}@t>\r\n")
    current = log.modseq(alice.pk)
    async_client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")

    async def listen() -> dict:
        answer = await async_client.get(
            "/events/", headers={"Last-Event-ID": str(current + since if since else 1)}
        )
        stream = aiter(answer)
        await anext(stream)
        return json.loads((await anext(stream)).partition(b"data: ")[2])

    news = async_to_sync(listen)()
    assert news["everything"] is everything
    assert len(news["conversations"]) == (0 if everything else 3)
    assert news["modseq"] == current


@pytest.mark.django_db
def test_what_sleeps_and_what_comes_back_is_told(deliver, alice):
    one = deliver()
    since = log.modseq(alice.pk)
    follow_up.remind(alice.pk, one.conversation_id, int(time.time()) + 60)
    news = events.news_since(alice.pk, since)
    assert (news["conversations"], news["arrived"]) == ([str(one.conversation_id)], [])


@pytest.mark.django_db
def test_news_cost_a_handful_of_queries_however_many_there_are(deliver, alice, django_assert_max_num_queries):
    since = log.modseq(alice.pk)
    for number in range(40):
        deliver(headers=f"Message-ID: <{number}@t>\r\n")
    with django_assert_max_num_queries(8):
        assert len(events.news_since(alice.pk, since)["arrived"]) == 40

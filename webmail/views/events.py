"""The live list: what changed, told to open pages as it happens. Server-sent events; nobody polls.

An event is `id: <modseq>` and a JSON object: conversations to draw again (`conversations`, or `everything` when
there are too many), the folders' counters (beside the name, all, unread), how many unread the inbox has. A page that
comes back after a pause says with Last-Event-ID what it has seen. `end` says that the session is over, or what was
watched is not given any more: there is nothing to come back for.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from mailcore.changes import change, log
from mailcore.changes.wakeups import Wakeups
from mailcore.identity import delegations, sign_ins
from mailcore.journey import follow
from mailcore.models import Account, Entry
from webmail import reader
from webmail.rail import Rail

MOST_CONVERSATIONS = 60
MOST_CHANGES = 500
LIFETIME_SECONDS = 1_800  # then the browser comes again, and shows that it is still signed in
HEARTBEAT_SECONDS = 25
RETRY_MILLISECONDS = (1_000, 5_000)  # each page its own, so that not all come back at once
END = b"event: end\ndata: {}\n\n"

_wakeups: WeakKeyDictionary[asyncio.AbstractEventLoop, Wakeups] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches whose mail, and by what right."""

    account_id: int
    person: Account
    session_key: str

    def may_stay(self) -> bool:
        """The session stands, nobody was suspended or changed the password, and the account is still given."""
        person = Account.objects.filter(pk=self.person.pk, is_active=True).first()
        if person is None or not sign_ins.stands(person, self.session_key):
            return False
        return self.account_id == person.pk or delegations.access(person, self.account_id) is not None


@require_GET
async def stream(request: HttpRequest) -> HttpResponseBase:
    """An endless answer; 204 tells a browser that is not signed in to stop asking."""
    user = await request.auser()
    if not isinstance(user, Account):
        return HttpResponse(status=204)
    seen = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    since = int(seen) if seen.isdecimal() and len(seen) < 19 else -1
    account = reader.given(request) or user
    watcher = Watcher(account.pk, user, request.session.session_key or "")
    return _streamed(_events(watcher, since))


@require_GET
async def stream_of_all(request: HttpRequest) -> HttpResponseBase:
    """The same of the person's own account and of those that were given to them, in one stream.

    Its numbers are sums of what the accounts have reached. Who comes back with another sum has missed something,
    nobody knows where: everything is told anew.
    """
    user = await request.auser()
    if not isinstance(user, Account):
        return HttpResponse(status=204)
    seen = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    since = int(seen) if seen.isdecimal() and len(seen) < 19 else -1
    given = await _in_thread(delegations.open_to, user)
    numbers = [user.pk, *(item.owner_id for item in given)]
    key = request.session.session_key or ""
    return _streamed(_events_of_all([Watcher(number, user, key) for number in numbers], since))


def _streamed(pieces: AsyncIterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _events(watcher: Watcher, since: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    wakeups = _wakeups.get(loop) or _wakeups.setdefault(loop, Wakeups())
    ends = time.monotonic() + LIFETIME_SECONDS
    reached, is_whole = await _in_thread(_begin, watcher.account_id, since)
    yield f"retry: {random.randint(*RETRY_MILLISECONDS)}\nid: {reached}\n\n".encode()
    if not is_whole:
        yield _told(await _in_thread(_all_anew, watcher.account_id))
    looked = 0.0
    while time.monotonic() < ends:
        changed = await wakeups.wait(watcher.account_id, reached, timeout=HEARTBEAT_SECONDS)
        # A lost hint costs one look each MAIL_POLL_SECONDS.
        if changed or time.monotonic() - looked > settings.MAIL_POLL_SECONDS:
            looked = time.monotonic()
            may_stay, news = await _in_thread(_look, watcher, reached)
            if not may_stay:
                yield END
                return
            if news is not None:
                reached = news["modseq"]
                yield _told(news)
                continue
        if not changed:
            yield b":\n\n"


@dataclass(slots=True)
class _All:
    """How far several accounts have got. What it counts only grows, also when an account is taken back."""

    watchers: list[Watcher]
    reached: dict[int, int] = field(default_factory=dict)
    offset: int = 0

    @property
    def number(self) -> int:
        return self.offset + sum(self.reached.values())

    def begin(self, since: int) -> bool:
        """Where the stream starts; whether nothing was missed."""
        self.reached = {watcher.account_id: log.modseq(watcher.account_id) for watcher in self.watchers}
        is_whole = since in (-1, self.number)
        self.offset = 0 if is_whole else max(0, since + 1 - self.number)
        return is_whole

    def look(self) -> tuple[bool, dict[str, Any] | None]:
        """Whether the person may stay, and what is new anywhere."""
        own = self.watchers[0]
        if not own.may_stay():
            return False, None
        kept = [own, *(watcher for watcher in self.watchers[1:] if watcher.may_stay())]
        is_less = len(kept) < len(self.watchers)
        self.watchers, self.offset = kept, self.offset + is_less
        found = [
            (watcher.account_id, news)
            for watcher in kept
            if (news := news_since(watcher.account_id, self.reached[watcher.account_id])) is not None
        ]
        return True, self.tell(found, everything=is_less) if found or is_less else None

    def anew(self) -> dict[str, Any]:
        """Everything is to be drawn again."""
        return self.tell([], everything=True)

    def tell(self, found: list[tuple[int, dict[str, Any]]], *, everything: bool) -> dict[str, Any]:
        """One piece of news of what several accounts have to tell."""
        folders: dict[str, Any] = {}
        unread = 0
        for watcher in self.watchers:
            told = dict(found).get(watcher.account_id) or _news(watcher.account_id, 0, set(), set())
            folders |= told["folders"]
            unread += told["unread"]
        self.reached |= {account_id: news["modseq"] for account_id, news in found}
        return {
            "modseq": self.number,
            "everything": everything or any(news["everything"] for _, news in found),
            "conversations": [number for _, news in found for number in news["conversations"]],
            "arrived": [number for _, news in found for number in news["arrived"]],
            "folders": folders,
            "unread": unread,
        }

    async def changed(self, wakeups: Wakeups) -> bool:
        """Sleep until one of the accounts may have moved, or it is time to say that the stream lives."""
        loop = asyncio.get_running_loop()
        waits = [
            loop.create_task(
                wakeups.wait(each.account_id, self.reached[each.account_id], timeout=HEARTBEAT_SECONDS)
            )
            for each in self.watchers
        ]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return any(wait.result() for wait in done)


async def _events_of_all(watchers: list[Watcher], since: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    wakeups = _wakeups.get(loop) or _wakeups.setdefault(loop, Wakeups())
    ends = time.monotonic() + LIFETIME_SECONDS
    watched = _All(watchers)
    for (
        watcher
    ) in watchers:  # subscribed one after another: a wait that is called off would leave it half done
        await wakeups.wait(watcher.account_id, 0, timeout=0)
    is_whole = await _in_thread(watched.begin, since)
    yield f"retry: {random.randint(*RETRY_MILLISECONDS)}\nid: {watched.number}\n\n".encode()
    if not is_whole:
        yield _told(await _in_thread(watched.anew))
    looked, changed = 0.0, True
    while time.monotonic() < ends:
        if changed or time.monotonic() - looked > settings.MAIL_POLL_SECONDS:
            looked = time.monotonic()
            may_stay, news = await _in_thread(watched.look)
            if not may_stay:
                yield END
                return
            if news is not None:
                yield _told(news)
        elif not changed:
            yield b":\n\n"
        changed = await watched.changed(wakeups)


def _told(news: dict[str, Any]) -> bytes:
    data = json.dumps(news, separators=(",", ":"))
    return f"id: {news['modseq']}\nevent: change\ndata: {data}\n\n".encode()


def _begin(account_id: int, since: int) -> tuple[int, bool]:
    """Where the stream starts, and whether everything after that is still remembered."""
    current = log.modseq(account_id)
    if since < 0 or since == current:
        return current, True
    # Older than the log reaches back, or of a database that was restored since.
    is_whole = since < current and log.reaches_back_to(account_id, since)
    return (since if is_whole else current), is_whole


def _look(watcher: Watcher, reached: int) -> tuple[bool, dict[str, Any] | None]:
    return (True, news_since(watcher.account_id, reached)) if watcher.may_stay() else (False, None)


def news_since(account_id: int, modseq: int) -> dict[str, Any] | None:
    """What a page needs to know, or None if nothing happened."""
    changes = log.since(account_id, modseq, MOST_CHANGES)
    if not changes:
        return None
    if len(changes) == MOST_CHANGES:
        return _all_anew(account_id)
    arrived: set[int] = set()
    touched: set[int] = set()
    relayed: set[int] = set()
    by_mailbox: dict[int, set[int]] = {}
    added: dict[int, set[int]] = {}
    for item in changes:
        if item.kind == change.REMINDED:
            touched |= {int(number) for number in item.detail.split(",")}
            continue
        if item.kind == change.RELAYED:
            relayed |= {int(number) for number in item.detail.split(",")}
            continue
        if item.kind not in (change.ADDED, change.FLAGS, change.EXPUNGED):
            return _all_anew(account_id)
        ranges = change.read_uids(item.detail)
        if sum(high - low + 1 for low, high in ranges) > MOST_CONVERSATIONS * 4:
            return _all_anew(account_id)
        uids = {uid for low, high in ranges for uid in range(low, high + 1)}
        by_mailbox.setdefault(item.mailbox_id, set()).update(uids)
        if item.kind == change.ADDED:
            added.setdefault(item.mailbox_id, set()).update(uids)
    for mailbox_id, numbers in by_mailbox.items():
        rows = Entry.objects.filter(account_id=account_id, mailbox_id=mailbox_id, uid__in=numbers)
        for uid, conversation_id in rows.values_list("uid", "conversation_id"):
            touched.add(conversation_id)
            if uid in added.get(mailbox_id, ()):
                arrived.add(conversation_id)
    if relayed:
        touched |= follow.conversations_of(account_id, relayed)
    if len(touched) > MOST_CONVERSATIONS:
        return _all_anew(account_id)
    return _news(account_id, changes[-1].modseq, touched, arrived)


def _all_anew(account_id: int) -> dict[str, Any]:
    """Too much, or nobody knows what: draw everything again."""
    modseq = log.modseq(account_id)  # before anything is read
    return _news(account_id, modseq, set(), set()) | {"everything": True}


def _news(account_id: int, modseq: int, touched: set[int], arrived: set[int]) -> dict[str, Any]:
    rail = Rail(account_id, 0)
    return {
        "modseq": modseq,
        "everything": False,
        "conversations": [str(number) for number in sorted(touched)],
        "arrived": [str(number) for number in sorted(arrived)],
        "folders": {str(item.id): [item.count, item.total, item.unseen] for item in rail.all},
        "unread": rail.unread,
    }


def _with_connection(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    finally:
        close_old_connections()


_in_thread = sync_to_async(_with_connection, thread_sensitive=False)

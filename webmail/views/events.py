"""The live list: what changed, told to open pages as it happens. Server-sent events; nobody polls.

An event is `id: <modseq>` and a JSON object: conversations to draw again (`conversations`, or `everything` when
there are too many), the folders' counters, how many unread the inbox has. A page that comes back after a pause
says with Last-Event-ID what it has seen. `end` says that the session is over, or what was watched is not given any
more: there is nothing to come back for.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
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
    response = StreamingHttpResponse(_events(watcher, since), content_type="text/event-stream; charset=utf-8")
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
    by_mailbox: dict[int, set[int]] = {}
    added: dict[int, set[int]] = {}
    for item in changes:
        if item.kind == change.REMINDED:
            touched |= {int(number) for number in item.detail.split(",")}
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
        "folders": {str(item.id): [item.count, item.total] for item in rail.all},
        "unread": rail.unread,
    }


def _with_connection(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    finally:
        close_old_connections()


_in_thread = sync_to_async(_with_connection, thread_sensitive=False)

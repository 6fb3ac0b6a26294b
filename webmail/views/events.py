"""The live list: what changed, told to open pages as it happens. Server-sent events; nobody polls.

An event is `id: <modseq>` and a JSON object: conversations to draw again (`conversations`, or `everything` when
there are too many), the folders' counters, how many unread the inbox has. A page that comes back after a pause
says with Last-Event-ID what it has seen.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from mailcore.changes import change, log
from mailcore.changes.wakeups import Wakeups
from mailcore.identity import delegations
from mailcore.models import Account, Entry
from webmail import reader
from webmail.rail import Rail

MOST_CONVERSATIONS = 60
MOST_CHANGES = 500
LIFETIME_SECONDS = 1_800  # then the browser comes again, and shows that it is still signed in
HEARTBEAT_SECONDS = 25
RETRY_MILLISECONDS = 2_000

_wakeups: WeakKeyDictionary[asyncio.AbstractEventLoop, Wakeups] = WeakKeyDictionary()


@require_GET
async def stream(request: HttpRequest) -> HttpResponseBase:
    """An endless answer; 204 tells a browser that is not signed in to stop asking."""
    user = await request.auser()
    if not isinstance(user, Account):
        return HttpResponse(status=204)
    seen = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    since = int(seen) if seen.isdecimal() and len(seen) < 19 else -1
    account = reader.given(request) or user
    response = StreamingHttpResponse(
        _events(account.pk, since, request.session, user), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _events(account_id: int, since: int, session: SessionBase, person: Account) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    wakeups = _wakeups.get(loop) or _wakeups.setdefault(loop, Wakeups())
    ends = time.monotonic() + LIFETIME_SECONDS
    current = await _in_thread(log.modseq, account_id)
    yield f"retry: {RETRY_MILLISECONDS}\nid: {max(since, current) if since < 0 else since}\n\n".encode()
    reached = current if since < 0 else since
    looked = 0.0
    while time.monotonic() < ends:
        changed = await wakeups.wait(account_id, reached, timeout=HEARTBEAT_SECONDS)
        # A lost hint costs one look each MAIL_POLL_SECONDS.
        if changed or time.monotonic() - looked > settings.MAIL_POLL_SECONDS:
            looked = time.monotonic()
            news = await _in_thread(news_since, account_id, reached)
            if news is not None:
                if not await session.aexists(session.session_key or ""):
                    return  # signed out elsewhere
                if person.pk != account_id and not await _in_thread(delegations.access, person, account_id):
                    return  # taken back
                reached = news["modseq"]
                yield f"id: {reached}\nevent: change\ndata: {json.dumps(news, separators=(',', ':'))}\n\n".encode()
                continue
        if not changed:
            yield b":\n\n"


def news_since(account_id: int, modseq: int) -> dict[str, Any] | None:
    """What a page needs to know, or None if nothing happened."""
    changes = log.since(account_id, modseq, MOST_CHANGES)
    if not changes:
        return None
    everything = len(changes) == MOST_CHANGES
    arrived: set[int] = set()
    touched: set[int] = set()
    for item in changes:
        if item.kind in (change.ADDED, change.FLAGS, change.EXPUNGED):
            ranges = change.read_uids(item.detail)
            if everything or sum(high - low + 1 for low, high in ranges) > MOST_CONVERSATIONS * 4:
                everything = True
                break
            uids = [uid for low, high in ranges for uid in range(low, high + 1)]
            rows = Entry.objects.filter(account_id=account_id, mailbox_id=item.mailbox_id, uid__in=uids)
            found = set(rows.values_list("conversation_id", flat=True))
            touched |= found
            if item.kind == change.ADDED:
                arrived |= found
        else:
            everything = True
    if len(touched) > MOST_CONVERSATIONS:
        everything = True
    rail = Rail(account_id, 0)
    return {
        "modseq": log.modseq(account_id) if everything else changes[-1].modseq,
        "everything": everything,
        "conversations": [] if everything else [str(number) for number in sorted(touched)],
        "arrived": [] if everything else [str(number) for number in sorted(arrived)],
        "folders": {str(item.id): [item.count, item.total] for item in rail.all},
        "unread": rail.unread,
    }


def _with_connection(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    finally:
        close_old_connections()


_in_thread = sync_to_async(_with_connection, thread_sensitive=False)

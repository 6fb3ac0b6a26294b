"""A mailbox as a list of conversations, a page at a time."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from mailcore.models.mailbox import INBOX
from mailcore.store import conversation_list
from mailcore.store.conversation_list import Listed, Page, Position
from webmail import fragments, rail, reader
from webmail.rail import Folder
from webmail.rendering.rows import Row, View
from webmail.rendering.rows import rows as rendered_rows

MOST_ROWS_ASKED = 200


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Home is the inbox."""
    folder = rail.of(request).by_use(INBOX)
    if folder is None:
        raise Http404
    return render(request, "mailbox/show.html", listing(request, folder))


@login_required
@require_safe
def show(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """One page of a mailbox; for scripts its list alone, or (for the button "Older") only the rows."""
    context = listing(request, the_folder(request, mailbox_id))
    if not fragments.wanted(request):
        return render(request, "mailbox/show.html", context)
    only_rows = request.headers["X-Fragment"] == "rows"
    return render(request, "mailbox/_rows.html" if only_rows else "mailbox/_list.html", context)


@login_required
@require_safe
def rows(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Those of the conversations named in the query that are in the mailbox, as they are now."""
    folder = the_folder(request, mailbox_id)
    wanted = [
        int(text)
        for text in request.GET.getlist("c")[:MOST_ROWS_ASKED]
        if text.isdecimal() and len(text) < 20
    ]
    found = conversation_list.rows(reader.account_id(request), folder.id, wanted, rail.of(request).hidden)
    context = {"folder": folder, "rows": shown_rows(request, found, folder)}
    return render(request, "mailbox/_found.html", context)


@login_required
@require_safe
def folders(request: HttpRequest) -> HttpResponse:
    """The rail with its counters."""
    current = request.GET.get("in", "")
    folder = rail.of(request).by_id(int(current)) if current.isdecimal() and len(current) < 20 else None
    return render(request, "mailbox/_folders.html", {"folders": rail.of(request), "current": folder})


def listing(request: HttpRequest, folder: Folder, open_id: int = 0) -> dict[str, Any]:
    """What `mailbox/_list.html` needs."""
    before = conversation_list.position(request.GET.get("before", ""))
    unread_only = request.GET.get("unread") == "1"
    found = page(request, folder, before, unread_only)
    url = reverse("mailbox:show", args=[folder.id])
    query = {"unread": "1"} if unread_only else {}
    return {
        "folder": folder,
        "heading": folder.path,
        "title": rail.title(request, folder.path),
        "rows": shown_rows(request, found.rows, folder, open_id=open_id),
        "next_url": f"{url}?{urlencode(query | {'before': str(found.next)})}" if found.next else "",
        "list_url": f"{url}?{urlencode(query)}" if query else url,
        "is_first_page": before is None,
        "unread_only": unread_only,
        "no_subject": rail.no_name(),
    }


def page(request: HttpRequest, folder: Folder, before: Position | None, unread_only: bool) -> Page:
    """Conversations of the folder; none are looked for where the counters say that there are none."""
    if not (folder.count if unread_only else folder.total):
        return Page((), None)
    return conversation_list.page(
        reader.account_id(request),
        folder.id,
        before=before,
        unread_only=unread_only,
        hidden=rail.of(request).hidden,
    )


def shown_rows(
    request: HttpRequest,
    found: tuple[Listed, ...],
    folder: Folder | None,
    *,
    query: str = "",
    needles: tuple[str, ...] = (),
    open_id: int = 0,
) -> list[Row]:
    """Rows as the reader sees them."""
    by_id = {item.id: item for item in rail.of(request).all}
    return rendered_rows(found, View(reader.own_address(request), folder, by_id, query, needles, open_id))


def the_folder(request: HttpRequest, mailbox_id: int) -> Folder:
    """The reader's own folder of that id, or 404."""
    folder = rail.of(request).by_id(mailbox_id)
    if folder is None:
        raise Http404
    return folder

"""A mailbox as a list of conversations, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from mailcore.identity import preferences
from mailcore.models.mailbox import INBOX
from mailcore.store import conversation_list
from mailcore.store.conversation_list import Listed, Page, Position
from webmail import fragments, looks, rail, reader
from webmail.rail import Folder, Tag
from webmail.rendering import later, portraits
from webmail.rendering.rows import Row, View
from webmail.rendering.rows import rows as rendered_rows

FIRST_ROWS = 25  # of a list that grows while one scrolls: two screens, and half the bytes of a whole page
MOST_ROWS_ASKED = 200
MOST_VIA = 30  # pages that "Newer" finds back; beyond, it leads to the newest


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
    return shown(request, listing(request, the_folder(request, mailbox_id)))


@login_required
@require_safe
def rows(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Those of the conversations named in the query that are in the mailbox, as they are now."""
    folder = the_folder(request, mailbox_id)
    found = conversation_list.rows(
        reader.account_id(request), folder.id, asked(request), rail.of(request).hidden
    )
    context = {"folder": folder, "rows": shown_rows(request, found, folder)}
    return render(request, "mailbox/_found.html", context)


@login_required
@require_safe
def folders(request: HttpRequest) -> HttpResponse:
    """The rail with its counters."""
    return render(request, "mailbox/_folders.html", rail_context(request, request.GET))


def rail_context(request: HttpRequest, named: QueryDict) -> dict[str, Any]:
    """What `mailbox/_folders.html` needs; `in` and `in_label` name the list that is open."""
    current, label = _number(named.get("in", "")), _number(named.get("in_label", ""))
    shelf = rail.of(request)
    return {
        "folders": shelf,
        "current": shelf.by_id(current),
        "label": shelf.tag(label) if label else None,
        "unified": named.get("unified") == "1",
    }


def shown(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A list as a page, as a fragment, or only its rows."""
    if not fragments.wanted(request):
        return render(request, "mailbox/show.html", context)
    only_rows = request.headers["X-Fragment"] == "rows"
    return render(request, "mailbox/_rows.html" if only_rows else "mailbox/_list.html", context)


def listing(request: HttpRequest, folder: Folder, open_id: int = 0) -> dict[str, Any]:
    """What `mailbox/_list.html` needs."""
    before = conversation_list.position(request.GET.get("before", ""))
    unread_only = request.GET.get("unread") == "1"
    found = page(request, folder, before, unread_only)
    url = reverse("mailbox:show", args=[folder.id])
    return list_context(
        request,
        found,
        url=url,
        query={"unread": "1"} if unread_only else {},
        scope={"mailbox": str(folder.id)},
        rows_url=reverse("mailbox:rows", args=[folder.id]),
        rows=shown_rows(request, found.rows, folder, open_id=open_id),
        heading=folder.path,
    ) | {
        "folder": folder,
        "unread_only": unread_only,
        "filter_url": url,
        "total": folder.unseen if unread_only else folder.total,
    }


def list_context(
    request: HttpRequest,
    found: Page,
    *,
    url: str,
    query: dict[str, str],
    scope: dict[str, str],
    rows: list[Row],
    heading: str,
    rows_url: str = "",
) -> dict[str, Any]:
    """What every list has: its own address, its neighbours, and the words that name it in a form (`scope`).

    A page is named by the place where it begins (`before`); `via` holds where those before it began, so that
    "Newer" leads back exactly where one came from, and `at` is the number of its first row.
    """
    here = request.GET.get("before", "")
    before = conversation_list.position(here)
    via = [text for text in request.GET.get("via", "").split(".") if conversation_list.position(text)]
    first = _number(request.GET.get("at", "")) if before else 0
    links = {"next_url": "", "newer_url": ""}
    chosen = preferences.of(reader.of(request))
    if found.next:
        more = {"before": str(found.next), "at": str(first + len(rows))}
        if before:
            more["via"] = ".".join([*via, here][-MOST_VIA:])
        links["next_url"] = f"{url}?{urlencode(query | more)}"
    if before:
        back = {"before": via[-1], "at": str(max(first - page_size(request), 0))} if via else {}
        if via[:-1]:
            back["via"] = ".".join(via[:-1])
        links["newer_url"] = f"{url}?{urlencode(query | back)}" if query | back else url
    return links | {
        "heading": heading,
        "title": rail.title(request, heading),
        "rows": rows,
        "rows_url": rows_url,
        "list_url": f"{url}?{urlencode(query)}" if query else url,
        "is_first_page": before is None,
        "first": first + 1,
        "last": first + len(rows),
        "scope": scope | query,
        "no_subject": rail.no_name(),
        "swipes": f"{chosen.swipe_on} {chosen.swipe_back}",
    }


def asked(request: HttpRequest) -> list[int]:
    """The conversations that a query names."""
    return [
        int(text)
        for text in request.GET.getlist("c")[:MOST_ROWS_ASKED]
        if text.isdecimal() and len(text) < 20
    ]


def page_size(request: HttpRequest) -> int:
    """Conversations on a page, as the reader likes it."""
    return preferences.of(reader.of(request)).page_size


def page(request: HttpRequest, folder: Folder, before: Position | None, unread_only: bool) -> Page:
    """Conversations of the folder; none are looked for where the counters say that there are none."""
    if not (folder.unseen if unread_only else folder.total):
        return Page((), None)
    grows = before is None and looks.of(request)["endless"] == "on"
    return conversation_list.page(
        reader.account_id(request),
        folder.id,
        before=before,
        unread_only=unread_only,
        size=FIRST_ROWS if grows else page_size(request),
        hidden=rail.of(request).hidden,
    )


def shown_rows(
    request: HttpRequest,
    found: tuple[Listed, ...],
    folder: Folder | None,
    *,
    query: str = "",
    label: Tag | None = None,
    needles: tuple[str, ...] = (),
    excerpts: Mapping[int, SafeString] | None = None,
    open_id: int = 0,
) -> list[Row]:
    """Rows as the reader sees them."""
    shelf = rail.of(request)
    view = View(
        own_address=reader.own_address(request),
        folder=folder,
        folders={item.id: item for item in shelf.all},
        labels=shelf.by_keyword,
        label=label,
        query=query,
        needles=needles,
        portraits=portraits.of(request),
        excerpts=excerpts or {},
        open_id=open_id,
        badges=later.badges(reader.account_id(request), [item.id for item in found]),
    )
    return rendered_rows(found, view)


def the_folder(request: HttpRequest, mailbox_id: int) -> Folder:
    """The reader's own folder of that id, or 404."""
    folder = rail.of(request).by_id(mailbox_id)
    if folder is None:
        raise Http404
    return folder


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0

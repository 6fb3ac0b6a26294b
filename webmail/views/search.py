"""Search: the same list, for conversations found anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mailcore.search import evaluate, web_syntax
from mailcore.search.query import And, Body, Or, Query, Subject, Text, Words
from mailcore.store import conversation_list
from mailcore.store.conversation_list import Position
from webmail import fragments, rail, reader
from webmail.views import mailbox

MAX_QUERY = 500


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What `q` finds, newest first."""
    context = listing(request, request.GET.get("q", "")[:MAX_QUERY].strip())
    if not fragments.wanted(request):
        return render(request, "mailbox/show.html", context)
    only_rows = request.headers["X-Fragment"] == "rows"
    return render(request, "mailbox/_rows.html" if only_rows else "mailbox/_list.html", context)


def listing(request: HttpRequest, query: str) -> dict[str, Any]:
    """What `mailbox/_list.html` needs."""
    account_id = reader.account_id(request)
    before = conversation_list.position(request.GET.get("before", ""))
    tree = web_syntax.parse(query, timezone.localtime(), me=reader.own_address(request))
    places, following = evaluate.conversations(account_id, tree, before=before)
    found = conversation_list.placed(account_id, places)
    url = reverse("search")
    page_query = {"q": query}
    return {
        "query": query,
        "heading": _("Starred") if query == "is:starred" else _("Results for “%(query)s”") % {"query": query},
        "title": rail.title(request, query),
        "rows": mailbox.shown_rows(request, found, None, query=query, needles=needles(tree)),
        "next_url": f"{url}?{urlencode(page_query | {'before': str(following)})}" if following else "",
        "list_url": f"{url}?{urlencode(page_query)}",
        "scope": page_query,
        "is_first_page": before is None,
        "no_subject": rail.no_name(),
    }


def walk(
    request: HttpRequest, query: str, before: Position | None, size: int
) -> tuple[list[int], Position | None]:
    """The next conversations that `query` finds, and the place after them: for what is done to all of them."""
    tree = web_syntax.parse(query[:MAX_QUERY], timezone.localtime(), me=reader.own_address(request))
    found, following = evaluate.conversations(reader.account_id(request), tree, before=before, size=size)
    return [number for number, _ in found], following


def needles(tree: Query) -> tuple[str, ...]:
    """The words that a result is marked with: those looked for in texts, not those to be avoided."""
    match tree:
        case And(terms) | Or(terms):
            return tuple(word for term in terms for word in needles(term))
        case Text(text) | Body(text) | Subject(text) | Words(text):
            return (text,)
    return ()

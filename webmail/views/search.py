"""Search: the same list, for conversations found anywhere; what may be done with a search is written into its text."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import conditional_escape, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mailcore.search import evaluate, hits, keeping, spelling
from mailcore.search.evaluate import Found
from mailcore.search.query import And
from mailcore.search.snippets import Piece
from mailcore.search.web_syntax import Search
from mailcore.store import conversation_list
from mailcore.store.conversation_list import Listed, Page, Position
from webmail import finding, fragments, rail, reader
from webmail.rendering.people import sender
from webmail.views import mailbox

MOST_RANKED = 400  # newest conversations among which "most relevant" chooses
MOST_COUNTED = 1_000
MOST_HIDDEN = 20
MOST_SENDERS = 6
MOST_FOLDERS = 12
NEWEST, RELEVANT = "newest", "relevant"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow a search, or to widen it again."""

    label: str
    url: str
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter above the results: a switch, or a few choices."""

    label: str
    url: str
    is_on: bool
    choices: tuple[Choice, ...] = ()


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What `q` finds, newest first or most relevant first."""
    return mailbox.shown(request, listing(request, _query(request)))


@login_required
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """Those of the conversations named in the query, as they are now."""
    query = _query(request)
    account_id, hidden = reader.account_id(request), rail.of(request).hidden
    found = conversation_list.rows(account_id, None, mailbox.asked(request), hidden)
    context = {"rows": mailbox.shown_rows(request, found, None, query=query), "query": query}
    return render(request, "mailbox/_found.html", context)


@login_required
@require_safe
def more(request: HttpRequest) -> HttpResponse:
    """How many there are in all, and how many lie where a search does not look; asked once the page is there."""
    query = _query(request)
    search = finding.understood(request, query)
    total = None if search.is_empty else evaluate.count(reader.account_id(request), search.tree, MOST_COUNTED)
    context = {
        "query": query,
        "total": total,
        "most": MOST_COUNTED,
        "hidden": _hidden(request, search),
        "hidden_most": MOST_HIDDEN,
        "hidden_url": _hidden_url(query),
    }
    return render(request, "search/_more.html", context)


def listing(request: HttpRequest, query: str, open_id: int = 0) -> dict[str, Any]:
    """What `mailbox/_list.html` needs."""
    search = finding.understood(request, query)
    order = RELEVANT if request.GET.get("order") == RELEVANT else NEWEST
    start = _number(request.GET.get("from", ""))
    account_id = reader.account_id(request)
    needles = finding.needles(search.tree)
    listed: tuple[Listed, ...] = ()
    if search.is_empty and search.problems:
        found = Found([], None, 0)
    elif order == RELEVANT:
        found, listed = _ranked(request, search, needles, start)
    else:
        before = conversation_list.position(request.GET.get("before", ""))
        found = evaluate.page(account_id, search.tree, before=before, size=mailbox.page_size(request))
        listed = conversation_list.placed(account_id, found.places, _left_out(request, search))
    shown = mailbox.shown_rows(
        request,
        listed,
        None,
        query=query,
        needles=needles,
        excerpts=_excerpts(account_id, listed, needles),
        open_id=open_id,
    )
    words = {"q": query} | ({"order": RELEVANT} if order == RELEVANT else {})
    context = mailbox.list_context(
        request,
        Page(listed, found.next if order == NEWEST else None),
        url=reverse("search"),
        query=words,
        scope={"q": query},
        rows=shown,
        rows_url=f"{reverse('search-rows')}?{urlencode({'q': query})}",
        heading=finding.heading(query),
    )
    if order == RELEVANT:
        context |= _ranked_pages(words, start, found, mailbox.page_size(request))
    context |= {
        "query": query,
        "total": found.total,
        "mistakes": finding.mistakes(request, search),
        "order": order,
        "order_urls": [
            Choice(_("Newest first"), _url(query), order == NEWEST),
            Choice(_("Most relevant first"), _url(query, order=RELEVANT), order == RELEVANT),
        ],
        "chips": _chips(request, query, listed),
        "is_saved": any(row.query == query for row in keeping.saved(account_id)),
        "looks_everywhere": evaluate.names_place(search.tree),
        "hidden_url": _hidden_url(query),
        "more_url": f"{reverse('search-more')}?{urlencode({'q': query})}",
    }
    if not listed and context["is_first_page"] and not start:
        context |= _instead(request, query, search)
    return context


def walk(
    request: HttpRequest, query: str, before: Position | None, size: int
) -> tuple[list[int], Position | None]:
    """The next conversations that `query` finds, and the place after them: for what is done to all of them."""
    search = finding.understood(request, query)
    if search.is_empty and search.problems:
        return [], None
    found = evaluate.page(reader.account_id(request), search.tree, before=before, size=size)
    return [number for number, _ in found.places], found.next


def _query(request: HttpRequest) -> str:
    return request.GET.get("q", "")[: finding.MAX_QUERY].strip()


def _url(query: str, **more: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': query} | more)}"


def _left_out(request: HttpRequest, search: Search) -> frozenset[int]:
    """Letters in Trash and Spam are not folded into what was found elsewhere, unless they were asked for."""
    return frozenset() if evaluate.names_place(search.tree) else rail.of(request).hidden


# --- most relevant first ----------------------------------------------------------------------------


def _ranked(
    request: HttpRequest, search: Search, needles: tuple[str, ...], start: int
) -> tuple[Found, tuple[Listed, ...]]:
    account_id = reader.account_id(request)
    found = evaluate.page(account_id, search.tree, size=MOST_RANKED)
    listed = conversation_list.placed(account_id, found.places, _left_out(request, search))
    by_id = {item.id: item for item in listed}
    letters = {item.id: item.letters for item in listed}
    order = hits.most_relevant(letters, needles, reader.own_address(request), time.time())
    total = len(listed) if found.next is None else None
    end = start + mailbox.page_size(request)
    shown = tuple(by_id[number] for number in order[start:end])
    return Found([], Position(0, 0) if end < len(order) else None, total), shown


def _ranked_pages(words: dict[str, str], start: int, found: Found, size: int) -> dict[str, Any]:
    """Neighbours by number: there is no time to stand between them."""
    following = {"next_url": _page_url(words, start + size) if found.next else ""}
    previous = {"newer_url": _page_url(words, max(start - size, 0)) if start else ""}
    return following | previous | {"is_first_page": start == 0, "rows_url": ""}


def _page_url(words: dict[str, str], start: int) -> str:
    return f"{reverse('search')}?{urlencode(words | ({'from': str(start)} if start else {}))}"


# --- why it was found -------------------------------------------------------------------------------


def _excerpts(account_id: int, listed: tuple[Listed, ...], needles: tuple[str, ...]) -> dict[int, SafeString]:
    """The lines round the words, for every conversation whose preview does not show them anyway."""
    if not needles:
        return {}
    by_message = {}
    for item in listed:
        place = item.position.entry_id
        letter = next((letter for letter in item.letters if letter.entry_id == place), item.letters[-1])
        by_message[letter.message_id] = item.id
    found = hits.excerpts(account_id, by_message, needles)
    return {by_message[number]: _marked(pieces) for number, pieces in found.items()}


def _marked(pieces: list[Piece]) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (SafeString(f"<mark>{conditional_escape(piece.text)}</mark>") if piece.is_hit else piece.text,)
            for piece in pieces
        ),
    )


# --- nothing, and the rest --------------------------------------------------------------------------


def _hidden(request: HttpRequest, search: Search) -> int:
    """How many of the conversations in Trash and Spam are found; 0 if they were looked through anyway."""
    if search.is_empty or evaluate.names_place(search.tree):
        return 0
    tree = And((search.tree, finding.HIDDEN))
    return len(evaluate.page(reader.account_id(request), tree, size=MOST_HIDDEN).places)


def _hidden_url(query: str) -> str:
    return _url(f"{query} {{in:trash in:spam}}")


def _instead(request: HttpRequest, query: str, search: Search) -> dict[str, Any]:
    """What to try when nothing was found."""
    meant = spelling.suggestion(reader.account_id(request), query)
    wider = [
        Choice(
            _("Search without %(term)s") % {"term": f"{name}:{value}"}, _url(finding.without(query, [name]))
        )
        for name, value in dict(finding.terms(query)).items()
        if finding.without(query, [name])
    ]
    everywhere = finding.without(query, ["in", "label"])
    return {
        "meant": meant,
        "meant_url": _url(meant) if meant else "",
        "wider": wider[:4],
        "everywhere_url": _url(f"{everywhere} in:anywhere"),
        "hidden": _hidden(request, search),
        "hidden_most": MOST_HIDDEN,
    }


# --- chips ------------------------------------------------------------------------------------------


def _chips(request: HttpRequest, query: str, listed: tuple[Listed, ...]) -> list[Chip]:
    present = finding.terms(query)
    names = {name for name, _ in present}
    return [
        _from_chip(request, query, names, listed),
        _time_chip(query, names),
        _switch(query, present, _("Has attachment"), "has", "attachment"),
        _switch(query, present, _("Unread"), "is", "unread"),
        _switch(query, present, _("To me"), "to", "me"),
        _place_chip(request, query, names),
    ]


def _switch(query: str, present: list[tuple[str, str]], label: str, name: str, value: str) -> Chip:
    is_on = (name, value) in [(key, text.lower()) for key, text in present]
    changed = finding.without(query, [name], value) if is_on else finding.with_term(query, name, value)
    return Chip(label, _url(changed), is_on)


def _choices(query: str, names: set[str], own: tuple[str, ...], options: list[tuple[str, str, str]]) -> Chip:
    """A chip with choices: each (label, operator, value) takes the place of what was chosen before."""
    rest = finding.without(query, own)
    chosen = [value.lower() for name, value in finding.terms(query) if name in own]
    choices = [
        Choice(label, _url(finding.with_term(rest, name, value)), value.lower() in chosen)
        for label, name, value in options
    ]
    is_on = bool(names.intersection(own))
    if is_on and rest:
        choices.insert(0, Choice(_("Any"), _url(rest)))
    return Chip("", "", is_on, tuple(choices))


def _from_chip(request: HttpRequest, query: str, names: set[str], listed: tuple[Listed, ...]) -> Chip:
    people = Counter(
        (person.address.lower(), person.label)
        for item in listed
        for person in [sender(item.letters[-1].sender)]
        if person.address and person.address.lower() != reader.own_address(request)
    )
    options = [(label, "from", address) for (address, label), _ in people.most_common(MOST_SENDERS)]
    chip = _choices(query, names, ("from",), [*options, (_("Me"), "from", "me")])
    told = next((value for name, value in finding.terms(query) if name == "from"), "")
    label = _("From %(person)s") % {"person": told} if told else _("From")
    return Chip(label, "", chip.is_on, chip.choices)


def _time_chip(query: str, names: set[str]) -> Chip:
    times = [
        (_("Last week"), "newer_than", "7d"),
        (_("Last month"), "newer_than", "1m"),
        (_("Last six months"), "newer_than", "6m"),
        (_("Last year"), "newer_than", "1y"),
        (_("Older than a year"), "older_than", "1y"),
    ]
    own = ("newer_than", "older_than", "before", "after", "older", "newer", "on", "since")
    chip = _choices(query, names, own, times)
    chosen = [choice.label for choice in chip.choices if choice.is_on]
    label = chosen[0] if chosen else _("Some time") if chip.is_on else _("Any time")
    return Chip(label, "", chip.is_on, chip.choices)


def _place_chip(request: HttpRequest, query: str, names: set[str]) -> Chip:
    shelf = rail.of(request)
    options = [
        (item.path, "in", item.use.strip("\\").lower() or item.name) for item in shelf.all[:MOST_FOLDERS]
    ]
    options.append((_("Everywhere"), "in", "anywhere"))
    chip = _choices(query, names, ("in", "label"), options)
    chosen = [choice.label for choice in chip.choices if choice.is_on]
    label = chosen[0] if chosen else _("Folder")
    return Chip(label, "", chip.is_on, chip.choices)


def _number(text: str) -> int:
    return min(int(text), MOST_RANKED) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


# --- what was searched for --------------------------------------------------------------------------


@login_required
@require_POST
def remember(request: HttpRequest) -> HttpResponse:
    """Keep a search among the recent ones; `forget` takes one away, `forget=` (empty) all of them."""
    person = reader.of(request).pk
    if "forget" in request.POST:
        keeping.forget(person, request.POST["forget"] or None)
        if not fragments.wanted(request):
            fragments.notice(request, _("Recent searches forgotten."))
            return fragments.redirect(reader.onward(request))
    else:
        keeping.remember(person, request.POST.get("q", "")[: finding.MAX_QUERY])
    return HttpResponse(status=204)


urlpatterns = [
    path("rows/", rows, name="search-rows"),
    path("more/", more, name="search-more"),
    path("recent/", remember, name="search-recent"),
]

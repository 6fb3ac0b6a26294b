"""While somebody types into the search box: people, operators, places, recent and saved searches, and letters.

Each suggestion is a link to what it would search for, or to the letter itself; one that only writes an operator into
the box (`data-fill`) waits for its value. Nothing here reads more than a handful of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mailcore.people import completion
from mailcore.search import evaluate, keeping
from mailcore.search.folding import fold
from mailcore.search.web_syntax import name_typed
from mailcore.store import conversation_list, labels
from webmail import finding, fragments, rail, reader
from webmail.rendering import when
from webmail.rendering.people import clean, sender

MOST_EACH, MOST_LETTERS, MOST_RECENT = 4, 5, 6
SHORTEST_WORD = 2  # before letters are looked for

OPERATORS = [  # what to type, an example or what it means
    ("from:", gettext_lazy("sender, as in from:ann")),
    ("to:", gettext_lazy("recipient, as in to:me")),
    ("cc:", gettext_lazy("recipient of a copy")),
    ("subject:", gettext_lazy("in the subject, as in subject:invoice")),
    ("has:attachment", gettext_lazy("with a file")),
    ("has:pdf", gettext_lazy("with a PDF")),
    ("has:image", gettext_lazy("with a picture")),
    ("has:document", gettext_lazy("with a document")),
    ("has:spreadsheet", gettext_lazy("with a spreadsheet")),
    ("has:presentation", gettext_lazy("with slides")),
    ("has:invitation", gettext_lazy("with an invitation")),
    ("filename:", gettext_lazy("name or type of a file, as in filename:pdf")),
    ("is:unread", gettext_lazy("not read yet")),
    ("is:starred", gettext_lazy("with a star")),
    ("is:important", gettext_lazy("marked as important")),
    ("is:answered", gettext_lazy("answered by you")),
    ("is:forwarded", gettext_lazy("forwarded by you")),
    ("in:", gettext_lazy("folder or label, as in in:sent")),
    ("in:anywhere", gettext_lazy("in Trash and Spam too")),
    ("label:", gettext_lazy("label or folder")),
    ("newer_than:", gettext_lazy("not older than, as in newer_than:7d")),
    ("older_than:", gettext_lazy("older than, as in older_than:1y")),
    ("after:", gettext_lazy("from a day on, as in after:2026/03/31")),
    ("before:", gettext_lazy("before a day, as in before:2026/03/31")),
    ("on:", gettext_lazy("on a day, as in on:yesterday")),
    ("larger:", gettext_lazy("bigger than, as in larger:5M")),
    ("smaller:", gettext_lazy("smaller than, as in smaller:200k")),
    ("list:", gettext_lazy("from a mailing list")),
    ("body:", gettext_lazy("in the text alone")),
    ("deliveredto:", gettext_lazy("delivered to one of your addresses")),
    ("rfc822msgid:", gettext_lazy("by its Message-ID")),
    ("header:", gettext_lazy("in a header field, as in header:x-mailer:mutt")),
]
_PEOPLE = ("from:", "to:", "cc:", "bcc:", "deliveredto:", "replyto:")
_PLACES = ("in:", "label:")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line of the list below the box."""

    icon: str
    text: str
    hint: str = ""
    url: str = ""
    fill: str = ""  # what the box says then, when it goes on from there


@login_required
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What `q`, as far as it is typed, may become."""
    typed = request.GET.get("q", "")[: finding.MAX_QUERY].lstrip()
    if not fragments.wanted(request):
        return fragments.redirect(f"{reverse('search')}?{urlencode({'q': typed})}")
    head, word = _split(typed)
    groups = [
        _recent(request, typed),
        _people(request, head, word),
        _places(request, head, word),
        _operators(head, word),
        _letters(request, typed),
    ]
    found = [item for group in groups for item in group]
    context = {"found": found, "typed": typed, "has_recent": bool(groups[0]) and not typed}
    return render(request, "search/_suggestions.html", context)


def _split(typed: str) -> tuple[str, str]:
    """What stands, and the word that is being typed; a quotation that is open belongs to it."""
    if typed.count('"') % 2:
        start = typed.rindex('"')
        start = typed.rfind(" ", 0, start) + 1
    else:
        start = typed.rfind(" ") + 1
    return typed[:start], typed[start:]


def _search(query: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': query.strip()})}"


def _recent(request: HttpRequest, typed: str) -> list[Suggestion]:
    wanted = fold(typed).strip()
    found = []
    for saved in keeping.saved(reader.account_id(request)):
        if wanted and wanted in fold(saved.name):
            found.append(Suggestion("search", saved.name, saved.query, _search(saved.query)))
    for query in keeping.recent(reader.of(request).pk):
        if wanted in fold(query) and fold(query) != wanted:
            found.append(Suggestion("clock", query, "", _search(query)))
    return found[: MOST_EACH if wanted else MOST_RECENT]


def _people(request: HttpRequest, head: str, word: str) -> list[Suggestion]:
    operator = next((name for name in _PEOPLE if word.lower().startswith(name)), "")
    name = word[len(operator) :].strip('"')
    if len(name) < 1 or (not operator and (":" in word or len(name) < SHORTEST_WORD)):
        return []
    rows = completion.complete(reader.account_id(request), name, MOST_EACH)
    return [
        Suggestion(
            "person",
            row.name or row.address,
            f"{operator or 'from:'}{row.address}",
            _search(f"{head}{operator or 'from:'}{row.address}"),
        )
        for row in rows
    ]


def _places(request: HttpRequest, head: str, word: str) -> list[Suggestion]:
    operator = next((name for name in _PLACES if word.lower().startswith(name)), "")
    wanted = name_typed(word[len(operator) :].strip('"'))
    if not operator and (":" in word or len(wanted) < SHORTEST_WORD):
        return []
    known = [(item.icon, item.path, _place_name(item)) for item in rail.of(request).all]
    known += [("label", label.name, label.name) for label in labels.listing(reader.account_id(request))]
    found = []
    for icon, shown, name in known:
        if wanted in name_typed(shown) or wanted in name_typed(name):
            term = f"{operator or 'in:'}{finding.quoted(name)}"
            found.append(Suggestion(icon, shown, term, _search(f"{head}{term}")))
    return found[: MOST_EACH * 2 if operator else MOST_EACH - 1]


def _place_name(item: rail.Folder) -> str:
    return item.use.strip("\\").lower() if item.use else item.name


def _operators(head: str, word: str) -> list[Suggestion]:
    typed = word.lower().lstrip("-")
    if not typed:
        return []
    minus = "-" if word.startswith("-") else ""
    found = []
    for name, meaning in OPERATORS:
        if name.startswith(typed) and name != typed:
            is_open = name.endswith(":")
            text = f"{head}{minus}{name}"
            found.append(
                Suggestion(
                    "search",
                    f"{minus}{name}",
                    str(meaning),
                    "" if is_open else _search(text),
                    text if is_open else "",
                )
            )
    return found[:MOST_EACH]


def _letters(request: HttpRequest, typed: str) -> list[Suggestion]:
    """The newest letters that it finds already; none while an operator is not finished."""
    search = finding.understood(request, typed)
    if search.is_empty or search.problems or len(typed.strip()) < SHORTEST_WORD:
        return []
    account_id = reader.account_id(request)
    found = evaluate.page(account_id, search.tree, size=MOST_LETTERS, is_patient=False)
    listed = conversation_list.placed(account_id, found.places, rail.of(request).hidden)
    suggestions = []
    for item in listed:
        letter = item.letters[-1]
        url = f"{reverse('conversation:show', args=[item.id])}?{urlencode({'q': typed.strip()})}"
        told = f"{sender(letter.sender).label} · {when.short(when.moment(item.position.received))}"
        suggestions.append(Suggestion("inbox", clean(letter.subject) or _("(no subject)"), told, url))
    return suggestions


urlpatterns = [path("suggest/", suggest, name="search-suggest")]

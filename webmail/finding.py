"""A search as the browser's side talks about it: understood for this reader, mistakes as sentences, its text changed.

The text in the box is the only state. A chip, a suggestion and the advanced form all write operators into it, so that
whatever they do can be read, changed, saved and sent to somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailcore.search import evaluate, web_syntax
from mailcore.search.query import (
    And,
    Body,
    Header,
    InFolder,
    Near,
    Or,
    Query,
    Subject,
    Text,
    WholeWords,
    Words,
)
from mailcore.search.web_syntax import Problem, Search
from mailcore.store import labels
from webmail import reader

MAX_QUERY = 500
HIDDEN = Or((InFolder("trash"), InFolder("spam")))

_SENTENCES = {  # by the kind of a problem; %(typed)s is the operator as it was typed
    "age": gettext_lazy("“%(typed)s”: say a number and d, w, m or y, as in older_than:3m."),
    "size": gettext_lazy("“%(typed)s”: say a size, as in larger:5M or smaller:200k."),
    "day": gettext_lazy("“%(typed)s”: say a day, as in after:2026/03/31, or today or yesterday."),
    "has": gettext_lazy(
        "“%(typed)s”: one can look for attachment, pdf, image, document, spreadsheet, presentation, video, audio,"
        " archive, invitation, star, userlabels and nouserlabels."
    ),
    "star": gettext_lazy("“%(typed)s”: there is one kind of star here; has:star finds it."),
    "elsewhere": gettext_lazy(
        "“%(typed)s”: links to other services are not told apart here; has:document or body: may help."
    ),
    "is": gettext_lazy(
        "“%(typed)s”: a message is unread, read, starred, important, answered, forwarded, draft or snoozed."
    ),
    "category": gettext_lazy("“%(typed)s”: mail is not sorted into categories here; try label: or in:."),
    "header": gettext_lazy("“%(typed)s”: say the name of a header field, as in header:x-mailer:thunderbird."),
    "number": gettext_lazy("“%(typed)s”: that takes the number of a conversation."),
    "distance": gettext_lazy("“%(typed)s”: say how many words apart, as in holiday AROUND 10 plans."),
    "empty": gettext_lazy("“%(typed)s”: something is missing after the colon."),
    "long": gettext_lazy("That is a very long search; its end was left out."),
    "place": gettext_lazy("“%(typed)s”: there is no folder and no label of that name."),
}


def understood(request: HttpRequest, text: str) -> Search:
    """What this reader asks for: their time zone, their address, their labels."""
    keywords = {
        web_syntax.name_typed(label.name): label.keyword
        for label in labels.listing(reader.account_id(request))
    }
    return web_syntax.read(
        text[:MAX_QUERY], timezone.localtime(), me=reader.own_address(request), labels=keywords
    )


def mistakes(request: HttpRequest, search: Search) -> list[str]:
    """Sentences for what made no sense, and for folders that are not there."""
    unknown = evaluate.unknown_places(reader.account_id(request), search.tree)
    known = ("snoozed", "scheduled", "archive")  # they are made when they are first needed
    problems = [*search.problems, *(Problem(name, "place") for name in unknown if name.lower() not in known)]
    return [str(_SENTENCES[problem.kind]) % {"typed": problem.typed} for problem in problems]


def needles(tree: Query) -> tuple[str, ...]:
    """The words that a result is marked with: those looked for in texts, not those to be avoided."""
    match tree:
        case And(terms) | Or(terms):
            return tuple(word for term in terms for word in needles(term))
        case Text(text) | Body(text) | Subject(text) | Words(text) | WholeWords(text):
            return (text,)
        case Near(first, second, _distance):
            return (first, second)
        case Header("subject", text):
            return (text,)
    return ()


# --- the text of a search ---------------------------------------------------------------------------

_TERM = re.compile(
    r'(?P<not>-?)(?P<name>[A-Za-z][A-Za-z0-9_]*):(?P<value>"[^"]*"?|\([^)]*\)?|\{[^}]*\}?|[^\s"(){}]+)'
)


def terms(query: str) -> list[tuple[str, str]]:
    """The operators in it with their values, lower-case names, as they stand; those to be avoided begin with "-"."""
    return [
        (found["not"] + found["name"].lower(), found["value"].strip('"')) for found in _TERM.finditer(query)
    ]


def without(query: str, names: Iterable[str], value: str | None = None) -> str:
    """The search without these operators (with one value, or with any)."""
    chosen = set(names)

    def kept(found: re.Match[str]) -> str:
        name = found["not"] + found["name"].lower()
        is_meant = name in chosen and (value is None or found["value"].strip('"').lower() == value.lower())
        return "" if is_meant else found[0]

    return " ".join(_TERM.sub(kept, query).split())


def with_term(query: str, name: str, value: str) -> str:
    """The search with an operator more."""
    return f"{query} {name}:{quoted(value)}".strip()


def quoted(value: str) -> str:
    """A value as the grammar reads it whole."""
    value = value.replace('"', "").strip()
    return f'"{value}"' if re.search(r"[\s(){}]", value) else value


def heading(query: str) -> str:
    """What a list of results is called."""
    return _("Starred") if query == "is:starred" else _("Results for “%(query)s”") % {"query": query}

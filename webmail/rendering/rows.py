"""A conversation as one row of a list.

Fifty rows are drawn for every page, and a template with its tests and look-ups takes longer for them than the
database does. So `mailbox/_row.html` is HTML with nothing but holes: it is rendered once for each language, and every
row fills the holes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from unicodedata import bidirectional

from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mailcore.models.mailbox import DRAFTS, SENT
from mailcore.search import snippets
from mailcore.store.conversation_list import Letter, Listed
from webmail.rail import Folder, Tag, no_name
from webmail.rendering import faces, when
from webmail.rendering.people import Person, clean, people, sender

MOST_NAMES = 3
MOST_LABELS = 3
IMPORTANT = "$important"  # RFC 8457, lower case
_ANSWER = re.compile(
    r"\A(?:(?:re|aw|sv|antw|vs|rif|res|回复|答复|返信)(?:\[\d{1,3}\])?\s?[:：]\s*)+", re.IGNORECASE
)


class Badge(Protocol):
    """What a row says of time: snoozed until, back from, no answer yet."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """What fills the holes of `mailbox/_row.html`, by their names; ready to be shown."""

    values: Mapping[str, str]

    def __str__(self) -> SafeString:
        """Drawn: `{{ row }}`."""
        values = self.values
        pieces = _frame(get_language() or "")
        return SafeString("".join(values[part] if is_hole else part for is_hole, part in pieces))


class _Holes:
    """Stands for a row while the frame is rendered: every name is a hole."""

    def __init__(self, path: str = "") -> None:
        self.path = path

    def __getitem__(self, name: str) -> _Holes:
        return _Holes(f"{self.path}.{name}".lstrip("."))

    def __str__(self) -> SafeString:
        return SafeString(f"\x00{self.path}\x00")


@lru_cache(maxsize=64)
def _frame(_language: str) -> tuple[tuple[bool, str], ...]:
    """The row's HTML in pieces: texts, and the names of the holes between them."""
    html = get_template("mailbox/_row.html").render({"row": _Holes()})
    return tuple((bool(at % 2), part) for at, part in enumerate(html.split("\x00")))


@dataclass(frozen=True, slots=True)
class View:
    """What a list's rows have in common."""

    own_address: str
    folder: Folder | None  # None: a search or a label; a row found by search says where it lies
    folders: Mapping[int, Folder]
    labels: Mapping[str, Tag]  # by keyword, lower case
    label: Tag | None = None  # the one whose list this is
    badges: Mapping[int, Badge] = field(default_factory=dict)  # conversation → that it is snoozed, was, …
    query: str = ""
    needles: tuple[str, ...] = ()  # what a search marks
    portraits: Mapping[str, str] = field(default_factory=dict)  # address → photo
    excerpts: Mapping[int, SafeString] = field(default_factory=dict)  # where it stands, by conversation
    open_id: int = 0
    whose: str = ""  # the account, where a list shows several
    unified: bool = False  # that list


def rows(listed: Iterable[Listed], view: View) -> list[Row]:
    """Rows of a list."""
    now, words, url = timezone.localtime(), _words(get_language() or ""), _urls(view)
    return [_row(item, view, now, words, url) for item in listed]


@dataclass(frozen=True, slots=True)
class _Words:
    """Pieces of a row that it has or has not."""

    unread: SafeString
    draft: SafeString
    attached: SafeString
    count: str  # with a hole
    star: Mapping[bool, Mapping[str, str]]
    important: Mapping[bool, Mapping[str, str]]


@lru_cache(maxsize=64)
def _words(_language: str) -> _Words:
    icon = '<svg class="icon icon--small" aria-hidden="true"><use href="{}#{}"></use></svg>'
    sprite = static("img/icons.svg")
    return _Words(
        format_html('<span class="visually-hidden">{} </span>', _("Unread:")),
        format_html(' <span class="row__draft">{}</span>', _("Draft")),
        format_html(
            '<span class="visually-hidden">{}</span>{}',
            _("Has attachments"),
            format_html(icon, sprite, "attach"),
        ),
        format_html('<span class="row__count" title="{}">%d</span>', _("Messages")),
        {
            on: {
                "star.class": " star--on" if on else "",
                "star.name": "unstar" if on else "star",
                "star.pressed": "true" if on else "false",
                "star.icon": format_html(icon, sprite, "star-on" if on else "star"),
            }
            for on in (True, False)
        },
        {
            on: {
                "important.class": " important--on" if on else "",
                "important.name": "unimportant" if on else "important",
                "important.pressed": "true" if on else "false",
            }
            for on in (True, False)
        },
    )


def _row(item: Listed, view: View, now: datetime, words: _Words, url: tuple[str, str]) -> Row:
    folder = view.folder
    latest = item.letters[-1]
    here = [letter for letter in item.letters if folder is None or letter.mailbox_id == folder.id]
    outgoing = folder is not None and folder.use in (SENT, DRAFTS)
    drafts = [letter for letter in item.letters if letter.is_draft]
    shown = (here or item.letters)[-1]
    is_draft = len(drafts) == len(item.letters)
    is_unread = any(letter.is_unread and not letter.is_draft for letter in here)
    subject = _ANSWER.sub("", clean(shown.subject)) or no_name()
    at = when.moment(item.position.received)
    marks = {word for letter in item.letters if letter.keywords for word in letter.keywords.lower().split()}
    labels = sorted((view.labels[word] for word in marks if word in view.labels), key=_name) if marks else []
    tags = () if view.label else (view.whose,) if view.whose else _tags(item.letters, folder, view.folders)
    answered = next((letter for letter in reversed(item.letters) if not letter.is_draft), latest)
    number = str(item.id)
    names, direction = _names(item.letters if not outgoing else (shown,), view.own_address, outgoing)
    face = _face(item.letters, view.own_address, outgoing)
    return Row(
        {
            "id": number,
            "url": reverse("compose:draft", args=[latest.message_id]) if is_draft else number.join(url),
            "opens": " data-compose" if is_draft else "",
            "position": str(item.position),
            "classes": f"row{' row--unread' if is_unread else ''}{' row--open' if item.id == view.open_id else ''}",
            "face": faces.drawn(face, view.portraits.get(face.address.lower(), "")),
            "state": words.unread if is_unread else "",
            "names": names,
            "names_dir": direction,
            "draft": words.draft if drafts else "",
            "count": words.count % len(item.letters) if len(item.letters) > 1 else "",
            "subject": _marked(subject, view.needles),
            "plain_subject": escape(subject),
            "preview": view.excerpts.get(item.id) or _marked(clean(latest.preview), view.needles),
            "iso": at.isoformat(),
            "at": escape(when.short(at, now)),
            "at_full": at.strftime("%Y-%m-%d %H:%M"),
            "marks": _marks(
                view.badges.get(item.id),
                [tag for tag in labels if tag is not view.label],
                tags,
                words.attached if any(letter.has_attachments for letter in item.letters) else SafeString(),
            ),
            "label_ids": " ".join(str(tag.id) for tag in labels),
            "latest": str(answered.message_id),
            **words.star[any(letter.is_starred for letter in item.letters)],
            **words.important[IMPORTANT in marks],
        }
    )


def _urls(view: View) -> tuple[str, str]:
    """What stands before and after a conversation's number in its address."""
    head, _zero, tail = reverse("conversation:show", args=[0]).rpartition("0")
    if view.folder:
        return head, f"{tail}?in={view.folder.id}{'&amp;unified=1' if view.unified else ''}"
    where = {"in_label": str(view.label.id)} if view.label else {"q": view.query}
    return head, f"{tail}?{escape(urlencode(where))}"


def _marks(badge: Badge | None, labels: list[Tag], tags: Iterable[str], attached: SafeString) -> SafeString:
    chips = [
        *([format_html('<span class="tag tag--{}">{}</span>', badge.kind, badge.text)] if badge else []),
        *(
            format_html('<span class="tag tint--{}" dir="auto">{}</span>', tag.colour, tag.name)
            for tag in labels[:MOST_LABELS]
        ),
        *(
            [
                format_html(
                    '<span class="tag tag--more" title="{}">\u200e+{}</span>',
                    ", ".join(tag.name for tag in labels[MOST_LABELS:]),
                    len(labels) - MOST_LABELS,
                )
            ]
            if len(labels) > MOST_LABELS
            else []
        ),
        *(format_html('<span class="tag" dir="auto">{}</span>', tag) for tag in tags),
    ]
    return SafeString("".join(chips) + attached)


def _name(tag: Tag) -> str:
    return tag.name.casefold()


def _marked(text: str, needles: tuple[str, ...]) -> SafeString:
    """The text, with what was searched for marked."""
    if not needles:
        return escape(text)
    pieces = snippets.marked(text, needles)
    return format_html_join("", "{}", ((_piece(piece),) for piece in pieces))


def _piece(piece: snippets.Piece) -> SafeString:
    return format_html("<mark>{}</mark>", piece.text) if piece.is_hit else escape(piece.text)


def _names(letters: Iterable[Letter], own_address: str, outgoing: bool) -> tuple[SafeString, str]:
    """Who took part, in order of appearance; the reader is "me"; of many the first and the last.

    And how the first of them is written: a line that is too long is cut off where its reader ends.
    """
    found: dict[str, Person] = {}
    for letter in letters:
        if letter.is_draft and not outgoing:
            continue
        persons = people(letter.to) if outgoing else (sender(letter.sender),)
        for person in persons:
            key = person.address.lower() or person.name
            if key in found and key != next(iter(found)):  # who wrote last stands last
                del found[key]
            found.setdefault(key, person)
    alone = len(found) == 1
    names = [
        _("me") if key == own_address and not outgoing else person.label if alone else person.short
        for key, person in found.items()
    ]
    more = len(names) - MOST_NAMES
    if more > 0:
        names = [names[0], *names[-(MOST_NAMES - 1) :]]
    joined = format_html_join(", ", "<bdi>{}</bdi>", ((name,) for name in names))
    head = format_html("{} ", _("To:")) if outgoing and names else SafeString()
    # The mark keeps the sign before its number, from right to left too.
    html = SafeString(head + joined + (f" \u200e+{more}" if more > 0 else ""))
    return html, _direction(_("To:") if head else names[0] if names else "")


def _direction(text: str) -> str:
    """By the first letter that has one (UAX #9, P2); dir="auto" would pass over what is isolated in <bdi>."""
    for character in text:
        kind = bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "auto"


def _face(letters: tuple[Letter, ...], own_address: str, outgoing: bool) -> Person:
    """The newest sender who is not the reader; for sent mail, whom it went to."""
    for letter in reversed(letters):
        persons = people(letter.to)[:1] if outgoing else (sender(letter.sender),)
        for person in persons:
            if person.address.lower() != own_address:
                return person
    return sender(letters[-1].sender)


def _tags(letters: Iterable[Letter], folder: Folder | None, folders: Mapping[int, Folder]) -> tuple[str, ...]:
    if folder is not None:
        return ()
    lying = {folders[letter.mailbox_id] for letter in letters if letter.mailbox_id in folders}
    # That an answer of ours lies in Sent says nothing, unless it is all there is.
    told = {item.path for item in lying if item.use != SENT} or {item.path for item in lying}
    return tuple(sorted(told))[:3]

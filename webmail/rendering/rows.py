"""A conversation as one row of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mailcore.models.mailbox import DRAFTS, SENT
from mailcore.search import snippets
from mailcore.store.conversation_list import Letter, Listed
from webmail.rail import Folder, Tag, no_name
from webmail.rendering import when
from webmail.rendering.people import Person, clean, people, sender

MOST_NAMES = 3
MOST_LABELS = 4
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
    """Everything `mailbox/_row.html` shows. Ready-made texts: fifty rows are drawn for every page."""

    id: str
    url: str
    position: str
    classes: str
    face: Person
    names: SafeString
    has_draft: bool
    is_draft: bool  # nothing but a draft: opening it goes on writing
    count: int
    subject: SafeString
    plain_subject: str
    preview: SafeString
    iso: str
    at: str
    at_full: str
    is_unread: bool
    is_starred: bool
    is_important: bool
    has_attachments: bool
    tags: tuple[str, ...]  # where it lies
    labels: tuple[Tag, ...]
    label_ids: str
    latest: int  # message, for an answer straight from the list
    badge: Badge | None


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
    excerpts: Mapping[int, SafeString] = field(default_factory=dict)  # where it stands, by conversation
    open_id: int = 0


def rows(listed: Iterable[Listed], view: View) -> list[Row]:
    """Rows of a list."""
    now = timezone.localtime()
    return [_row(item, view, now) for item in listed]


def _row(item: Listed, view: View, now: datetime) -> Row:
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
    words = {word for letter in item.letters if letter.keywords for word in letter.keywords.lower().split()}
    labels = tuple(view.labels[word] for word in words if word in view.labels) if words else ()
    return Row(
        id=str(item.id),
        url=reverse("compose:draft", args=[latest.message_id]) if is_draft else _url(item.id, view),
        position=str(item.position),
        classes=f"row{' row--unread' if is_unread else ''}{' row--open' if item.id == view.open_id else ''}",
        face=_face(item.letters, view.own_address, outgoing),
        names=_names(item.letters if not outgoing else (shown,), view.own_address, outgoing),
        has_draft=bool(drafts),
        is_draft=is_draft,
        count=len(item.letters),
        subject=_marked(subject, view.needles),
        plain_subject=subject,
        preview=view.excerpts.get(item.id) or _marked(clean(latest.preview), view.needles),
        iso=at.isoformat(),
        at=when.short(at, now),
        at_full=at.strftime("%Y-%m-%d %H:%M"),
        is_unread=is_unread,
        is_starred=any(letter.is_starred for letter in item.letters),
        is_important=IMPORTANT in words,
        has_attachments=any(letter.has_attachments for letter in item.letters),
        tags=() if view.label else _tags(item.letters, folder, view.folders),
        labels=tuple(sorted((tag for tag in labels if tag is not view.label), key=_name))[:MOST_LABELS],
        latest=next((letter for letter in reversed(item.letters) if not letter.is_draft), latest).message_id,
        badge=view.badges.get(item.id),
        label_ids=" ".join(str(tag.id) for tag in labels),
    )


def _url(conversation_id: int, view: View) -> str:
    url = reverse("conversation:show", args=[conversation_id])
    if view.folder:
        return f"{url}?in={view.folder.id}"
    return f"{url}?in_label={view.label.id}" if view.label else f"{url}?{urlencode({'q': view.query})}"


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


def _names(letters: Iterable[Letter], own_address: str, outgoing: bool) -> SafeString:
    """Who took part, in order of appearance; the reader is "me"; of many the first and the last."""
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
    return SafeString(head + joined + (f" +{more}" if more > 0 else ""))


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

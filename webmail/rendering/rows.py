"""A conversation as one row of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from mailcore.models.mailbox import DRAFTS, SENT
from mailcore.store.conversation_list import Letter, Listed
from webmail.rail import Folder
from webmail.rendering import when
from webmail.rendering.people import Person, clean, people, sender

MOST_NAMES = 3
_ANSWER = re.compile(
    r"\A(?:(?:re|aw|sv|antw|vs|rif|res|回复|答复|返信)(?:\[\d{1,3}\])?\s?[:：]\s*)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody in the conversation, as the row spells them."""

    text: str
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Everything `mailbox/_row.html` shows."""

    id: int
    position: str
    face: Person
    names: tuple[Name, ...]
    more_names: int
    prefix: str  # "To:" where the reader is the sender
    has_draft: bool
    draft_id: int  # the message to go on writing, where the row is nothing but a draft
    count: int
    subject: str
    preview: str
    at: datetime
    is_unread: bool
    is_starred: bool
    has_attachments: bool
    tags: tuple[str, ...]


def rows(
    listed: Iterable[Listed], own_address: str, folder: Folder | None, folders: Mapping[int, Folder]
) -> list[Row]:
    """Rows for a list of `folder`; None: of search results, where each row says where it lies."""
    return [_row(item, own_address, folder, folders) for item in listed]


def _row(item: Listed, own_address: str, folder: Folder | None, folders: Mapping[int, Folder]) -> Row:
    latest = item.letters[-1]
    here = [letter for letter in item.letters if folder is None or letter.mailbox_id == folder.id]
    outgoing = folder is not None and folder.use in (SENT, DRAFTS)
    drafts = [letter for letter in item.letters if letter.is_draft]
    names, more = _names(item.letters if not outgoing else (here or item.letters)[-1:], own_address, outgoing)
    shown = (here or item.letters)[-1]
    only_draft = len(drafts) == len(item.letters)
    return Row(
        id=item.id,
        position=str(item.position),
        face=_face(item.letters, own_address, outgoing),
        names=names,
        more_names=more,
        prefix=_("To:") if outgoing and names else "",
        has_draft=bool(drafts),
        draft_id=latest.message_id if only_draft else 0,
        count=len(item.letters),
        subject=_ANSWER.sub("", clean(shown.subject)),
        preview=clean(latest.preview),
        at=when.moment(item.position.received),
        is_unread=any(letter.is_unread and not letter.is_draft for letter in here),
        is_starred=any(letter.is_starred for letter in item.letters),
        has_attachments=any(letter.has_attachments for letter in item.letters),
        tags=_tags(item.letters, folder, folders),
    )


def _names(letters: Iterable[Letter], own_address: str, outgoing: bool) -> tuple[tuple[Name, ...], int]:
    """Who took part, in order of appearance; the reader is "me"."""
    found: dict[str, tuple[Person, bool]] = {}
    for letter in letters:
        if letter.is_draft and not outgoing:
            continue
        persons = people(letter.to) if outgoing else (sender(letter.sender),)
        for person in persons:
            key = person.address.lower() or person.name
            unread = letter.is_unread and not outgoing
            if key in found and key != next(iter(found)):  # who wrote last stands last
                unread = found.pop(key)[1] or unread
            found[key] = (found.get(key, (person, False))[0], unread or found.get(key, (person, False))[1])
    alone = len(found) == 1
    names = []
    for key, (person, unread) in found.items():
        if key == own_address and not outgoing:
            text = _("me")
        else:
            text = person.label if alone else person.short
        names.append(Name(text, unread))
    if len(names) > MOST_NAMES:  # the first, and the last ones
        return (names[0], *names[-(MOST_NAMES - 1) :]), len(names) - MOST_NAMES
    return tuple(names), 0


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

"""A message as `conversation/_message.html` shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mailcore.message import bodies
from mailcore.message import part as parts
from mailcore.message.part import Part
from mailcore.models import Account, Message
from mailcore.models.entry import ANSWERED, DRAFT, FLAGGED, SEEN
from mailcore.store.raw import Raw
from webmail.rendering import plain_text, reports, sanitize, when
from webmail.rendering.files import File, file
from webmail.rendering.people import Person, clean, people, sender
from webmail.rendering.remote_images import Pictures, may_load

MOST_BODIES = 20
MOST_SHOWN = 4  # recipients on the line under the sender


@dataclass(frozen=True, slots=True)
class Body:
    """One readable part: text to put in the page, or a document to put in a frame. Never joined (EFAIL)."""

    text: SafeString | None
    frame_url: str = ""
    frame_height: int = 0
    is_plain: bool = False
    blocked: int = 0


@dataclass
class Shown:
    """One message of a conversation."""

    row: Message
    flags: int
    account: Account
    is_open: bool = False
    with_images: bool = False
    tags: tuple[str, ...] = field(default=())

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def is_unread(self) -> bool:
        return not self.flags & SEEN and not self.is_draft

    @property
    def is_starred(self) -> bool:
        return bool(self.flags & FLAGGED)

    @property
    def is_draft(self) -> bool:
        return bool(self.flags & DRAFT)

    @property
    def is_answered(self) -> bool:
        return bool(self.flags & ANSWERED)

    @cached_property
    def sender(self) -> Person:
        return sender(self.row.sender)

    @cached_property
    def to(self) -> tuple[Person, ...]:
        return people(self.row.to) + people(self.row.cc)

    @property
    def more_to(self) -> int:
        return max(0, len(self.to) - MOST_SHOWN)

    @property
    def has_several(self) -> bool:
        """Whether "reply all" would reach anybody that "reply" does not."""
        others = {person.address.lower() for person in (*self.to, self.sender)}
        return len(others - {self.account.address}) > 1

    @property
    def at(self) -> datetime:
        return when.moment(self.row.internaldate)

    @property
    def preview(self) -> str:
        return clean(self.row.preview)

    @property
    def show_url(self) -> str:
        return reverse("message:show", args=[self.row.id])

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The header lines a reader asks for."""
        lines = [
            (_("from"), _spelt(people(self.row.sender))),
            (_("to"), _spelt(people(self.row.to))),
            (_("cc"), _spelt(people(self.row.cc))),
            (_("bcc"), _spelt(people(self.row.bcc))),
            (_("reply to"), _spelt(people(self.row.reply_to))),
            (_("date"), when.full(when.moment(self.row.sent))),
            (_("received"), when.full(self.at)),
            (_("subject"), clean(self.row.subject)),
        ]
        if self.row.reply_to == self.row.sender:
            del lines[4]
        return [(name, text) for name, text in lines if text]

    @property
    def warnings(self) -> list[str]:
        """What a careful reader would have noticed."""
        found = []
        answers = people(self.row.reply_to, 1)
        own = _domain(self.sender)
        if answers and own and not self.row.is_list and _domain(answers[0]) != own:
            text = _("A reply to this message goes to %(address)s, not to its sender.")
            found.append(text % {"address": answers[0].address})
        return found

    @cached_property
    def root(self) -> Part:
        return parts.load(self.row.parts)

    @cached_property
    def reading(self) -> bodies.Reading:
        return bodies.reading(self.root)

    @property
    def reports(self) -> list[reports.Sentence]:
        """What a delivery report says."""
        return reports.sentences(self.reading.reports, self.fetch)

    @cached_property
    def files(self) -> list[File]:
        seen: set[str] = set()
        found = []
        for item in [*self.reading.attachments, *self.reading.calendars]:
            if item.number not in seen:
                seen.add(item.number)
                found.append(file(self.row.id, item))
        return found

    @cached_property
    def bodies(self) -> list[Body]:
        return [self._body(item) for item in self.reading.bodies[:MOST_BODIES]]

    @property
    def blocked(self) -> int:
        return sum(item.blocked for item in self.bodies)

    def fetch(self, start: int, length: int) -> bytes:
        """Octets of the message, at offsets of its part tree."""
        return raw(self.row).part(start, length)

    def _body(self, item: Part) -> Body:
        if item.type == "text/html":
            found = clean_html(self, item, may_load(self.account, self.sender.address) or self.with_images)
            if found is not None:
                url = reverse("message:body", args=[self.row.id, item.number])
                return Body(
                    text=None,
                    frame_url=f"{url}?images=1" if self.with_images else url,
                    frame_height=_estimate(found),
                    is_plain=not found.has_colours,
                    blocked=found.blocked,
                )
        return Body(plain_text.html(bodies.text(item, self.fetch), write))


def shown(
    rows: Iterable[Message], flags: Callable[[int], int], account: Account, *, is_open: Callable[[int], bool]
) -> list[Shown]:
    """Messages with their state, oldest first."""
    ordered = sorted(rows, key=lambda row: (row.internaldate, row.id))
    return [Shown(row, flags(row.id), account, is_open=is_open(row.id)) for row in ordered]


def clean_html(message: Shown, item: Part, with_images: bool) -> sanitize.Clean | None:
    """An HTML part made safe; None if it is too much to be, and its text must do."""
    pictures = Pictures(message.row, message.reading.inline, with_images)
    try:
        return sanitize.clean(
            bodies.source(item, message.fetch, sanitize.MAX_LENGTH * 2), pictures.address, write
        )
    except sanitize.TooMuch:
        return None


def raw(row: Message) -> Raw:
    """Where the message's octets are."""
    return Raw(bytes(row.prefix), bytes(row.digest), row.size)


def write(rest: str) -> str:
    """The page for writing to a mailto: address."""
    return sanitize.mailto(rest, reverse("compose:new"))


def _spelt(persons: Iterable[Person]) -> str:
    return ", ".join(
        f"{person.name} <{person.address}>" if person.name and person.address else person.label
        for person in persons
    )


def _domain(person: Person) -> str:
    """The last two labels: close enough for "is this somebody else?"."""
    return ".".join(person.address.rpartition("@")[2].lower().split(".")[-2:])


def _estimate(found: sanitize.Clean) -> int:
    """A height in pixels for a frame that no script will measure."""
    lines = len(found.markup) / (250 if found.has_width else 110)
    rows = (
        found.markup.count("<br")
        + found.markup.count("<p")
        + found.markup.count("<tr")
        + found.markup.count("<div")
    )
    return int(min(20_000, max(120, 24 * max(lines, rows) + 60)))

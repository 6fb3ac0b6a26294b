"""A message as `conversation/_message.html` shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mailcore.message import bodies, deception, mailing_list
from mailcore.message import part as parts
from mailcore.message.deception import Facts
from mailcore.message.part import Part
from mailcore.models import Account, Message
from mailcore.models.entry import ANSWERED, DRAFT, FLAGGED, SEEN
from mailcore.store.raw import Raw
from webmail.rendering import plain_text, reports, sanitize, warnings, when
from webmail.rendering.files import File, files
from webmail.rendering.kept import Kept
from webmail.rendering.people import Person, clean, people, sender
from webmail.rendering.remote_images import Pictures, may_load
from webmail.rendering.warnings import Warned

MOST_BODIES = 20
POINTERS = frozenset({"message/partial", "message/external-body"})  # notes, not files
MOST_SHOWN = 4  # recipients on the line under the sender
MOST_HEADER = 64 * 1024
MOST_SOURCE = 8 << 20  # of HTML with pictures in it
TOO_MUCH = gettext_noop("This letter's HTML is too large or too tangled to be shown. Here is its text.")


_kept = Kept()


@dataclass(frozen=True, slots=True)
class Body:
    """One readable part: text to put in the page, or a document to put in a frame. Never joined (EFAIL)."""

    text: SafeString | None
    frame_url: str = ""
    frame_height: int = 0
    is_plain: bool = False  # without colours of its own: it takes the theme's
    turns: bool = False  # legible on dark paper
    blocked: int = 0
    trackers: int = 0
    links: tuple[sanitize.Link, ...] = ()
    tags: int = 0  # how much work it was


@dataclass
class Shown:
    """One message of a conversation."""

    row: Message
    flags: int
    account: Account
    is_open: bool = False
    with_images: bool = False
    is_enclosed: bool = False  # within another message: its From is only what somebody wrote
    as_plain: bool = False  # where a message offers both, its plain text
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
            (_("received"), "" if self.is_enclosed else when.full(self.at)),
            (_("subject"), clean(self.row.subject)),
        ]
        if self.row.reply_to == self.row.sender:
            del lines[4]
        return [(name, text) for name, text in lines if text]

    @property
    def trace(self) -> list[tuple[str, str]]:
        """What one looks for in an original: its lines, its name, and what our own server found out about it."""
        found = deception.verdicts(self.header, settings.MAIL_HOSTNAME)
        name = self.row.message_id
        return [
            *self.facts,
            *([("Message-ID", name)] if name else []),
            *((method.upper(), found[method]) for method in ("spf", "dkim", "dmarc") if method in found),
        ]

    @cached_property
    def facts_known(self) -> Facts:
        """What the rules against deception look at."""
        said = [link for body in self.bodies for link in body.links]
        answers = next(iter(people(self.row.reply_to, 1)), None)
        return warnings.facts(self.row, self.account, self.sender, answers, self.header, said)

    @cached_property
    def warnings(self) -> list[Warned]:
        """What a careful reader would have noticed."""
        return [] if self.is_draft or self.is_enclosed else warnings.warnings(self.facts_known)

    @cached_property
    def header(self) -> bytes:
        """The beginning of the message, with what our own server wrote above it."""
        row = self.row
        return raw(row).slice(0, min(MOST_HEADER, len(row.prefix) + row.header_size))

    @cached_property
    def list_address(self) -> str:
        """The mailing list it came over, if one may write to it."""
        return mailing_list.read(self.header).post if self.row.is_list else ""

    @property
    def is_forged(self) -> bool:
        """A check of our own server says that the sender did not send this."""
        found = deception.verdicts(self.header, settings.MAIL_HOSTNAME)
        return found.get("dmarc") == "fail"

    @property
    def may_trust(self) -> bool:
        """Whether the reader may always want this sender's pictures: not those of whoever uses the name."""
        return bool(self.sender.address) and not self.is_enclosed and not self.is_forged

    @cached_property
    def root(self) -> Part:
        return parts.load(self.row.parts)

    @cached_property
    def reading(self) -> bodies.Reading:
        return bodies.reading(self.root, prefer="text/plain" if self.as_plain else "text/html")

    @cached_property
    def is_either(self) -> bool:
        """It says the same twice, as HTML and as plain text, and the reader may choose."""
        offered = {part.type for part in self.root.leaves() if part.disposition != "attachment"}
        return {"text/plain", "text/html"} <= offered and any(
            part.type == "multipart/alternative" for part in self.root.walk()
        )

    @cached_property
    def loads_images(self) -> bool:
        """Remote pictures are shown: the reader asked, or trusts whoever sent this."""
        if self.with_images or self.is_enclosed:
            return self.with_images
        return may_load(self.account, self.sender.address) and not self.is_forged

    @property
    def reports(self) -> list[reports.Sentence]:
        """What a delivery report says."""
        return reports.sentences(self.reading.reports, self.fetch)

    @cached_property
    def attached(self) -> list[Part]:
        """Every part that a reader may want to save, once."""
        found = {item.number: item for item in (*self.reading.attachments, *self.reading.calendars)}
        return list(found.values())

    @cached_property
    def files(self) -> list[File]:
        """The same as files; messages are listed as messages."""
        return files(
            self.row.id, [item for item in self.attached if not item.is_message and item.type not in POINTERS]
        )

    @property
    def is_own(self) -> bool:
        """The account wrote it itself."""
        return self.sender.address.lower() == self.account.address

    @property
    def has_pictures(self) -> bool:
        return any(item.view == "picture" for item in self.files)

    @cached_property
    def bodies(self) -> list[Body]:
        found: list[Body] = []
        tags = 0
        for item in self.reading.bodies[:MOST_BODIES]:
            body = self._body(item, is_late=tags > sanitize.MAX_TAGS)
            tags += body.tags
            found.append(body)
        return found

    @property
    def blocked(self) -> int:
        return sum(item.blocked for item in self.bodies)

    @property
    def trackers(self) -> int:
        """Pictures that are never loaded, because nobody is meant to see them."""
        return sum(item.trackers for item in self.bodies)

    def fetch(self, start: int, length: int) -> bytes:
        """Octets of the message, at offsets of its part tree."""
        return raw(self.row).part(start, length)

    def _body(self, item: Part, *, is_late: bool) -> Body:
        """One part; as text if those before it were work enough (`is_late`)."""
        if item.type == "text/html":
            found = None if is_late else clean_html(self, item, self.loads_images)
            if found is not None:
                url = reverse("message:body", args=[self.row.id, item.number])
                return Body(
                    text=None,
                    frame_url=f"{url}?images=1" if self.with_images else url,
                    frame_height=_estimate(found),
                    is_plain=not found.has_colours,
                    turns=found.turns,
                    blocked=found.blocked,
                    trackers=found.trackers,
                    links=found.links,
                    tags=found.markup.count("<") // 2,
                )
            shown = plain_text.html(bodies.text(item, self.fetch), write)
            return Body(format_html('<p class="notice">{}</p>{}', _(TOO_MUCH), shown))
        return Body(plain_text.html(bodies.text(item, self.fetch), write))


def shown(
    rows: Iterable[Message], flags: Callable[[int], int], account: Account, *, is_open: Callable[[int], bool]
) -> list[Shown]:
    """Messages with their state, oldest first."""
    ordered = sorted(rows, key=lambda row: (row.internaldate, row.id))
    return [Shown(row, flags(row.id), account, is_open=is_open(row.id)) for row in ordered]


def clean_html(message: Shown, item: Part, with_images: bool) -> sanitize.Clean | None:
    """An HTML part made safe; None if it is too much to be, and its text must do."""
    row = message.row

    def made() -> sanitize.Clean:
        pictures = Pictures(row, message.reading.inline, with_images)
        return sanitize.clean(bodies.source(item, message.fetch, MOST_SOURCE), pictures.address, write)

    try:
        # Addresses in it begin with the script prefix: under /u/7/ they are others.
        return _kept.get((row.id, bytes(row.digest), item.number, with_images, get_script_prefix()), made)
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

"""The rail: special mailboxes first, in the order people expect, then the reader's own as a tree, then labels.

What lies inside a folder is folded away at the reader's wish; the cookie `folded` remembers which, so that the first
paint is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailcore.models import Label, Mailbox
from mailcore.models.mailbox import (
    ARCHIVE,
    DRAFTS,
    INBOX,
    JUNK,
    SCHEDULED,
    SENT,
    SEPARATOR,
    SNOOZED,
    TRASH,
)
from mailcore.store import labels, mailboxes
from mailcore.store.writing import ID_SHIFT
from webmail import reader

MOST_DEPTH = 5
HIGH_PERCENT, FULL_PERCENT = 80, 95  # of the quota
FOLDED = "folded"  # the cookie: numbers of mailboxes, the account's part taken off
MOST_FOLDED = 60
SPECIAL = {  # special use, or INBOX: icon, name; in the order of the rail
    INBOX: ("inbox", gettext_lazy("Inbox")),
    SNOOZED: ("clock", gettext_lazy("Snoozed")),
    DRAFTS: ("drafts", gettext_lazy("Drafts")),
    SCHEDULED: ("scheduled", gettext_lazy("Scheduled")),
    SENT: ("sent", gettext_lazy("Sent")),
    ARCHIVE: ("archive", gettext_lazy("Archive")),
    JUNK: ("junk", gettext_lazy("Spam")),
    TRASH: ("trash", gettext_lazy("Trash")),
}

NOT_TARGETS = (DRAFTS, SNOOZED, SCHEDULED)
COUNTED = (DRAFTS, SNOOZED, SCHEDULED)  # beside their names stands how many there are, not how many unread


@dataclass(frozen=True, slots=True)
class Folder:
    """A mailbox as the reader knows it."""

    id: int
    use: str  # INBOX, a special use, or ""
    label: str
    path: str
    icon: str
    depth: int
    count: int  # what stands beside the name: unread, or drafts
    total: int
    unseen: int
    name: str  # as the store knows it

    @property
    def is_inbox(self) -> bool:
        return self.use == INBOX

    @property
    def can_receive(self) -> bool:
        """Whether the menu "Move to" offers it; what is put elsewhere by a button of its own is not there."""
        return self.use not in NOT_TARGETS

    @property
    def is_unseen(self) -> bool:
        return self.count > 0 and self.use not in (*COUNTED, JUNK, TRASH, SENT)


@dataclass(slots=True)
class Line:
    """A folder where it stands in the tree; without one, a name that only has folders below it."""

    folder: Folder | None
    label: str
    depth: int
    holds: bool = False  # folders
    is_folded: bool = False
    hides_unseen: bool = False  # in a folder that is folded away


@dataclass(frozen=True, slots=True)
class Tag:
    """A label as the reader knows it."""

    id: int
    name: str
    keyword: str
    colour: str
    is_hidden: bool
    unseen: int = 0


class Rail:
    """The folders and labels of one account, read once for each request."""

    def __init__(self, account_id: int, quota_bytes: int, folded: frozenset[int] = frozenset()) -> None:
        # Read first: what happens while the page is made is told again by the feed, which starts from here.
        self.modseq, self.used_bytes = _state(account_id)
        self.account_id = account_id
        self.quota_bytes = quota_bytes
        self.folded = folded
        self.rows = mailboxes.listing(account_id)

    @property
    def fullness(self) -> str:
        """Whether to say something about the room that is left: "", "high" or "full"."""
        used = self.used_bytes * 100 // self.quota_bytes if self.quota_bytes else 0
        return "full" if used >= FULL_PERCENT else "high" if used >= HIGH_PERCENT else ""

    @cached_property
    def special(self) -> list[Folder]:
        by_use = {use_of(row): row for row in reversed(self.rows) if use_of(row)}
        return [folder(by_use[use]) for use in SPECIAL if use in by_use]

    @cached_property
    def own(self) -> list[Folder]:
        shown = {item.id for item in self.special}
        return [folder(row) for row in self.rows if row.id not in shown]

    @property
    def all(self) -> list[Folder]:
        return [*self.special, *self.own]

    @cached_property
    def lines(self) -> tuple[list[Line], list[Line]]:
        """The special folders and the reader's own, each with what lies in it."""
        inside: dict[str, list[Folder]] = {}
        known = {item.name for item in self.all}
        waiting = self.own[::-1]
        while waiting:
            item = waiting.pop()
            above = item.name.rpartition(SEPARATOR)[0]
            inside.setdefault(above, []).append(item)
            if above and above not in known:  # removed, but not what was in it (RFC 9051 §6.3.5)
                known.add(above)
                waiting.append(_gap(above))
        special = [line for item in self.special for line in self._lines(item, 0, inside)]
        own = [
            line for item in sorted(inside.get("", []), key=_order) for line in self._lines(item, 0, inside)
        ]
        return special, own

    def _lines(self, item: Folder, depth: int, inside: dict[str, list[Folder]]) -> list[Line]:
        below = [
            line
            for child in sorted(inside.get(item.name, []), key=_order)
            for line in self._lines(child, depth + 1, inside)
        ]
        is_folded = bool(below) and item.id in self.folded
        hides = is_folded and any(line.folder and line.folder.is_unseen for line in below)
        first = Line(
            item if item.id else None, item.label, min(depth, MOST_DEPTH), bool(below), is_folded, hides
        )
        return [first] if is_folded else [first, *below]

    @property
    def inbox_lines(self) -> list[Line]:
        """The inbox and what lies in it."""
        special = self.lines[0]
        ends = next((at for at, line in enumerate(special[1:], 1) if not line.depth), len(special))
        return special[:ends]

    @property
    def special_lines(self) -> list[Line]:
        """The other special folders and what lies in them."""
        return self.lines[0][len(self.inbox_lines) :]

    @property
    def own_lines(self) -> list[Line]:
        """The reader's own folders."""
        return self.lines[1]

    @cached_property
    def labels(self) -> list[Tag]:
        """All of them, also those that a desktop client has invented a moment ago."""
        rows = labels.listing(self.account_id)
        if labels.adopt(self.account_id, rows):
            rows = labels.listing(self.account_id)
        return [_tag(row, 0) for row in rows]

    @cached_property
    def shown_labels(self) -> list[Tag]:
        """Those of the rail, with what waits unread."""
        shown = [tag for tag in self.labels if not tag.is_hidden]
        unseen = labels.unseen(self.account_id, shown, self.hidden) if shown else {}
        return [replace(tag, unseen=unseen.get(tag.id, 0)) for tag in shown]

    @cached_property
    def by_keyword(self) -> dict[str, Tag]:
        """Lower-case keyword → label."""
        return {tag.keyword.lower(): tag for tag in self.labels}

    def tag(self, label_id: int) -> Tag | None:
        """The label, if the account has it."""
        return next((tag for tag in self.labels if tag.id == label_id), None)

    def by_id(self, mailbox_id: int) -> Folder | None:
        """The folder, if the account has it."""
        return next((item for item in self.all if item.id == mailbox_id), None)

    def by_use(self, use: str) -> Folder | None:
        """The special folder, if the account has it."""
        return next((item for item in self.special if item.use == use), None)

    @property
    def hidden(self) -> frozenset[int]:
        """Mailboxes whose letters are not folded into conversations shown elsewhere."""
        return frozenset(item.id for item in self.special if item.use in (TRASH, JUNK))

    @property
    def unread(self) -> int:
        """In the inbox, for the page's title."""
        inbox = self.by_use(INBOX)
        return inbox.count if inbox else 0


def _state(account_id: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT modseq, used_bytes FROM mailcore_accountstate WHERE account_id = %s", [account_id]
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, 0)


def of(request: HttpRequest) -> Rail:
    """The rail of the account that is read."""
    kept: Rail | None = getattr(request, "rail", None)
    if kept is None:
        account = reader.account(request)
        kept = Rail(account.pk, account.quota_bytes, folded(request))
        request.rail = kept  # type: ignore[attr-defined]
    return kept


def use_of(row: Mailbox) -> str:
    """INBOX, one of the special uses the rail knows, or nothing."""
    if row.name == INBOX:
        return INBOX
    return row.special_use if row.special_use in SPECIAL else ""


def folder(row: Mailbox) -> Folder:
    """A mailbox row as a folder."""
    use = use_of(row)
    icon, label = SPECIAL.get(use, ("folder", ""))
    return Folder(
        id=row.id,
        use=use,
        label=str(label) if label else row.name.rpartition("/")[2],
        path=str(label) if label else row.name,
        icon=icon,
        depth=0 if use else min(row.name.count("/"), MOST_DEPTH),
        count=row.total if use in COUNTED else row.unseen,
        total=row.total,
        unseen=row.unseen,
        name=row.name,
    )


def _gap(name: str) -> Folder:
    """A level of the tree that has no mailbox of its own."""
    last = name.rpartition(SEPARATOR)[2]
    return Folder(0, "", last, name, "folder", 0, 0, 0, 0, name)


def _order(item: Folder) -> tuple[str, str]:
    return item.label.casefold(), item.label


def _tag(row: Label, unseen: int) -> Tag:
    return Tag(row.id, row.name, row.keyword, row.colour, row.is_hidden, unseen)


def folded(request: HttpRequest) -> frozenset[int]:
    """Mailboxes whose folders the reader has folded away."""
    numbers = request.COOKIES.get(FOLDED, "").split(".")[:MOST_FOLDED]
    high = reader.account_id(request) << ID_SHIFT
    return frozenset(
        high | int(text) for text in numbers if text.isascii() and text.isdecimal() and len(text) < 11
    )


def title(request: HttpRequest, name: str) -> str:
    """A page's title, with what waits unread: "(3) Inbox · Posthorn"."""
    unread = of(request).unread
    head = f"({unread}) {name}" if unread else name
    return f"{head} · {settings.MAIL_PRODUCT_NAME}"


def inbox_url(request: HttpRequest) -> str:
    """Where "back to the inbox" leads."""
    inbox = of(request).by_use(INBOX)
    return reverse("mailbox:show", args=[inbox.id]) if inbox else reverse("home")


def no_name() -> str:
    """For a message without a subject."""
    return _("(no subject)")

"""The folder rail: special mailboxes first, in the order people expect, then the reader's own, as a tree."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailcore.models import Mailbox
from mailcore.models.mailbox import ARCHIVE, DRAFTS, INBOX, JUNK, SENT, TRASH
from mailcore.store import mailboxes
from webmail import reader

MOST_DEPTH = 3
SPECIAL = {  # special use, or INBOX: icon, name; in the order of the rail
    INBOX: ("inbox", gettext_lazy("Inbox")),
    DRAFTS: ("drafts", gettext_lazy("Drafts")),
    SENT: ("sent", gettext_lazy("Sent")),
    ARCHIVE: ("archive", gettext_lazy("Archive")),
    JUNK: ("junk", gettext_lazy("Spam")),
    TRASH: ("trash", gettext_lazy("Trash")),
}


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

    @property
    def is_inbox(self) -> bool:
        return self.use == INBOX

    @property
    def is_unseen(self) -> bool:
        return self.count > 0 and self.use not in (DRAFTS, JUNK, TRASH, SENT)


class Rail:
    """The folders of one account, read once for each request."""

    def __init__(self, account_id: int, quota_bytes: int) -> None:
        # Read first: what happens while the page is made is told again by the feed, which starts from here.
        self.modseq, self.used_bytes = _state(account_id)
        self.quota_bytes = quota_bytes
        self.rows = mailboxes.listing(account_id)

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
        kept = Rail(account.pk, account.quota_bytes)
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
        count=row.total if use == DRAFTS else row.unseen,
        total=row.total,
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

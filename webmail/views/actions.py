"""What is done to chosen conversations and messages: one door for every button, and its undo.

A conversation named here means its entries *in the mailbox it was chosen in*; chosen among search results, it means
them all, where that makes sense. Undo needs no state: the answer carries a signed note of how to go back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from mailcore.changes.change import print_uids, read_uids
from mailcore.models import Entry, Mailbox
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.models.mailbox import ARCHIVE, DRAFTS, INBOX, JUNK, SENT, TRASH
from mailcore.store import errors, flags, mailboxes, messages
from webmail import fragments, rail, reader

MOST_CHOSEN = 1_000
UNDO_SECONDS = 3_600
_SALT = "webmail.undo"

Step = tuple[str, int, str, int]  # verb, mailbox, UIDs, operand


@dataclass(slots=True)
class Chosen:
    """What a form named, and the rows behind it."""

    account_id: int
    conversation_ids: list[int]
    message_ids: list[int]
    mailbox_id: int | None
    boxes: dict[int, Mailbox]
    steps: list[Step] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.conversation_ids) or len(self.message_ids)

    def entries(self, *, everywhere: bool = False, beside: Iterable[str] = ()) -> list[Entry]:
        """Live entries, oldest first. `beside`: special mailboxes to leave alone when no mailbox was named."""
        rows = Entry.objects.filter(account_id=self.account_id, expunged=False)
        if self.conversation_ids:
            rows = rows.filter(conversation_id__in=self.conversation_ids)
        else:
            rows = rows.filter(message_id__in=self.message_ids)
        if self.mailbox_id is not None and not everywhere:
            rows = rows.filter(mailbox_id=self.mailbox_id)
        left_alone = set(beside) if self.mailbox_id is None else set()
        return [
            row
            for row in rows.order_by("received", "id")
            if row.mailbox_id in self.boxes and rail.use_of(self.boxes[row.mailbox_id]) not in left_alone
        ]

    def latest(self, entries: list[Entry]) -> list[Entry]:
        """The newest of each conversation."""
        return list({entry.conversation_id: entry for entry in entries}.values())

    def move(self, entries: list[Entry], target: Mailbox) -> None:
        """Move them, and note the way back."""
        for box, uids in self._by_box(entries):
            if box.id != target.id:
                moved = messages.move(box, uids, target)
                self.steps.append(("move", target.id, print_uids(sorted(moved.new_uids)), box.id))

    def flag(self, entries: list[Entry], bit: int, *, on: bool) -> None:
        """Set or clear a flag where it is not so already, and note the way back."""
        wrong = [entry for entry in entries if bool(entry.flags & bit) != on]
        for box, uids in self._by_box(wrong):
            (flags.add if on else flags.remove)(box, uids, bit)
            self.steps.append(("remove" if on else "add", box.id, print_uids(uids), bit))

    def remove(self, entries: list[Entry]) -> None:
        """For ever."""
        for box, uids in self._by_box(entries):
            messages.remove(box, uids)

    def _by_box(self, entries: list[Entry]) -> list[tuple[Mailbox, list[int]]]:
        ordered = sorted(entries, key=lambda entry: (entry.mailbox_id, entry.uid))
        groups = groupby(ordered, key=lambda entry: entry.mailbox_id)
        return [(self.boxes[number], [entry.uid for entry in group]) for number, group in groups]


_OUTGOING = (SENT, DRAFTS)


def _archive(chosen: Chosen) -> str:
    target = mailboxes.special(chosen.account_id, ARCHIVE)
    chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH, JUNK, ARCHIVE)), target)
    return ngettext("Archived", "%(count)d archived", chosen.count) % {"count": chosen.count}


def _delete(chosen: Chosen) -> str:
    chosen.move(chosen.entries(beside=(TRASH,)), mailboxes.special(chosen.account_id, TRASH))
    return ngettext("Moved to Trash", "%(count)d moved to Trash", chosen.count) % {"count": chosen.count}


def _delete_for_ever(chosen: Chosen) -> str:
    where = [
        entry
        for entry in chosen.entries(beside=())
        if rail.use_of(chosen.boxes[entry.mailbox_id]) in (TRASH, JUNK)
    ]
    chosen.remove(where)
    return ngettext("Deleted for ever", "%(count)d deleted for ever", chosen.count) % {"count": chosen.count}


def _spam(chosen: Chosen) -> str:
    chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH, JUNK)), mailboxes.special(chosen.account_id, JUNK))
    return ngettext("Moved to Spam", "%(count)d moved to Spam", chosen.count) % {"count": chosen.count}


def _not_spam(chosen: Chosen) -> str:
    chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH)), mailboxes.named(chosen.account_id, INBOX))
    return ngettext("Moved to Inbox", "%(count)d moved to Inbox", chosen.count) % {"count": chosen.count}


def _read(chosen: Chosen) -> str:
    chosen.flag(chosen.entries(everywhere=True), SEEN, on=True)
    return ""


def _unread(chosen: Chosen) -> str:
    entries = chosen.entries()
    if chosen.message_ids and entries:  # from this message on
        everything = Chosen(
            chosen.account_id, [entries[0].conversation_id], [], chosen.mailbox_id, chosen.boxes, chosen.steps
        )
        entries = [entry for entry in everything.entries() if entry.received >= entries[0].received]
        chosen.flag(entries, SEEN, on=False)
    else:
        chosen.flag(chosen.latest(entries), SEEN, on=False)
    return ""


def _star(chosen: Chosen) -> str:
    entries = chosen.entries()
    chosen.flag(chosen.latest(entries) if chosen.conversation_ids else entries, FLAGGED, on=True)
    return ""


def _unstar(chosen: Chosen) -> str:
    chosen.flag(chosen.entries(everywhere=True), FLAGGED, on=False)
    return ""


ACTIONS: dict[str, Callable[[Chosen], str]] = {
    "archive": _archive,
    "delete": _delete,
    "delete-for-ever": _delete_for_ever,
    "spam": _spam,
    "not-spam": _not_spam,
    "read": _read,
    "unread": _unread,
    "star": _star,
    "unstar": _unstar,
}


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do it, say so, offer to undo it."""
    onward = reader.onward(request)
    chosen = _chosen(request)
    action = ACTIONS.get(request.POST.get("action", ""))
    for name in ("star", "unstar"):  # the star of one row, whatever else is ticked
        if name in request.POST:
            chosen.conversation_ids, chosen.message_ids = _numbers([request.POST[name]]), []
            action = ACTIONS[name]
    if not chosen.count:
        return fragments.told(request, _("Nothing is selected."), plain=onward, status=400)
    if "move" in request.POST:
        text = _move(chosen, request.POST["move"])
    elif action is None:
        return fragments.told(
            request, _("That is not something we can do."), "danger", plain=onward, status=400
        )
    else:
        text = action(chosen)
    if not text:
        return HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(onward)
    token = (
        signing.dumps([chosen.account_id, chosen.steps], salt=_SALT, compress=True) if chosen.steps else ""
    )
    undo_url = reverse("undo") if token else ""
    return fragments.told(request, text, plain=onward, undo_url=undo_url, undo_token=token)


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Go back along the signed note. What has changed since is left as it is."""
    onward = reader.onward(request)
    try:
        account_id, steps = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        return fragments.told(request, _("It is too late to undo that."), plain=onward, status=400)
    if account_id != reader.account_id(request):
        return fragments.told(request, _("It is too late to undo that."), plain=onward, status=400)
    for verb, mailbox_id, text, operand in reversed(steps):
        uids = [uid for low, high in read_uids(text) for uid in range(low, high + 1)]
        box = mailboxes.fresh(account_id, mailbox_id)
        if verb == "move":
            messages.move(box, uids, mailboxes.fresh(account_id, operand))
        else:
            (flags.add if verb == "add" else flags.remove)(box, uids, operand)
    return fragments.told(request, _("Undone"), plain=onward)


def mark_read(account_id: int, conversation_id: int) -> None:
    """Reading a conversation reads all of it; nothing is written where everything was read before."""
    unread = Entry.objects.filter(account_id=account_id, conversation_id=conversation_id, expunged=False)
    waiting = [entry for entry in unread if not entry.flags & SEEN]
    if waiting:
        boxes = {box.id: box for box in mailboxes.listing(account_id)}
        chosen = Chosen(account_id, [conversation_id], [], None, boxes)
        chosen.flag([entry for entry in waiting if entry.mailbox_id in boxes], SEEN, on=True)


def _move(chosen: Chosen, target_id: str) -> str:
    target = chosen.boxes.get(_numbers([target_id])[0]) if _numbers([target_id]) else None
    if target is None:
        raise errors.MailboxNotFound(_("That folder does not exist any more."))
    chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH)), target)
    name = rail.folder(target).path
    return ngettext("Moved to %(folder)s", "%(count)d moved to %(folder)s", chosen.count) % {
        "count": chosen.count,
        "folder": name,
    }


def _chosen(request: HttpRequest) -> Chosen:
    account_id = reader.account_id(request)
    boxes = {box.id: box for box in mailboxes.listing(account_id)}
    named = _numbers([request.POST.get("mailbox", "")])
    if named and named[0] not in boxes:
        raise errors.MailboxNotFound(_("That folder does not exist any more."))
    return Chosen(
        account_id,
        _numbers(request.POST.getlist("conversation")),
        _numbers(request.POST.getlist("message")),
        named[0] if named else None,
        boxes,
    )


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19][:MOST_CHOSEN]

"""What is done to chosen conversations and messages: one door for every button, and its undo.

A conversation named here means its entries *in the mailbox it was chosen in*; chosen among search results or under a
label, it means them all, where that makes sense. "All that match" names no conversation but the list itself
(`webmail.scopes`): the server walks it, a batch at a time, and after a second or so answers how far it has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from mailcore.changes.change import print_uids
from mailcore.models import Entry, Label, Mailbox
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.models.mailbox import ARCHIVE, DRAFTS, INBOX, JUNK, SENT, TRASH
from mailcore.store import conversation_list, errors, flags, labels, mailboxes, messages
from webmail import fragments, rail, reader, scopes, undoing
from webmail.undoing import Step

MOST_CHOSEN = 1_000
BATCH = 500
BATCH_SECONDS = 1.5  # then the answer says how far it has come
IMPORTANT = "$Important"  # RFC 8457
_SALT = "webmail.so-far"


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

    def to_mark(self) -> list[Entry]:
        """What a label or a mark is put on: all of it, but for what lies in Trash and Spam, unless chosen there."""
        return [
            entry
            for entry in self.entries(everywhere=True)
            if entry.mailbox_id == self.mailbox_id
            or rail.use_of(self.boxes[entry.mailbox_id]) not in (TRASH, JUNK)
        ]

    def latest(self, entries: list[Entry]) -> list[Entry]:
        """The newest of each conversation."""
        return list({entry.conversation_id: entry for entry in entries}.values())

    def move(self, entries: list[Entry], target: Mailbox) -> list[int]:
        """Move them, and note the way back. The UIDs that they have there."""
        arrived: list[int] = []
        for box, uids in self._by_box(entries):
            if box.id != target.id:
                moved = messages.move(box, uids, target)
                arrived += moved.new_uids
                self.steps.append(("move", target.id, print_uids(sorted(moved.new_uids)), box.id))
        return arrived

    def judge(self, target: Mailbox, uids: list[int], said: Iterable[str], not_said: str) -> None:
        """Keywords that tell every program, and filters to come, what the reader thinks: RFC 9051 §2.3.2."""
        held = Entry.objects.filter(account_id=self.account_id, mailbox_id=target.id, uid__in=uids)
        entries = list(held)
        self.boxes[target.id] = target
        for keyword in said:
            self.mark(entries, keyword, on=True)
        self.mark(entries, not_said, on=False)

    def flag(self, entries: list[Entry], bit: int, *, on: bool) -> None:
        """Set or clear a flag where it is not so already, and note the way back."""
        wrong = [entry for entry in entries if bool(entry.flags & bit) != on]
        for box, uids in self._by_box(wrong):
            (flags.add if on else flags.remove)(box, uids, bit)
            self.steps.append(("remove" if on else "add", box.id, print_uids(uids), bit))

    def mark(self, entries: list[Entry], keyword: str, *, on: bool) -> None:
        """The same for a keyword."""
        word = keyword.lower()
        wrong = [entry for entry in entries if (word in entry.keywords.lower().split()) != on]
        for box, uids in self._by_box(wrong):
            (flags.add if on else flags.remove)(box, uids, 0, frozenset([keyword]))
            self.steps.append(("remove-keyword" if on else "add-keyword", box.id, print_uids(uids), keyword))

    def remove(self, entries: list[Entry]) -> None:
        """For ever."""
        for box, uids in self._by_box(entries):
            messages.remove(box, uids)

    def _by_box(self, entries: list[Entry]) -> list[tuple[Mailbox, list[int]]]:
        ordered = sorted(entries, key=lambda entry: (entry.mailbox_id, entry.uid))
        groups = groupby(ordered, key=lambda entry: entry.mailbox_id)
        return [(self.boxes[number], [entry.uid for entry in group]) for number, group in groups]


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does, and what is said when it is done to so many; silently, if it can be seen anyway."""

    do: Callable[[Chosen], object]
    told: Callable[[int], str]
    is_quiet: bool = False  # for one alone
    asks_first: bool = False  # before it is done to all that match


_OUTGOING = (SENT, DRAFTS)


def _archive(chosen: Chosen) -> None:
    target = mailboxes.special(chosen.account_id, ARCHIVE)
    chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH, JUNK, ARCHIVE)), target)


def _delete(chosen: Chosen) -> None:
    chosen.move(chosen.entries(beside=(TRASH,)), mailboxes.special(chosen.account_id, TRASH))


def _delete_for_ever(chosen: Chosen) -> None:
    where = [
        entry
        for entry in chosen.entries(beside=())
        if rail.use_of(chosen.boxes[entry.mailbox_id]) in (TRASH, JUNK)
    ]
    chosen.remove(where)


def _spam(chosen: Chosen, *said: str) -> None:
    target = mailboxes.special(chosen.account_id, JUNK)
    moved = chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH, JUNK)), target)
    chosen.judge(target, moved, ("$Junk", *said), "$NotJunk")


def _phishing(chosen: Chosen) -> None:
    _spam(chosen, "$Phishing")


def _not_spam(chosen: Chosen) -> None:
    target = mailboxes.named(chosen.account_id, INBOX)
    moved = chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH)), target)
    chosen.judge(target, moved, ("$NotJunk",), "$Junk")


def _read(chosen: Chosen) -> None:
    chosen.flag(chosen.entries(everywhere=True), SEEN, on=True)


def _unread(chosen: Chosen) -> None:
    entries = chosen.entries()
    if chosen.message_ids and entries:  # from this message on
        everything = Chosen(
            chosen.account_id, [entries[0].conversation_id], [], chosen.mailbox_id, chosen.boxes, chosen.steps
        )
        entries = [entry for entry in everything.entries() if entry.received >= entries[0].received]
        chosen.flag(entries, SEEN, on=False)
    else:
        chosen.flag(chosen.latest(entries), SEEN, on=False)


def _star(chosen: Chosen) -> None:
    entries = chosen.entries()
    chosen.flag(chosen.latest(entries) if chosen.conversation_ids else entries, FLAGGED, on=True)


def _unstar(chosen: Chosen) -> None:
    chosen.flag(chosen.entries(everywhere=True), FLAGGED, on=False)


def _important(chosen: Chosen) -> None:
    chosen.mark(chosen.to_mark(), IMPORTANT, on=True)


def _unimportant(chosen: Chosen) -> None:
    chosen.mark(chosen.entries(everywhere=True), IMPORTANT, on=False)


ACTIONS: dict[str, Action] = {
    "archive": Action(
        _archive, lambda count: ngettext("Archived", "%(count)s archived", count) % _count(count)
    ),
    "delete": Action(
        _delete, lambda count: ngettext("Moved to Trash", "%(count)s moved to Trash", count) % _count(count)
    ),
    "delete-for-ever": Action(
        _delete_for_ever,
        lambda count: ngettext("Deleted for ever", "%(count)s deleted for ever", count) % _count(count),
        asks_first=True,
    ),
    "spam": Action(
        _spam, lambda count: ngettext("Moved to Spam", "%(count)s moved to Spam", count) % _count(count)
    ),
    "phishing": Action(
        _phishing,
        lambda count: (
            ngettext("Reported as fraud, moved to Spam", "%(count)s reported as fraud, moved to Spam", count)
            % _count(count)
        ),
    ),
    "not-spam": Action(
        _not_spam, lambda count: ngettext("Moved to Inbox", "%(count)s moved to Inbox", count) % _count(count)
    ),
    "read": Action(
        _read,
        lambda count: ngettext("Marked as read", "%(count)s marked as read", count) % _count(count),
        is_quiet=True,
    ),
    "unread": Action(
        _unread,
        lambda count: ngettext("Marked as unread", "%(count)s marked as unread", count) % _count(count),
        is_quiet=True,
    ),
    "star": Action(
        _star,
        lambda count: ngettext("Star added", "Star added to %(count)s", count) % _count(count),
        is_quiet=True,
    ),
    "unstar": Action(
        _unstar,
        lambda count: ngettext("Star removed", "Star removed from %(count)s", count) % _count(count),
        is_quiet=True,
    ),
    "important": Action(
        _important,
        lambda count: ngettext("Marked as important", "%(count)s marked as important", count) % _count(count),
        is_quiet=True,
    ),
    "unimportant": Action(
        _unimportant,
        lambda count: (
            ngettext("Marked as not important", "%(count)s marked as not important", count) % _count(count)
        ),
        is_quiet=True,
    ),
}
OF_ONE_ROW = ("star", "unstar", "important", "unimportant")  # buttons of a row, whatever else is ticked


def _count(count: int) -> dict[str, str]:
    return {"count": number_format(count, force_grouping=True)}


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do it, say so, offer to undo it."""
    onward = reader.onward(request)
    chosen = _chosen(request)
    single = next((name for name in OF_ONE_ROW if name in request.POST), "")
    if single:
        chosen.conversation_ids, chosen.message_ids = numbers([request.POST[single]]), []
    for_all = request.POST.get("all") == "1" and not single
    if not for_all and not chosen.count:
        return fragments.told(request, _("Nothing is selected."), plain=onward, status=400)
    action = ACTIONS[single] if single else _action(request, chosen)
    if action is None:
        return fragments.told(
            request, _("That is not something we can do."), "danger", plain=onward, status=400
        )
    if for_all:
        return _all_that_match(request, action, chosen)
    action.do(chosen)
    if action.is_quiet and chosen.count == 1:
        return HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(onward)
    return _told(request, action.told(chosen.count), chosen)


def _action(request: HttpRequest, chosen: Chosen) -> Action | None:
    """What the pressed button asks for."""
    name = request.POST.get("action", "")
    if "move" in request.POST:
        return _move(chosen, request.POST["move"])
    if name in ("", "label", "label-remove") and {"label", "unlabel", "new_label"} & request.POST.keys():
        return _label(request, chosen, name == "label-remove")
    return ACTIONS.get(name)


def _told(request: HttpRequest, text: str, chosen: Chosen) -> HttpResponse:
    token = undoing.token(chosen.account_id, chosen.steps)
    undo_url = reverse("undo") if token else ""
    return fragments.told(request, text, plain=reader.onward(request), undo_url=undo_url, undo_token=token)


# --- all that match -----------------------------------------------------------------------------------


def _all_that_match(request: HttpRequest, action: Action, chosen: Chosen) -> HttpResponse:
    """Walk the list from where the last answer stopped; tell the end, or how far it has come."""
    scope = scopes.of(request)
    total = "" if scope.total is None else number_format(scope.total, force_grouping=True)
    if action.asks_first and "confirmed" not in request.POST:
        question = (
            _("Delete all %(total)s for ever? Nobody can undo that.") % {"total": total}
            if total
            else _("Delete all that match for ever? Nobody can undo that.")
        )
        return _progress(request, question, confirm=_("Delete for ever"))
    before, done, steps = _so_far(request, chosen.account_id)
    chosen.steps, chosen.message_ids, chosen.mailbox_id = steps, [], scope.mailbox_id
    ends, is_end = time.monotonic() + BATCH_SECONDS, "stop" in request.POST
    while not is_end:
        chosen.conversation_ids, before = scope.walk(before, BATCH)
        if chosen.conversation_ids:
            action.do(chosen)
            done += len(chosen.conversation_ids)
        is_end = before is None
        if time.monotonic() > ends:
            break
    if is_end:
        if not done:
            return fragments.told(request, _("There is nothing to do."), plain=reader.onward(request))
        return _told(request, action.told(done), chosen)
    shown = number_format(done, force_grouping=True)
    text = (
        _("%(done)s so far, of %(total)s messages…") % {"done": shown, "total": total}
        if total
        else _("%(done)s so far…") % {"done": shown}
    )
    note = signing.dumps([chosen.account_id, str(before), done, steps], salt=_SALT, compress=True)
    return _progress(request, text, so_far=note)


def _so_far(
    request: HttpRequest, account_id: int
) -> tuple[conversation_list.Position | None, int, list[Step]]:
    if "so_far" not in request.POST:
        return None, 0, []
    try:
        owner, before, done, steps = signing.loads(
            request.POST["so_far"], salt=_SALT, max_age=undoing.SECONDS
        )
    except signing.BadSignature as problem:
        raise errors.NotPermitted(_("It is too late to go on with that.")) from problem
    if owner != account_id:
        raise errors.NotPermitted(_("It is too late to go on with that."))
    return conversation_list.position(before), done, [tuple(step) for step in steps]


def _progress(request: HttpRequest, text: str, *, so_far: str = "", confirm: str = "") -> HttpResponse:
    """The same form once more, to be sent by a script at once, or by the reader."""
    left_out = ("csrfmiddlewaretoken", "so_far", "conversation", "message", "confirmed", "stop")
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in left_out
        for value in values
        if isinstance(value, str)
    ]
    context = {
        "text": text,
        "fields": kept,
        "so_far": so_far,
        "confirm": confirm,
        "is_confirmed": "confirmed" in request.POST,
        "back_url": reader.onward(request),
    }
    template = "mailbox/_progress.html" if fragments.wanted(request) else "mailbox/progress.html"
    return render(request, template, context)


# --- undo ---------------------------------------------------------------------------------------------


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Go back along the signed note. What has changed since is left as it is."""
    onward, account_id = reader.onward(request), reader.account_id(request)
    try:
        steps = undoing.read(account_id, request.POST.get("token", ""))
    except undoing.TooLate as problem:
        return fragments.told(request, str(problem), plain=onward, status=400)
    undoing.perform(account_id, steps)
    return fragments.told(request, _("Undone"), plain=onward)


def mark_read(account_id: int, conversation_id: int, until: int | None = None) -> None:
    """Reading a conversation reads all of it (to the message `until`); nothing is written where nothing was unread."""
    unread = Entry.objects.filter(account_id=account_id, conversation_id=conversation_id, expunged=False)
    waiting = [
        entry for entry in unread if not entry.flags & SEEN and (until is None or entry.message_id <= until)
    ]
    if waiting:
        boxes = {box.id: box for box in mailboxes.listing(account_id)}
        chosen = Chosen(account_id, [conversation_id], [], None, boxes)
        chosen.flag([entry for entry in waiting if entry.mailbox_id in boxes], SEEN, on=True)


# --- what a form names --------------------------------------------------------------------------------


def _move(chosen: Chosen, target_id: str) -> Action:
    target = chosen.boxes.get(numbers([target_id])[0]) if numbers([target_id]) else None
    if target is None:
        raise errors.MailboxNotFound(_("That folder does not exist any more."))
    name = rail.folder(target).path
    return Action(
        lambda chosen: chosen.move(chosen.entries(beside=(*_OUTGOING, TRASH)), target),
        lambda count: (
            ngettext("Moved to %(folder)s", "%(count)s moved to %(folder)s", count)
            % (_count(count) | {"folder": name})
        ),
    )


def _label(request: HttpRequest, chosen: Chosen, removes: bool) -> Action | None:
    """Labels to put on (`label`, or a `new_label` by its name) and to take off (`unlabel`)."""
    known = {label.id: label for label in labels.listing(chosen.account_id)}
    ticked, cleared = numbers(request.POST.getlist("label")), numbers(request.POST.getlist("unlabel"))
    if not known.keys() >= {*ticked, *cleared}:
        raise labels.LabelNotFound(_("That label does not exist any more."))
    added, removed = [known[number] for number in ticked], [known[number] for number in cleared]
    if removes:
        added, removed = [], [*removed, *added]
    name = request.POST.get("new_label", "").strip()
    if name:
        again = labels.named(chosen.account_id, name)
        added.append(again if again is not None else labels.create(chosen.account_id, name))
    if not added and not removed:
        return None

    def do(chosen: Chosen) -> None:
        for label in added:
            chosen.mark(chosen.to_mark(), label.keyword, on=True)
        for label in removed:
            chosen.mark(chosen.entries(everywhere=True), label.keyword, on=False)

    return Action(do, lambda count: _label_told(added, removed, count))


def _label_told(added: list[Label], removed: list[Label], count: int) -> str:
    if added and removed:
        return ngettext("Labels changed", "Labels of %(count)s changed", count) % _count(count)
    names = ", ".join(label.name for label in added or removed)
    text = (
        ngettext("Labelled “%(label)s”", "%(count)s labelled “%(label)s”", count)
        if added
        else ngettext("“%(label)s” removed", "“%(label)s” removed from %(count)s", count)
    )
    return text % (_count(count) | {"label": names})


def _chosen(request: HttpRequest) -> Chosen:
    account_id = reader.account_id(request)
    boxes = {box.id: box for box in mailboxes.listing(account_id)}
    named = numbers([request.POST.get("mailbox", "")])
    if named and named[0] not in boxes:
        raise errors.MailboxNotFound(_("That folder does not exist any more."))
    return Chosen(
        account_id,
        numbers(request.POST.getlist("conversation")),
        numbers(request.POST.getlist("message")),
        named[0] if named else None,
        boxes,
    )


def numbers(texts: Iterable[str]) -> list[int]:
    """Ids as a form gives them; what is none is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19][:MOST_CHOSEN]

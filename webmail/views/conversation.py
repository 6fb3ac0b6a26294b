"""A conversation: every message of the thread, answers that were sent folded in, the unread and the last one open."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from mailcore.identity import preferences
from mailcore.models import Entry, Message
from mailcore.models.entry import DRAFT, SEEN
from mailcore.models.mailbox import INBOX
from mailcore.store import conversation_list
from mailcore.store.conversation_list import Position
from webmail import finding, fragments, rail, reader, whose
from webmail.rail import Folder, Tag
from webmail.rendering import later, letter
from webmail.rendering.later import Badge
from webmail.rendering.letter import Shown
from webmail.rendering.people import clean
from webmail.rendering.rows import IMPORTANT
from webmail.views import actions, labels, mailbox, search, unified

MOST_MESSAGES = 500
MOST_OPEN = 12


@dataclass(frozen=True, slots=True)
class Conversation:
    """What `conversation/_conversation.html` shows."""

    id: int
    subject: str
    tags: tuple[str, ...]
    labels: tuple[Tag, ...]
    is_important: bool
    messages: list[Shown]
    position: Position | None  # in the list it was opened from
    badge: Badge | None = None  # that it sleeps, slept, or waits for an answer

    @property
    def label_ids(self) -> str:
        """For the menu of labels, which shows what is carried."""
        return " ".join(str(tag.id) for tag in self.labels)

    @property
    def answer(self) -> Shown | None:
        """The message that "Reply" answers: the newest that is not a draft."""
        return next((message for message in reversed(self.messages) if not message.is_draft), None)


@login_required
@require_safe
def show(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The conversation beside its list; for scripts the conversation alone. Opening it marks it read.

    Unless the reader wants that later (a script says when), or only by hand.
    """
    folder = _folder(request)
    found = of(request, conversation_id, folder)
    if found is None:
        raise Http404
    if request.method == "GET" and not fragments.ahead(request) and not _read_after(request):
        actions.mark_read(reader.account_id(request), conversation_id)
    context = _context(request, found, folder)
    if fragments.wanted(request):
        return render(request, "conversation/_conversation.html", context)
    request.rail = None  # type: ignore[attr-defined]  # its counters are those from before
    label, query = context["label"], context["query"]
    if folder:
        is_one_of_all = _is_one_of_all(request)
        around = (
            unified.listing(request, found.id)
            if is_one_of_all
            else mailbox.listing(request, folder, found.id)
        )
    elif label:
        around = labels.listing(request, label, found.id)
    else:
        around = search.listing(request, query, found.id) if query else {}
    title = rail.title(request, found.subject or rail.no_name())
    return render(request, "mailbox/show.html", around | context | {"title": title})


@login_required
@require_POST
def opened(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What a script fetched ahead, or showed for a while, is read now; `until` is the newest message it shows."""
    account_id, until = reader.account_id(request), request.POST.get("until", "")
    if not Entry.objects.filter(
        account_id=account_id, conversation_id=conversation_id, expunged=False
    ).exists():
        raise Http404
    if until.isdecimal() and len(until) < 20:
        actions.mark_read(account_id, conversation_id, int(until))
    return HttpResponse(status=204)


@login_required
@require_safe
def printed(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """All of it on one page, which asks to be printed."""
    found = of(request, conversation_id, _folder(request), everything=True)
    if found is None:
        raise Http404
    return render(
        request, "conversation/print_all.html", {"conversation": found, "no_subject": rail.no_name()}
    )


def of(
    request: HttpRequest, conversation_id: int, folder: Folder | None, *, everything: bool = False
) -> Conversation | None:
    """The conversation with its messages; those in Trash and Junk only where that is what is being looked at."""
    account = reader.account(request)
    hidden = rail.of(request).hidden - ({folder.id} if folder else set())
    entries = list(
        Entry.objects.filter(account_id=account.pk, conversation_id=conversation_id, expunged=False)
        .only("mailbox_id", "message_id", "flags", "keywords", "received", "id")
        .order_by("received", "id")
    )
    kept = [entry for entry in entries if entry.mailbox_id not in hidden] or entries
    kept = kept[-MOST_MESSAGES:]
    if not kept:
        return None
    flags: dict[int, int] = {}
    for entry in kept:
        # Unread anywhere is unread; starred anywhere is starred.
        known = flags.get(entry.message_id)
        flags[entry.message_id] = (
            entry.flags if known is None else ((known | entry.flags) & ~SEEN) | (known & entry.flags & SEEN)
        )
    rows = list(
        Message.objects.filter(account_id=account.pk, id__in=list(flags)).defer("envelope", "body_structure")
    )
    opened = _opened(kept, flags, everything=everything or request.GET.get("all") == "1")
    messages = letter.shown(rows, flags.__getitem__, account, is_open=opened.__contains__)
    with_images = request.GET.get("images", "")
    for message in messages:
        message.with_images = with_images == str(message.id)
    by_id = {item.id: item for item in rail.of(request).all}
    tags = {by_id[entry.mailbox_id].path for entry in kept if entry.mailbox_id in by_id}
    words = {word for entry in kept for word in entry.keywords.lower().split()}
    labels_by_word = rail.of(request).by_keyword if words else {}
    here = [entry for entry in kept if folder and entry.mailbox_id == folder.id]
    return Conversation(
        id=conversation_id,
        subject=clean(messages[0].row.subject),
        tags=tuple(sorted(tags)),
        labels=tuple(labels_by_word[word] for word in sorted(words) if word in labels_by_word),
        is_important=IMPORTANT in words,
        messages=messages,
        position=_standing(account.pk, conversation_id, here),
        badge=later.badges(account.pk, [conversation_id]).get(conversation_id),
    )


def _standing(account_id: int, conversation_id: int, here: list[Entry]) -> Position | None:
    """Its place in the list of the folder whose entries these are."""
    if not here:
        return None
    newest = Position(here[-1].received, here[-1].id)
    return conversation_list.standing(account_id, here[-1].mailbox_id, conversation_id, newest)


def _opened(entries: list[Entry], flags: dict[int, int], *, everything: bool) -> set[int]:
    """Which messages are shown open: the unread ones, the newest, and all of them on request."""
    order = list(dict.fromkeys(entry.message_id for entry in entries))
    readable = [number for number in order if not flags[number] & DRAFT]
    if everything:
        return set(readable[-MOST_OPEN * 4 :])
    unread = [number for number in readable if not flags[number] & SEEN]
    return set(unread[-MOST_OPEN:]) | set(readable[-1:])


def _folder(request: HttpRequest) -> Folder | None:
    """The list this was opened from: `in` names it, a search has none, the inbox is the usual one."""
    wanted = request.GET.get("in", "")
    if wanted.isdecimal() and len(wanted) < 20:
        return mailbox.the_folder(request, int(wanted))
    return None if request.GET.get("q") or _label(request) else rail.of(request).by_use(INBOX)


def _is_one_of_all(request: HttpRequest) -> bool:
    """It was opened from the list of all inboxes."""
    return request.GET.get("unified") == "1"


def _label(request: HttpRequest) -> Tag | None:
    """The label whose list this was opened from."""
    wanted = request.GET.get("in_label", "")
    return rail.of(request).tag(int(wanted)) if wanted.isdecimal() and len(wanted) < 20 else None


def _context(request: HttpRequest, found: Conversation, folder: Folder | None) -> dict[str, Any]:
    query, label = request.GET.get("q", ""), None if folder else _label(request)
    newer = older = None
    is_one_of_all = _is_one_of_all(request)
    if folder and found.position and not is_one_of_all:
        newer, older = conversation_list.neighbours(reader.account_id(request), folder.id, found.position)
    back = (
        f"{whose.own_url()}all/"
        if is_one_of_all
        else reverse("mailbox:show", args=[folder.id])
        if folder
        else reverse("label:show", args=[label.id])
        if label
        else f"{reverse('search')}?{urlencode({'q': query})}"
    )
    return {
        "conversation": found,
        "folder": folder,
        "label": label,
        "query": query,
        "unified": is_one_of_all,
        "needles": json.dumps(finding.needles(finding.understood(request, query).tree)) if query else "",
        "back_url": back,
        "newer_url": _url(newer, folder),
        "older_url": _url(older, folder),
        "no_subject": rail.no_name(),
        "read_after": _read_after(request),
        "answers_all": preferences.of(reader.of(request)).reply_all,
    }


def _read_after(request: HttpRequest) -> int:
    """Seconds until what is open counts as read; -1: never by itself."""
    return preferences.of(reader.of(request)).mark_read_seconds


def _url(conversation_id: int | None, folder: Folder | None) -> str:
    if conversation_id is None or folder is None:
        return ""
    return f"{reverse('conversation:show', args=[conversation_id])}?in={folder.id}"

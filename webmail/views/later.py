"""Snooze, reminders, and letters that are to leave later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import npgettext
from django.views.decorators.http import require_POST, require_safe

from mailcore.drafts import rows as drafts
from mailcore.drafts.errors import AlreadySent
from mailcore.later import follow_up, rows, sending, snooze
from mailcore.later.errors import NoLongerScheduled
from mailcore.later.rows import Kind, State
from mailcore.later.snooze import Asleep
from mailcore.message import addresses
from mailcore.models import Account, Entry
from mailcore.store import mailboxes
from mailcore.store.errors import MailboxNotFound, MailError, NotFound, NotPermitted
from webmail import fragments, rail, reader
from webmail.forms import later as form
from webmail.rendering import later, when
from webmail.rendering.people import clean

MOST_CHOSEN = 1_000
UNDO_SECONDS = 3_600
_SALT = "webmail.later"


# --- conversations ------------------------------------------------------------------------------------


@login_required
@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    """The offers as they are now, for the dialog that static/js/later.js opens."""
    return render(
        request, "later/_choices.html", _choices(request, _numbers(request.GET.getlist("conversation")))
    )


@login_required
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Snooze what was chosen; without a moment, ask for one."""
    account_id, chosen = reader.account_id(request), _chosen(request)
    onward = reader.onward(request)
    if not chosen:
        return fragments.told(request, _("Nothing is selected."), plain=onward, status=400)
    if "when" not in request.POST:
        context = _choices(request, chosen) | {"next": onward, "mailbox_id": _mailbox_id(request)}
        return render(request, "later/choose.html", context)
    done = snooze.snooze(account_id, chosen, form.moment(request.POST), _mailbox_id(request))
    until = later.ahead(done[0].due)
    text = npgettext("deed", "Snoozed until %(when)s", "%(count)d snoozed until %(when)s", len(done)) % {
        "count": len(done),
        "when": until,
    }
    note = [account_id, [[item.conversation_id, item.due, item.was_due] for item in done]]
    token = signing.dumps(note, salt=_SALT, compress=True)
    return fragments.told(request, text, plain=onward, undo_url=reverse("later:undo"), undo_token=token)


@login_required
@require_POST
def unsnooze(request: HttpRequest) -> HttpResponse:
    """Back to where it was, now."""
    woken = snooze.unsnooze(reader.account_id(request), _chosen(request))
    text = _("Back from sleep") if woken else _("That does not sleep.")
    return fragments.told(request, text, plain=reader.onward(request))


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """As if it had not been snoozed, or not at another time."""
    onward = reader.onward(request)
    try:
        account_id, note = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        account_id, note = 0, []
    if account_id != reader.account_id(request):
        return fragments.told(request, _("It is too late to undo that."), plain=onward, status=400)
    snooze.undo(account_id, [Asleep(*item) for item in note])
    return fragments.told(request, _("Undone"), plain=onward)


@login_required
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Bring it back if nobody answers by then; without a moment, stop waiting."""
    account_id, chosen = reader.account_id(request), _chosen(request)
    onward = reader.onward(request)
    if not chosen:
        return fragments.told(request, _("Nothing is selected."), plain=onward, status=400)
    if request.POST.get("cancel"):
        follow_up.cancel(account_id, chosen)
        return fragments.told(request, _("No reminder any more"), plain=onward)
    seconds = form.follow_seconds(request.POST)
    due = int(form.now().timestamp()) + seconds if seconds else form.moment(request.POST)
    if not [row for number in chosen if (row := follow_up.remind(account_id, number, due))]:
        raise NotFound(_("That conversation does not exist any more."))
    text = _("If nobody answers, it comes back %(when)s") % {"when": later.ahead(due)}
    return fragments.told(request, text, plain=onward)


def _choices(request: HttpRequest, chosen: list[int]) -> dict[str, object]:
    account_id = reader.account_id(request)
    waiting = rows.waiting(account_id, Kind.SNOOZE, chosen)
    expected = rows.waiting(account_id, Kind.FOLLOW_UP, chosen)
    return {
        "offers": later.snooze_offers(),
        "chosen": chosen,
        "sleeps_until": next((later.ahead(row.due) for row in waiting.values()), ""),
        "reminds": next((later.ahead(row.due) for row in expected.values()), ""),
        "title": rail.title(request, _("Snooze")),
    }


def _chosen(request: HttpRequest) -> list[int]:
    """Conversations, named by themselves or by a message of theirs."""
    chosen = _numbers(request.POST.getlist("conversation"))
    messages = _numbers(request.POST.getlist("message"))
    if not chosen and messages:
        found = Entry.objects.filter(
            account_id=reader.account_id(request), message_id__in=messages, expunged=False
        )
        chosen = list(dict.fromkeys(found.values_list("conversation_id", flat=True)))
    return chosen


def _mailbox_id(request: HttpRequest) -> int | None:
    named = _numbers([request.POST.get("mailbox", "")])
    if not named:
        return None
    try:
        return mailboxes.fresh(reader.account_id(request), named[0]).id
    except MailboxNotFound:
        raise MailboxNotFound(_("That folder does not exist any more.")) from None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19][:MOST_CHOSEN]


# --- letters ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the page "Scheduled"."""

    draft_id: int
    to: str
    subject: str
    at: str
    iso: str
    date: str
    time: str
    problem: str


@login_required
@require_safe
def scheduled(request: HttpRequest) -> HttpResponse:
    """What waits to be sent, and what could not be."""
    account_id = reader.account_id(request)
    lines = []
    for row, letter in sending.listing(account_id):
        at = when.moment(sending.when(row))
        people = addresses.mailboxes(
            addresses.parse(", ".join(filter(None, (letter.to, letter.cc, letter.bcc))))
        )
        lines.append(
            Waiting(
                letter.id,
                ", ".join(clean(person.name or person.address) for person in people),
                clean(letter.subject) or rail.no_name(),
                later.ahead(sending.when(row)),
                at.isoformat(),
                at.date().isoformat(),
                f"{at:%H:%M}",
                row.problem if row.state == State.FAILED else "",
            )
        )
    context = {"lines": lines, "title": rail.title(request, _("Scheduled"))}
    return render(request, "later/scheduled.html", context)


@login_required
@require_POST
def reschedule(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Another time."""
    author = _author(request)
    drafts.of(author.pk, draft_id)  # whose it is comes before what was typed
    row = sending.reschedule(author, draft_id, form.moment(request.POST))
    text = _("Will be sent %(when)s") % {"when": later.ahead(sending.when(row))}
    return fragments.told(request, text, plain=reverse("later:scheduled"))


@login_required
@require_POST
def cancel(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take it back: it is a draft again, and open to be changed."""
    try:
        letter = sending.cancel(_author(request), draft_id)
    except AlreadySent:
        text = _("Too late: the message has left already.")
        if fragments.wanted(request):
            return JsonResponse({"problem": text}, status=409)
        return fragments.told(request, text, "warning", plain=reverse("later:scheduled"))
    if request.POST.get("stay"):
        return fragments.told(request, _("Back in Drafts"), plain=reverse("later:scheduled"))
    place = reverse("compose:edit", args=[letter.id])
    return JsonResponse({"open": place}) if fragments.wanted(request) else fragments.redirect(place)


@login_required
@require_POST
def send_now(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Do not wait any longer."""
    try:
        sending.send_now(_author(request), draft_id)
    except NoLongerScheduled:
        raise NotFound(_("This message is not scheduled any more.")) from None
    except NotFound:
        raise
    except MailError as problem:
        return fragments.told(
            request, _(str(problem)), "danger", plain=reverse("later:scheduled"), status=400
        )
    return fragments.told(request, _("Sent."), plain=reverse("later:scheduled"))


def _author(request: HttpRequest) -> Account:
    if not reader.may_send(request):
        raise NotPermitted(_("You may read this mail, but not write in its name."))
    return reader.account(request)


app_name = "later"
urlpatterns = [
    path("menu/", menu, name="menu"),
    path("snooze/", put, name="snooze"),
    path("unsnooze/", unsnooze, name="unsnooze"),
    path("undo/", undo, name="undo"),
    path("remind/", remind, name="follow_up"),
    path("scheduled/", scheduled, name="scheduled"),
    path("scheduled/<int:draft_id>/time/", reschedule, name="reschedule"),
    path("scheduled/<int:draft_id>/cancel/", cancel, name="cancel"),
    path("scheduled/<int:draft_id>/now/", send_now, name="send_now"),
]

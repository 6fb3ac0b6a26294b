"""All inboxes: one list of what waits in the reader's own account and in those that were given to them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mailcore.store import conversation_list, mailboxes
from webmail import fragments, reader, undoing, unified, whose
from webmail.unified import Box
from webmail.views import actions, events, mailbox


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """A page of it; for scripts the list alone, or only the rows."""
    return mailbox.shown(request, listing(request))


@login_required
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The conversations named in the query, as they are now."""
    found = unified.asked(request, unified.boxes(request), mailbox.asked(request))
    return render(request, "mailbox/_found.html", {"rows": found})


def listing(request: HttpRequest, open_id: int = 0) -> dict[str, Any]:
    """What `mailbox/_list.html` needs; its addresses are the person's own, wherever it is shown."""
    boxes = unified.boxes(request)
    unread_only = request.GET.get("unread") == "1"
    before = conversation_list.position(request.GET.get("before", ""))
    # Before anything is read: what happens meanwhile is told again by the feed, which starts from here.
    since = sum(box.shelf.modseq for box in boxes)
    found = unified.page(request, boxes, before, unread_only=unread_only, open_id=open_id)
    heading = _("All inboxes")
    with whose.addresses_of(request, reader.of(request)):
        url = reverse("unified:show")
        context = mailbox.list_context(
            request,
            conversation_list.Page((), found.next),
            url=url,
            query={"unread": "1"} if unread_only else {},
            scope={},
            rows_url=reverse("unified:rows"),
            rows=found.rows,
            heading=heading,
        )
        addresses = {"act_url": reverse("unified:act"), "events_url": reverse("unified:events")}
    inboxes = [box.inbox for box in boxes if box.inbox is not None]
    return (
        context
        | addresses
        | {
            "unified": True,
            "unread_only": unread_only,
            "filter_url": url,
            "since": since,
            "counted": " ".join(str(item.id) for item in inboxes),
            "title": unified.title(boxes, heading, settings.MAIL_PRODUCT_NAME),
            "total": sum(item.unseen if unread_only else item.total for item in inboxes),
        }
    )


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """What one may do to rows of several accounts at once: each in its own, and one undo for all."""
    onward = reader.onward(request)
    single = next((name for name in actions.OF_ONE_ROW if name in request.POST), "")
    chosen = actions.numbers([request.POST[single]] if single else request.POST.getlist("conversation"))
    if not chosen:
        return fragments.told(request, _("Nothing is selected."), plain=onward, status=400)
    action = actions.ACTIONS.get(single or request.POST.get("action", ""))
    if action is None:
        return fragments.told(
            request, _("That is not something we can do."), "danger", plain=onward, status=400
        )
    wanted = unified.by_account(chosen)
    done, steps = 0, []
    for box in _open(request, wanted):
        inbox = box.inbox
        by_id = {item.id: item for item in mailboxes.listing(box.account.pk)}
        if inbox is None or inbox.id not in by_id:
            continue
        own = actions.Chosen(box.account.pk, wanted[box.account.pk], [], inbox.id, by_id)
        action.do(own)
        done += own.count
        steps.append((box.account.pk, own.steps))
    if not done:
        return fragments.told(request, _("There is nothing to do."), plain=onward, status=404)
    if action.is_quiet and done == 1:
        return HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(onward)
    token = undoing.token_of_several(reader.of(request).pk, steps)
    undo_url = reverse("unified:undo") if token else ""
    return fragments.told(request, action.told(done), plain=onward, undo_url=undo_url, undo_token=token)


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Go back in every account that is still open to the person."""
    onward = reader.onward(request)
    try:
        steps = undoing.read_several(reader.of(request).pk, request.POST.get("token", ""))
    except undoing.TooLate as problem:
        return fragments.told(request, str(problem), plain=onward, status=400)
    still_open = {account.pk for account in unified.accounts(request)}
    for account_id, of_account in steps:
        if account_id in still_open:
            undoing.perform(account_id, of_account)
    return fragments.told(request, _("Undone"), plain=onward)


def _open(request: HttpRequest, wanted: dict[int, list[int]]) -> list[Box]:
    return [box for box in unified.boxes(request) if box.account.pk in wanted]


app_name = "unified"
urlpatterns = [
    path("", show, name="show"),
    path("rows/", rows, name="rows"),
    path("actions/", act, name="act"),
    path("undo/", undo, name="undo"),
    path("events/", events.stream_of_all, name="events"),
]

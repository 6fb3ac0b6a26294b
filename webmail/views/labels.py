"""Labels: the list of one across mailboxes; make, rename, colour, hide and delete them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mailcore.changes.change import print_uids
from mailcore.models.label import COLOURS
from mailcore.store import conversation_list, label_list, labels
from mailcore.store.errors import MailError, NameInvalid, NotFound
from webmail import fragments, rail, reader, undoing
from webmail.rail import Tag
from webmail.undoing import Step
from webmail.views import mailbox

COLOUR_NAMES = {
    "grey": gettext_lazy("Grey"),
    "red": gettext_lazy("Red"),
    "orange": gettext_lazy("Orange"),
    "amber": gettext_lazy("Amber"),
    "olive": gettext_lazy("Olive"),
    "green": gettext_lazy("Green"),
    "teal": gettext_lazy("Teal"),
    "cyan": gettext_lazy("Cyan"),
    "blue": gettext_lazy("Blue"),
    "indigo": gettext_lazy("Indigo"),
    "violet": gettext_lazy("Violet"),
    "pink": gettext_lazy("Pink"),
}


@login_required
@require_safe
def show(request: HttpRequest, label_id: int) -> HttpResponse:
    """One page of what carries the label."""
    return mailbox.shown(request, listing(request, _tag(request, label_id)))


@login_required
@require_safe
def rows(request: HttpRequest, label_id: int) -> HttpResponse:
    """Those of the conversations named in the query that carry the label, as they are now."""
    tag = _tag(request, label_id)
    found = label_list.rows(
        reader.account_id(request), tag.keyword, mailbox.asked(request), rail.of(request).hidden
    )
    context = {"rows": mailbox.shown_rows(request, found, None, label=tag)}
    return render(request, "mailbox/_found.html", context)


def listing(request: HttpRequest, tag: Tag, open_id: int = 0) -> dict[str, Any]:
    """What `mailbox/_list.html` needs."""
    unread_only = request.GET.get("unread") == "1"
    found = label_list.page(
        reader.account_id(request),
        tag.keyword,
        before=conversation_list.position(request.GET.get("before", "")),
        unread_only=unread_only,
        size=mailbox.page_size(request),
        hidden=rail.of(request).hidden,
    )
    return mailbox.list_context(
        request,
        found,
        url=reverse("label:show", args=[tag.id]),
        query={"unread": "1"} if unread_only else {},
        scope={"in_label": str(tag.id)},
        rows_url=reverse("label:rows", args=[tag.id]),
        rows=mailbox.shown_rows(request, found.rows, None, label=tag, open_id=open_id),
        heading=tag.name,
    ) | {"label": tag, "unread_only": unread_only, "filter_url": reverse("label:show", args=[tag.id])}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All of them, with what can be done to each."""
    return _page(request)


@login_required
@require_safe
def menu(request: HttpRequest, label_id: int) -> HttpResponse:
    """What can be done to one, for its menu in the rail."""
    context = {"tag": _tag(request, label_id), "colours": COLOUR_NAMES, "next": request.GET.get("next", "")}
    return render(request, "labels/_menu.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new one."""
    colour = request.POST.get("colour", "")
    try:
        made = labels.create(reader.account_id(request), request.POST.get("name", ""), colour)
    except NotFound:
        raise
    except MailError as problem:
        return _problem(request, problem)
    return _done(request, _("Label “%(name)s” made.") % {"name": made.name})


@login_required
@require_POST
def change(request: HttpRequest, label_id: int) -> HttpResponse:
    """Another name, another colour, in the rail or not: whatever the form says."""
    account_id = reader.account_id(request)
    try:
        labels.one(account_id, label_id)
        if "name" in request.POST:
            labels.rename(account_id, label_id, request.POST["name"])
        if request.POST.get("colour") in COLOURS:
            labels.recolour(account_id, label_id, request.POST["colour"])
        if "hidden" in request.POST:
            labels.hide(account_id, label_id, request.POST["hidden"] == "1")
    except NotFound:
        raise
    except MailError as problem:
        return _problem(request, problem)
    return _done(request, _("Label changed."))


@login_required
@require_POST
def delete(request: HttpRequest, label_id: int) -> HttpResponse:
    """Take it off everything; messages stay where they are."""
    account_id = reader.account_id(request)
    label = labels.one(account_id, label_id)
    taken = labels.delete(account_id, label_id)
    steps: list[Step] = [
        ("add-keyword", mailbox_id, print_uids(uids), label.keyword) for mailbox_id, uids in taken
    ]
    steps.append(("make-label", 0, "", json.dumps([label.name, label.keyword, label.colour])))
    text = _("Label “%(name)s” deleted. Its messages stay where they are.") % {"name": label.name}
    return fragments.told(
        request,
        text,
        plain=_onward(request),
        undo_url=reverse("undo"),
        undo_token=undoing.token(account_id, steps),
    )


def _done(request: HttpRequest, text: str) -> HttpResponse:
    return fragments.told(request, text, "success", plain=_onward(request))


def _problem(request: HttpRequest, problem: MailError) -> HttpResponse:
    text = (
        _("There is a label of that name already.")
        if isinstance(problem, labels.LabelExists)
        else _("A label needs a name of at most 100 characters.")
        if isinstance(problem, NameInvalid)
        else _(str(problem))
    )
    if fragments.wanted(request):
        return fragments.told(request, text, "danger", plain=_onward(request), status=422)
    return _page(request, text)


def _onward(request: HttpRequest) -> str:
    return reader.onward(request) if request.POST.get("next") else reverse("label:index")


def _tag(request: HttpRequest, label_id: int) -> Tag:
    found = rail.of(request).tag(label_id)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    context = {
        "tags": rail.of(request).labels,
        "colours": COLOUR_NAMES,
        "problem": problem,
        "typed": request.POST.get("name", "") if problem else "",
    }
    return render(request, "labels/index.html", context, status=422 if problem else 200)


app_name = "label"
urlpatterns = [
    path("", index, name="index"),
    path("create/", create, name="create"),
    path("<int:label_id>/", show, name="show"),
    path("<int:label_id>/rows/", rows, name="rows"),
    path("<int:label_id>/menu/", menu, name="menu"),
    path("<int:label_id>/change/", change, name="change"),
    path("<int:label_id>/delete/", delete, name="delete"),
]

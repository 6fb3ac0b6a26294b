"""Folders: make, rename, put into one another, remove; read all of one; empty Trash and Spam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mailcore.changes.change import print_uids
from mailcore.models import Mailbox
from mailcore.models.entry import SEEN
from mailcore.models.mailbox import JUNK, SEPARATOR, TRASH
from mailcore.store import flags, mailboxes, messages
from mailcore.store.errors import MailboxExists, MailError, NotFound, NotPermitted
from mailcore.store.writing import ID_SHIFT
from webmail import fragments, rail, reader, undoing
from webmail.forms.folder import FolderForm
from webmail.undoing import Step
from webmail.views import mailbox

_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """A folder on the page, and in its menu."""

    folder: rail.Folder
    row: Mailbox

    @property
    def is_fixed(self) -> bool:
        """Part of the service: it cannot be renamed or removed."""
        return bool(self.folder.use)

    @property
    def can_be_emptied(self) -> bool:
        return self.folder.use in (TRASH, JUNK) and self.row.total > 0


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All of them, with what can be done to each."""
    return _page(request)


@login_required
@require_GET
def menu(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """What can be done to one, for its menu in the rail."""
    folder = mailbox.the_folder(request, mailbox_id)
    context = {
        "line": Line(folder, mailboxes.fresh(_id(request), mailbox_id)),
        "targets": _targets(rail.of(request), folder),
        "next": request.GET.get("next", ""),
        "is_alone": True,
    }
    return render(request, "folders/_menu.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new folder; a slash in its name makes a tree, `inside` names the folder it is made in."""
    form = FolderForm(request.POST)
    if not form.is_valid():
        return _problem(request, _("A folder needs a name."))
    name = form.cleaned_data["name"]
    if request.POST.get("inside"):
        name = f"{_named(request, request.POST['inside']).name}{SEPARATOR}{name}"
    return _try(request, lambda: mailboxes.create(_id(request), name), _("Folder made."))


@login_required
@require_POST
def rename(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Another name, or another place in the tree."""
    form, row = FolderForm(request.POST), _own(request, mailbox_id)
    if not form.is_valid():
        return _problem(request, _("A folder needs a name."))
    new = form.cleaned_data["name"]
    if request.POST.get("stays") == "1":  # only the last level was shown
        above, separator, _last = row.name.rpartition(SEPARATOR)
        new = above + separator + new
    return _try(request, lambda: mailboxes.rename(_id(request), row.name, new), _("Folder renamed."))


@login_required
@require_POST
def into(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Put it, with all that is in it, into another folder, or (with no `target`) to the top."""
    row = _own(request, mailbox_id)
    last = row.name.rpartition(SEPARATOR)[2]
    target = request.POST.get("target", "")
    new = f"{_named(request, target).name}{SEPARATOR}{last}" if target else last
    if new == row.name:
        return _done(request, _("It is there already."))
    return _try(request, lambda: mailboxes.rename(_id(request), row.name, new), _("Folder moved."))


@login_required
@require_POST
def delete(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Remove a folder and those in it; their messages go to Trash first."""
    account_id, row = _id(request), _own(request, mailbox_id)
    inside = [
        box
        for box in mailboxes.listing(account_id)
        if box.name == row.name or box.name.startswith(row.name + SEPARATOR)
    ]
    if any(rail.use_of(box) for box in inside):
        raise NotPermitted(_("There is a folder in it that belongs to the mailbox."))
    trash = mailboxes.special(account_id, TRASH)
    steps: list[Step] = []
    for box in sorted(inside, key=lambda box: box.name, reverse=True):
        moved = messages.move(box, None, trash)
        mailboxes.delete(account_id, box.name)
        if moved.new_uids:
            steps.append(("refill", trash.id, print_uids(sorted(moved.new_uids)), box.name))
        steps.append(("make", 0, "", box.name))
    text = _("Folder removed. Its messages are in Trash.")
    return fragments.told(
        request,
        text,
        plain=_onward(request, without=row),
        undo_url=reverse("undo"),
        undo_token=undoing.token(account_id, steps),
    )


@login_required
@require_POST
def read(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Mark everything in it as read."""
    row = mailboxes.fresh(_id(request), mailbox_id)
    uids = [entry[0] for entry in flags.add(row, None, SEEN).entries]
    steps: list[Step] = [("remove", row.id, print_uids(uids), SEEN)] if uids else []
    text = ngettext("One message marked as read.", "%(count)d messages marked as read.", len(uids))
    return fragments.told(
        request,
        text % {"count": len(uids)} if uids else _("Everything was read already."),
        plain=_onward(request),
        undo_url=reverse("undo") if uids else "",
        undo_token=undoing.token(row.account_id, steps),
    )


@login_required
@require_POST
def empty(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Everything in Trash or Spam, for ever."""
    row = mailboxes.fresh(_id(request), mailbox_id)
    if row.special_use not in (TRASH, JUNK):
        raise NotPermitted(_("Only Trash and Spam can be emptied."))
    count = len(messages.remove(row, None).uids)
    text = ngettext("One message deleted for ever.", "%(count)d messages deleted for ever.", count)
    return _done(request, text % {"count": count})


@login_required
@require_POST
def fold(request: HttpRequest) -> HttpResponse:
    """Fold away what lies in a folder, or show it again; the browser remembers."""
    shelf = rail.of(request)
    found = shelf.by_id(_number(request.POST.get("fold", "")))
    if found is None:
        raise Http404
    shelf.folded ^= {found.id}
    kept = [str(item.id & (1 << ID_SHIFT) - 1) for item in shelf.all if item.id in shelf.folded]
    response = fragments.answer(
        request,
        "mailbox/_folders.html",
        mailbox.rail_context(request, request.POST),
        plain=reader.onward(request),
    )
    response.set_cookie(
        rail.FOLDED,
        ".".join(kept[: rail.MOST_FOLDED]),
        max_age=_YEAR,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _id(request: HttpRequest) -> int:
    return reader.account_id(request)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _own(request: HttpRequest, mailbox_id: int) -> Mailbox:
    row = mailboxes.fresh(_id(request), mailbox_id)
    if rail.use_of(row):
        raise NotPermitted(_("This folder belongs to the mailbox and stays as it is."))
    return row


def _named(request: HttpRequest, number: str) -> Mailbox:
    return mailboxes.fresh(_id(request), _number(number))


def _try(request: HttpRequest, verb: Callable[[], object], told: str) -> HttpResponse:
    try:
        verb()
    except NotFound:
        raise
    except MailboxExists:
        return _problem(request, _("There is a folder of that name already."))
    except MailError as problem:
        return _problem(request, _(str(problem)))
    return _done(request, told)


def _done(request: HttpRequest, text: str) -> HttpResponse:
    return fragments.told(request, text, "success", plain=_onward(request))


def _problem(request: HttpRequest, text: str) -> HttpResponse:
    if fragments.wanted(request):
        return fragments.told(request, text, "danger", plain=_onward(request), status=422)
    return _page(request, text)


def _onward(request: HttpRequest, without: Mailbox | None = None) -> str:
    """The page the form was sent from, unless it is that of a folder that is no more."""
    onward = reader.onward(request) if request.POST.get("next") else reverse("folders:index")
    if without is not None and onward.startswith(reverse("mailbox:show", args=[without.id])):
        return reverse("home")
    return onward


def _targets(shelf: rail.Rail, moved: rail.Folder) -> list[rail.Folder]:
    """Folders it can be put into: not itself, nor what lies in it, nor where it is."""
    above = moved.name.rpartition(SEPARATOR)[0]
    return [
        item
        for item in shelf.all
        if item.use in ("", "INBOX", "\\Archive")
        and item.name not in (moved.name, above)
        and not item.name.startswith(moved.name + SEPARATOR)
    ]


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    shelf = rail.Rail(_id(request), 0)
    rows = {row.id: row for row in shelf.rows}
    lines: list[dict[str, Any]] = [
        {
            "line": Line(item.folder, rows[item.folder.id]),
            "targets": _targets(shelf, item.folder),
            "depth": item.depth,
        }
        for part in shelf.lines
        for item in part
        if item.folder is not None
    ]
    context = {"lines": lines, "problem": problem, "typed": request.POST.get("name", "") if problem else ""}
    return render(request, "folders/index.html", context, status=422 if problem else 200)


app_name = "folders"
urlpatterns = [
    path("", index, name="index"),
    path("create/", create, name="create"),
    path("fold/", fold, name="fold"),
    path("<int:mailbox_id>/menu/", menu, name="menu"),
    path("<int:mailbox_id>/rename/", rename, name="rename"),
    path("<int:mailbox_id>/into/", into, name="into"),
    path("<int:mailbox_id>/delete/", delete, name="delete"),
    path("<int:mailbox_id>/read/", read, name="read"),
    path("<int:mailbox_id>/empty/", empty, name="empty"),
]

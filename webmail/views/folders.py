"""Folders: make, rename, remove; empty Trash and Spam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mailcore.models import Mailbox
from mailcore.models.mailbox import JUNK, TRASH
from mailcore.store import mailboxes, messages
from mailcore.store.errors import MailboxExists, MailError, NotFound, NotPermitted
from webmail import fragments, rail, reader
from webmail.forms.folder import FolderForm


@dataclass(frozen=True, slots=True)
class Line:
    """A folder on the page."""

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
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new folder; a slash in its name makes a tree."""
    form = FolderForm(request.POST)
    if not form.is_valid():
        return _page(request, _("A folder needs a name."))
    return _try(request, lambda: mailboxes.create(_id(request), form.cleaned_data["name"]), _("Folder made."))


@login_required
@require_POST
def rename(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Another name, or another place in the tree."""
    form, row = FolderForm(request.POST), _own(request, mailbox_id)
    if not form.is_valid():
        return _page(request, _("A folder needs a name."))
    new = form.cleaned_data["name"]
    return _try(request, lambda: mailboxes.rename(_id(request), row.name, new), _("Folder renamed."))


@login_required
@require_POST
def delete(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Remove a folder; what is in it goes to Trash first."""
    row = _own(request, mailbox_id)

    def remove() -> None:
        messages.move(row, None, mailboxes.special(_id(request), TRASH))
        mailboxes.delete(_id(request), row.name)

    return _try(request, remove, _("Folder removed. Its messages are in Trash."))


@login_required
@require_POST
def empty(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Everything in Trash or Spam, for ever."""
    row = mailboxes.fresh(_id(request), mailbox_id)
    if row.special_use not in (TRASH, JUNK):
        raise NotPermitted(_("Only Trash and Spam can be emptied."))
    count = len(messages.remove(row, None).uids)
    text = ngettext("One message deleted for ever.", "%d messages deleted for ever.", count)
    fragments.notice(request, text % count if "%d" in text else text, "success")
    return _back()


def _back() -> HttpResponse:
    return fragments.redirect(reverse("folders:index"))


def _id(request: HttpRequest) -> int:
    return reader.account_id(request)


def _own(request: HttpRequest, mailbox_id: int) -> Mailbox:
    row = mailboxes.fresh(_id(request), mailbox_id)
    if rail.use_of(row):
        raise NotPermitted(_("This folder belongs to the mailbox and stays as it is."))
    return row


def _try(request: HttpRequest, verb: Callable[[], object], told: str) -> HttpResponse:
    try:
        verb()
    except NotFound:
        raise
    except MailboxExists:
        return _page(request, _("There is a folder of that name already."))
    except MailError as problem:
        return _page(request, str(problem))
    fragments.notice(request, told, "success")
    return _back()


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    shelf = rail.Rail(_id(request), 0)
    rows = {row.id: row for row in shelf.rows}
    lines = [Line(folder, rows[folder.id]) for folder in shelf.all]
    context = {"lines": lines, "problem": problem, "typed": request.POST.get("name", "") if problem else ""}
    return render(request, "folders/index.html", context, status=422 if problem else 200)


app_name = "folders"
urlpatterns = [
    path("", index, name="index"),
    path("create/", create, name="create"),
    path("<int:mailbox_id>/rename/", rename, name="rename"),
    path("<int:mailbox_id>/delete/", delete, name="delete"),
    path("<int:mailbox_id>/empty/", empty, name="empty"),
]

"""How much room there is, what takes it, and how to get it back."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from mailcore.models.mailbox import JUNK, TRASH
from mailcore.store import quota
from webmail import rail, reader
from webmail.rendering.people import Person, sender

MOST_FOLDERS = 12
BIGGEST = 20
SEARCHES = ("larger:25M", "larger:10M", "larger:5M older_than:1y", "has:attachment older_than:2y")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder and what it takes."""

    folder: rail.Folder
    octets: int
    can_be_emptied: bool


@dataclass(frozen=True, slots=True)
class Big:
    """One of the biggest messages."""

    id: int
    sender: Person
    subject: str
    size: int
    received: int


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The bar, the folders, the biggest messages."""
    account = reader.of(request)
    shelf = rail.Rail(account.pk, account.quota_bytes)
    sizes = {row.id: row.bytes for row in shelf.rows}
    folders = [
        Folder(item, sizes[item.id], item.use in (TRASH, JUNK) and item.total > 0)
        for item in shelf.all
        if sizes.get(item.id)
    ]
    folders.sort(key=lambda folder: -folder.octets)
    context = {
        "usage": quota.usage(account.pk),
        "shelf": folders[:MOST_FOLDERS],
        "most": max([1, *(folder.octets for folder in folders)]),
        "biggest": [
            Big(row.message_id, sender(row.sender), row.subject, row.size, row.received)
            for row in quota.biggest(account.pk, BIGGEST)
        ],
        "searches": SEARCHES,
    }
    return render(request, "preferences/storage.html", context)


urlpatterns = [path("storage/", show, name="preferences-storage")]

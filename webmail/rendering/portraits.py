"""Photos beside names: which addresses have one, asked once for each request."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from mailcore.models import Account
from mailcore.people import book


def of(request: HttpRequest) -> dict[str, str]:
    """Address → where its picture is, for the address book of whoever is signed in."""
    kept: dict[str, str] | None = getattr(request, "portraits", None)
    if kept is None:
        user = getattr(request, "user", None)
        found = book.photos(user.pk) if isinstance(user, Account) else {}
        kept = {
            address: reverse("contacts:photo", args=[person_id, version])
            for address, (person_id, version) in found.items()
        }
        request.portraits = kept  # type: ignore[attr-defined]
    return kept

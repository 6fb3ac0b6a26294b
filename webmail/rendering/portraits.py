"""Photos beside names: which addresses have one, asked once for each request."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from mailcore.models import Account
from mailcore.people import book
from webmail import reader


def of(request: HttpRequest) -> dict[str, str]:
    """Address → where its picture is, for the address book of the account that is read."""
    kept: dict[str, str] | None = getattr(request, "portraits", None)
    if kept is None:
        is_somebody = isinstance(getattr(request, "user", None), Account)
        found = book.photos(reader.account_id(request)) if is_somebody else {}
        kept = {
            address: reverse("contacts:photo", args=[person_id, version])
            for address, (person_id, version) in found.items()
        }
        request.portraits = kept  # type: ignore[attr-defined]
    return kept

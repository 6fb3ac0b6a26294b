"""Who is reading, and where they go next: what every view asks of a request."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from mailcore.models import Account


def of(request: HttpRequest) -> Account:
    """Who is signed in."""
    assert isinstance(request.user, Account)
    return request.user


def account_id(request: HttpRequest) -> int:
    """Whose mail this request may see: the reader's, and nobody else's."""
    return of(request).pk


def own_address(request: HttpRequest) -> str:
    """The reader's address, as rows compare it."""
    return of(request).address


def onward(request: HttpRequest) -> str:
    """The page a form was sent from: one of ours, whatever `next` says."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"

"""Who is reading, whose mail they read, and where they go next: what every view asks of a request.

The *person* is who signed in. The *account* is whose mail a page shows: their own, or at an address that begins
with /u/<account>/ one that was given to them (webmail/whose.py looks that up anew for every request). Settings and
passwords belong to the person; everything that is stored under an account_id belongs to the account.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from mailcore.models import Account, Message
from mailcore.store.errors import NotFound


def of(request: HttpRequest) -> Account:
    """The person who is signed in."""
    assert isinstance(request.user, Account)
    return request.user


def account(request: HttpRequest) -> Account:
    """Whose mail this request may see, and no other: the one place where that is decided."""
    return given(request) or of(request)


def given(request: HttpRequest) -> Account | None:
    """The account of somebody else that the address names and the person may read; None for their own."""
    found: Account | None = getattr(request, "mail_account", None)
    return found


def account_id(request: HttpRequest) -> int:
    """The id that every query on mail names."""
    return account(request).pk


def own_address(request: HttpRequest) -> str:
    """The account's address, as rows compare it."""
    return account(request).address


def is_delegate(request: HttpRequest) -> bool:
    """The person reads mail of somebody else."""
    return given(request) is not None


def may_send(request: HttpRequest) -> bool:
    """The person may write in the name of the account."""
    return bool(getattr(request, "may_send", True))


def sent_by(request: HttpRequest) -> Account | None:
    """Who really writes, where that is not the author: for the field Sender (RFC 5322 §3.6.2)."""
    return of(request) if is_delegate(request) else None


def onward(request: HttpRequest) -> str:
    """The page a form was sent from: one of ours, whatever `next` says."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("home")


def message(request: HttpRequest, message_id: int) -> Message:
    """A message of the account that is read. Raises NotFound, whether it is gone or somebody else's."""
    found = Message.objects.filter(account_id=account_id(request), id=message_id).first()
    if found is None:
        raise NotFound(_("This message is not here any more"))
    return found

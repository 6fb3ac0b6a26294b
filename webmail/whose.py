"""Mail that was given to a person: /u/<account>/… shows what … shows of one's own, for an account one may read.

The address says whose mail it is, so two tabs may show two accounts, and a link to a letter keeps its meaning.
Every request asks the directory again: what is taken back ends with the next request. Behind the prefix lie the same
views, and every address they make begins with it, because it becomes Django's script prefix. Whoever may not look gets
the 404 of an account that does not exist. Settings, sign-out and administration are the person's own and have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from mailcore.identity import delegations
from mailcore.models import Account, Delegation
from webmail import fragments, reader

SPEAKING = {  # views that send something in the name of the account, beside the composer
    "compose:receipt",
    "message:leave",
    "message:answer",
    "later:send_now",
    "later:reschedule",
}
Respond = Callable[[HttpRequest], HttpResponseBase]

_PREFIX = re.compile(r"/u/([1-9][0-9]{0,17})(/.*)\Z", re.DOTALL)
OWN = ("/preferences/", "/notifications/", "/admin/", "/login/", "/logout/", "/all/", "/u/")


class MailAccount:
    """Decides before any view runs; `reader.account` is where views read it."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = _PREFIX.fullmatch(request.path_info)
        if found is None:
            return self._respond(request)
        number, rest = int(found[1]), found[2]
        if not isinstance(request.user, Account):
            return fragments.redirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
        if rest.startswith(OWN):
            if request.method in ("GET", "HEAD"):
                query = request.META.get("QUERY_STRING", "")
                return fragments.redirect(f"{rest}?{query}" if query else rest)
            request.path_info = rest
            return self._respond(request)
        given = delegations.access(request.user, number)
        if given is None:
            raise Http404
        request.mail_account, request.may_send = given.owner, given.may_send  # type: ignore[attr-defined]
        request.path_info = rest
        before = get_script_prefix()
        set_script_prefix(f"{before}u/{number}/")
        try:
            return self._respond(request)
        finally:
            set_script_prefix(before)

    def process_view(
        self, request: HttpRequest, view: object, arguments: object, named: object
    ) -> HttpResponseBase | None:
        """Who may only read does not make the account speak; the composer says so itself, in the letter."""
        match = request.resolver_match
        if reader.may_send(request) or match is None or match.view_name not in SPEAKING:
            return None
        if request.method in ("GET", "HEAD"):
            return None
        text = _("You may read this mailbox, but not write in its name.")
        return fragments.told(request, text, "danger", plain=reverse("home"), status=403)


def url_of(account: Account) -> str:
    """The inbox of an account that was given to the reader."""
    return f"{get_script_prefix().partition('u/')[0]}u/{account.pk}/"


def own_url() -> str:
    """The reader's own inbox, also from within another account."""
    return get_script_prefix().partition("u/")[0]


def given(request: HttpRequest) -> list[Delegation]:
    """What was given to the person who is signed in: asked once for each request."""
    kept: list[Delegation] | None = getattr(request, "given", None)
    if kept is None:
        kept = delegations.open_to(reader.of(request))
        request.given = kept  # type: ignore[attr-defined]
    return kept


@contextmanager
def addresses_of(request: HttpRequest, account: Account) -> Iterator[None]:
    """Addresses that are made meanwhile lead into the mail of that account."""
    before = get_script_prefix()
    set_script_prefix(own_url() if account.pk == reader.of(request).pk else url_of(account))
    try:
        yield
    finally:
        set_script_prefix(before)

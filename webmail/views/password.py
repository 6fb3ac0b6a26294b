"""The password, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mailcore.identity import accounts, sign_ins
from mailcore.inbound import notice
from mailcore.push import subscriptions
from webmail import fragments, reader
from webmail.forms.preferences import PasswordForm
from webmail.rendering import browsers


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which one is signed in."""

    id: int
    browser: str
    peer: str
    began: datetime
    last_seen: datetime
    is_here: bool


@sensitive_post_parameters("old", "new", "again")
@login_required
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password; other sessions end, this one stays."""
    account = reader.of(request)
    if request.method == "GET":
        return _page(request)
    form = PasswordForm(request.POST, account=account, peer=str(request.META.get("REMOTE_ADDR", "")))
    if not form.is_valid():
        return _page(request, form)
    accounts.set_password(account, form.cleaned_data["new"])
    before = request.session.session_key or ""
    update_session_auth_hash(request, account)
    sign_ins.forget(before, account)
    subscriptions.moved(account.pk, before, request.session.session_key or "")
    sign_ins.end_others(account, request.session.session_key or "")
    context = {"account": account, "when": timezone.localtime(), "peer": request.META.get("REMOTE_ADDR", "")}
    text = render_to_string("notices/password_changed.txt", context)
    notice.deliver(account, _("Your password was changed"), text)
    fragments.notice(request, _("Your password is changed. Mail programs need the new one."), "success")
    return fragments.redirect(reverse("password"))


@login_required
@require_POST
def end(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """Sign out there."""
    if not sign_ins.end(reader.of(request), sign_in_id):
        raise Http404
    fragments.notice(request, _("Signed out there."), "success")
    return fragments.redirect(reverse("password"))


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    count = sign_ins.end_others(reader.of(request), request.session.session_key or "")
    text = ngettext("Signed out in %d other place.", "Signed out in %d other places.", count) % count
    fragments.notice(request, text, "success")
    return fragments.redirect(reverse("password"))


def _page(request: HttpRequest, form: PasswordForm | None = None) -> HttpResponse:
    account = reader.of(request)
    here = request.session.session_key
    places = [
        Place(
            row.pk, browsers.named(row.browser), row.peer, timezone.localtime(row.began),
            timezone.localtime(row.last_seen), row.session_key == here,
        )
        for row in sign_ins.listing(account)
    ]  # fmt: skip
    context = {
        "form": form or PasswordForm(account=account, peer=""),
        "places": sorted(places, key=lambda place: not place.is_here),
        "has_others": any(not place.is_here for place in places),
    }
    return render(request, "preferences/password.html", context, status=200 if form is None else 422)


urlpatterns = [
    path("password/", password, name="password"),
    path("password/end/<int:sign_in_id>/", end, name="sign-in-end"),
    path("password/end/", end_others, name="sign-in-end-others"),
]

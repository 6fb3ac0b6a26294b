"""Settings of one account: who one is, how pages look, whose pictures may load, the password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mailcore.identity import accounts, preferences
from mailcore.inbound import notice
from mailcore.store import quota
from webmail import fragments, reader
from webmail.forms.preferences import PasswordForm, PreferencesForm
from webmail.views.login import remember_looks


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The page, and its first form."""
    account = reader.of(request)
    if request.method == "GET":
        return _page(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form)
    chosen = form.cleaned_data
    accounts.change(account, name=chosen.pop("name"), signature=chosen.pop("signature"))
    kept = preferences.change(account, **chosen)
    fragments.notice(request, _("Settings saved."), "success")
    return remember_looks(fragments.redirect(reverse("preferences")), kept)


@sensitive_post_parameters("old", "new", "again")
@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password; other sessions end, this one stays."""
    account = reader.of(request)
    form = PasswordForm(request.POST, account=account, peer=str(request.META.get("REMOTE_ADDR", "")))
    if not form.is_valid():
        return _page(request, password_form=form)
    accounts.set_password(account, form.cleaned_data["new"])
    update_session_auth_hash(request, account)
    context = {"account": account, "when": timezone.localtime(), "peer": request.META.get("REMOTE_ADDR", "")}
    text = render_to_string("notices/password_changed.txt", context)
    notice.deliver(account, _("Your password was changed"), text)
    fragments.notice(request, _("Your password is changed. Mail programs need the new one."), "success")
    return fragments.redirect(reverse("preferences"))


@login_required
@require_POST
def distrust(request: HttpRequest) -> HttpResponse:
    """Ask again before this sender's pictures load."""
    preferences.distrust_images(reader.of(request), request.POST.get("address", ""))
    return fragments.redirect(reverse("preferences"))


def _page(
    request: HttpRequest, *, form: PreferencesForm | None = None, password_form: PasswordForm | None = None
) -> HttpResponse:
    account = reader.of(request)
    chosen = preferences.of(account)
    now = {name: getattr(chosen, name) for name in ("theme", "density", "rich_text", "remote_images")}
    context = {
        "form": form or PreferencesForm(initial=now | {"name": account.name, "signature": account.signature}),
        "password_form": password_form or PasswordForm(account=account, peer=""),
        "trusted": chosen.trusted_senders,
        "usage": quota.usage(account.pk),
        "servers": {
            "host": settings.MAIL_HOSTNAME,
            "imap": settings.MAIL_PORT_IMAPS,
            "submission": settings.MAIL_PORT_SUBMISSIONS,
            "pop3": settings.MAIL_PORT_POP3S,
        },
    }
    is_wrong = any(item is not None for item in (form, password_form))
    return render(request, "preferences/show.html", context, status=422 if is_wrong else 200)


urlpatterns = [
    path("", show, name="preferences"),
    path("password/", password, name="password"),
    path("distrust/", distrust, name="distrust"),
]

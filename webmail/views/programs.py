"""For mail programs: what to enter there, and passwords of their own."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from mailcore.identity import accounts
from mailcore.models import AppPassword
from webmail import fragments, reader

MOST = 50


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Host, ports, and the passwords there are."""
    return _page(request)


@never_cache
@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new password, shown on this page and never again."""
    account = reader.of(request)
    label = " ".join(request.POST.get("label", "").split())[:100]
    if not label:
        return _page(request, problem=_("Say which program or device it is for."), status=422)
    if AppPassword.objects.filter(account=account).count() >= MOST:
        return _page(request, problem=_("Revoke one first: there are enough of them."), status=422)
    return _page(request, secret=accounts.add_app_password(account, label), label=label)


@login_required
@require_POST
def revoke(request: HttpRequest, app_password_id: int) -> HttpResponse:
    """No longer valid from this moment on."""
    if not accounts.revoke_app_password(reader.of(request), app_password_id):
        raise Http404
    fragments.notice(request, _("Revoked. That program cannot sign in any more."), "success")
    return fragments.redirect(reverse("preferences-programs"))


def _page(
    request: HttpRequest, *, secret: str = "", label: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    servers = [
        (_("Incoming (IMAP)"), settings.MAIL_PORT_IMAPS),
        (_("Incoming (POP3)"), settings.MAIL_PORT_POP3S),
        (_("Outgoing (SMTP)"), settings.MAIL_PORT_SUBMISSIONS),
    ]
    context = {
        "host": settings.MAIL_HOSTNAME,
        "servers": [(name, port) for name, port in servers if port],
        "passwords": AppPassword.objects.filter(account=reader.of(request)).order_by("-created"),
        "secret": secret,
        "label": label,
        "problem": problem,
    }
    return render(request, "preferences/programs.html", context, status=status)


urlpatterns = [
    path("programs/", show, name="preferences-programs"),
    path("programs/create/", create, name="app-password-create"),
    path("programs/<int:app_password_id>/revoke/", revoke, name="app-password-revoke"),
]

"""Settings: pages of preferences, each saved as soon as it is changed, or all at once by a form without scripts."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mailcore.identity import accounts, preferences
from webmail import fragments, looks, reader
from webmail.forms import preferences as forms
from webmail.forms.preferences import NameForm
from webmail.views import password, programs, storage, transfer


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """General."""
    return _page(request, "preferences", "preferences/general.html")


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """On a telephone the index is a page of its own; elsewhere it stands beside every page."""
    return _shown(request, "preferences", "preferences/general.html", {"is_index": True})


@login_required
@require_http_methods(["GET", "POST"])
def appearance(request: HttpRequest) -> HttpResponse:
    """Colours and sizes."""
    return _page(request, "preferences-appearance", "preferences/appearance.html")


@login_required
@require_http_methods(["GET", "POST"])
def privacy(request: HttpRequest) -> HttpResponse:
    """Pictures, receipts, and whom one trusts."""
    return _page(request, "preferences-privacy", "preferences/privacy.html")


@login_required
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """One preference, from a script: `name`, `value`."""
    name, text = request.POST.get("name", ""), request.POST.get("value", "")
    try:
        value = preferences.read(name, text)
    except (KeyError, ValueError):
        return fragments.told(
            request, _("There is no such choice."), "danger", plain=reverse("preferences"), status=422
        )
    kept = preferences.change(reader.of(request), **{name: value})
    answer = (
        HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(reverse("preferences"))
    )
    return looks.remember(request, answer, kept)


@login_required
@require_POST
def name(request: HttpRequest) -> HttpResponse:
    """What one is called."""
    form = NameForm(request.POST)
    if not form.is_valid():
        context = {"name_form": form}
        return _shown(request, "preferences", "preferences/general.html", context, status=422)
    accounts.change(reader.of(request), name=form.cleaned_data["name"])
    fragments.notice(request, _("Settings saved."), "success")
    return fragments.redirect(reverse("preferences"))


@login_required
@require_POST
def distrust(request: HttpRequest) -> HttpResponse:
    """Ask again before this sender's pictures load."""
    preferences.distrust_images(reader.of(request), request.POST.get("address", ""))
    return fragments.redirect(reverse("preferences-privacy"))


def _page(request: HttpRequest, page: str, template: str) -> HttpResponse:
    if request.method == "GET":
        return _shown(request, page, template)
    try:
        chosen = forms.posted(page, request.POST)
    except ValueError:
        return _shown(request, page, template, {"problem": _("There is no such choice.")}, status=422)
    kept = preferences.change(reader.of(request), **chosen)
    fragments.notice(request, _("Settings saved."), "success")
    return looks.remember(request, fragments.redirect(reverse(page)), kept)


def _shown(
    request: HttpRequest,
    page: str,
    template: str,
    more: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    account = reader.of(request)
    chosen = preferences.of(account)
    context = {
        "cards": forms.lines(page, chosen),
        "page": page,
        "trusted": chosen.trusted_senders,
        "name_form": NameForm(initial={"name": account.name}),
    }
    return render(request, template, {**context, **(more or {})}, status=status)


urlpatterns = [
    path("", show, name="preferences"),
    path("all/", index, name="preferences-index"),
    path("appearance/", appearance, name="preferences-appearance"),
    path("privacy/", privacy, name="preferences-privacy"),
    path("set/", put, name="preferences-set"),
    path("name/", name, name="preferences-name"),
    path("distrust/", distrust, name="distrust"),
    *password.urlpatterns,
    *programs.urlpatterns,
    *storage.urlpatterns,
    *transfer.urlpatterns,
]

"""Settings, "Notifications": which browsers are told of new mail, of which, and when not. RFC 8030.

The browser itself asks its owner, and its push service for an address; what it got is sent here (static/js/push.js).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from mailcore.identity import preferences
from mailcore.models import Account
from mailcore.push import answer, keys, subscriptions, tell
from webmail import fragments, reader
from webmail.forms import preferences as forms
from webmail.rendering import browsers, when

PAGE = "push:show"
TEMPLATE = "preferences/notifications.html"


@dataclass(frozen=True, slots=True)
class Told:
    """A browser as the list shows it."""

    id: int
    name: str
    since: str
    endpoint: str
    is_failing: bool


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Preferences, and the browsers that are told."""
    if request.method == "POST":
        try:
            chosen = forms.posted(PAGE, request.POST)
        except ValueError:
            return _page(request, {"problem": _("There is no such choice.")}, 422)
        preferences.change(reader.of(request), **chosen)
        fragments.notice(request, _("Settings saved."), "success")
        return fragments.redirect(reverse(PAGE))
    return _page(request)


@login_required
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Tell this browser from now on. The list is the answer."""
    person = reader.of(request)
    subscriptions.subscribe(
        person.pk,
        request.session.session_key or "",
        request.POST.get("endpoint", ""),
        request.POST.get("p256dh", ""),
        request.POST.get("auth", ""),
        browser=browsers.named(request.headers.get("User-Agent", "")),
        language=get_language() or "",
        time_zone=timezone.get_current_timezone_name(),
    )
    return _list(request)


@login_required
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """The browser is here again: 204 if it is told, 410 if its subscription is of no use to this person."""
    person = reader.of(request)
    is_told = subscriptions.renew(
        person.pk,
        request.session.session_key or "",
        request.POST.get("endpoint", "")[: subscriptions.LONGEST_ENDPOINT],
        language=get_language() or "",
        time_zone=timezone.get_current_timezone_name(),
    )
    return HttpResponse(status=204 if is_told else 410)


@login_required
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Tell a browser no more: one of the list, or the one that says its address."""
    account_id = reader.of(request).pk
    endpoint = request.POST.get("endpoint", "")
    if endpoint:
        row = subscriptions.of(account_id, endpoint)
        if row is not None:
            subscriptions.forget(account_id, row.id)
    elif not subscriptions.forget(account_id, _number(request.POST.get("subscription", ""))):
        raise Http404
    return _list(request)


@login_required
@require_POST
def trial(request: HttpRequest) -> HttpResponse:
    """Send a test to a browser of the list."""
    person = reader.of(request)
    wanted = _number(request.POST.get("subscription", ""))
    row = next((row for row in subscriptions.listing(person.pk) if row.id == wanted), None)
    if row is None:
        raise Http404
    if tell.test(person, row):
        return fragments.told(request, _("Sent. It should be there in a moment."), plain=reverse(PAGE))
    text = _("The push service of that browser did not take it. Switch notifications off and on there.")
    return fragments.told(request, text, "danger", plain=reverse(PAGE), status=502)


@csrf_exempt
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """A button of a notification. Service workers have no page, so no CSRF token: the one in the message counts."""
    if not isinstance(request.user, Account):
        return HttpResponse(status=403)
    try:
        answer.act(reader.of(request).pk, request.POST.get("token", ""), request.POST.get("do", ""))
    except answer.TokenInvalid:
        return HttpResponse(status=403)
    return HttpResponse(status=204)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _list(request: HttpRequest) -> HttpResponse:
    if fragments.wanted(request):
        return render(request, "preferences/_browsers.html", {"browsers": _browsers(request)})
    return fragments.redirect(reverse(PAGE))


def _browsers(request: HttpRequest) -> list[Told]:
    return [
        Told(
            row.id, row.browser, when.short(when.moment(row.created)),
            row.endpoint, row.failures > 0,
        )
        for row in subscriptions.listing(reader.of(request).pk)
    ]  # fmt: skip


def _page(request: HttpRequest, more: dict[str, object] | None = None, status: int = 200) -> HttpResponse:
    context = {
        "cards": forms.lines(PAGE, preferences.of(reader.of(request))),
        "page": PAGE,
        "browsers": _browsers(request),
        "key": keys.public(),
    }
    return render(request, TEMPLATE, {**context, **(more or {})}, status=status)


app_name = "push"
urlpatterns = [
    path("", show, name="show"),
    path("subscribe/", subscribe, name="subscribe"),
    path("renew/", renew, name="renew"),
    path("forget/", forget, name="forget"),
    path("test/", trial, name="test"),
    path("act/", act, name="act"),
]

"""Signing in and out."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mailcore.identity import credentials, watching
from mailcore.identity.errors import LoginRefused, Throttled
from mailcore.identity.preferences import of
from mailcore.models import Account
from mailcore.push import subscriptions
from webmail import fragments, looks
from webmail.forms.login import LoginForm

BACKEND = "mailcore.identity.backend.AddressBackend"
STAY_SECONDS = 30 * 86_400


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The door. Every refusal but "too many tries" is the same sentence."""
    onward = _onward(request)
    if request.user.is_authenticated and request.method == "GET":
        return fragments.redirect(onward)
    form = LoginForm(request.POST or None)
    problem = ""
    if request.method == "POST":
        problem = _("This address and this password do not fit together.")
        if form.is_valid():
            try:
                account = credentials.check(
                    form.cleaned_data["address"],
                    form.cleaned_data["password"],
                    protocol="web",
                    peer=_peer(request),
                )
            except Throttled as refusal:
                problem = _too_many(refusal.retry_after_seconds)
            except LoginRefused:
                pass
            else:
                auth.login(request, account, backend=BACKEND)
                request.session.set_expiry(STAY_SECONDS)
                return looks.remember(request, fragments.redirect(onward), of(account))
    context = {"form": form, "problem": problem, "next": request.GET.get("next", ""), "onward": onward}
    return render(request, "login/show.html", context, status=403 if problem else 200)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Ends the session here; the cookie is worthless from now on."""
    person, session_key = request.user, request.session.session_key or ""
    auth.logout(request)
    if isinstance(person, Account):
        subscriptions.forget_session(person.pk, session_key)
        watching.look_again(person.pk)  # streams of this session end now
    response = fragments.redirect(reverse("login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _onward(request: HttpRequest) -> str:
    """Where to go then: a page of ours, whatever `next` says."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours and not wanted.startswith(reverse("login")) else "/"


def _peer(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _too_many(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return ngettext(
        "Too many tries from here. Please wait a minute.",
        "Too many tries from here. Please wait %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}


urlpatterns = [path("login/", login, name="login"), path("logout/", logout, name="logout")]

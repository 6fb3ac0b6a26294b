"""How pages look, kept in cookies so that the first paint is right; and whose pictures are welcome."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from mailcore.identity import preferences
from webmail import fragments
from webmail.views import conversation

CHOICES = {"theme": ("auto", "light", "dark"), "pane": ("right", "none")}
_YEAR = 365 * 86_400


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Light or dark; reading beside the list or in its place."""
    response = HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(onward(request))
    for name, choices in CHOICES.items():
        value = request.POST.get(name, "")
        if value in choices:
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=secure)
            if name == "theme":
                preferences.change(conversation.reader(request), theme=value)
    return response


@login_required
@require_POST
def trust(request: HttpRequest) -> HttpResponse:
    """Always show the pictures of this sender."""
    preferences.trust_images(conversation.reader(request), request.POST.get("address", "")[:320])
    return HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(onward(request))


def onward(request: HttpRequest) -> str:
    """The page a form was sent from: one of ours, whatever `next` says."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"

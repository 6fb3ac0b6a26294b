"""How pages look, kept in cookies so that the first paint is right; and whose pictures are welcome."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from mailcore.identity import preferences
from webmail import fragments, reader

CHOICES = {
    "theme": preferences.THEMES,
    "density": preferences.DENSITIES,
    "pane": ("right", "none"),
}
_YEAR = 365 * 86_400


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Light or dark; reading beside the list or in its place."""
    response = (
        HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(reader.onward(request))
    )
    for name, choices in CHOICES.items():
        value = request.POST.get(name, "")
        if value in choices:
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=secure)
            if name != "pane":
                preferences.change(reader.of(request), **{name: value})
    return response


@login_required
@require_POST
def trust(request: HttpRequest) -> HttpResponse:
    """Always show the pictures of this sender."""
    preferences.trust_images(reader.account(request), request.POST.get("address", "")[:320])
    return (
        HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(reader.onward(request))
    )

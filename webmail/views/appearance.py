"""How pages look, kept in cookies so that the first paint is right; and whose pictures are welcome."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from mailcore.identity import preferences
from webmail import fragments, looks, reader


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Light or dark; reading beside the list or in its place."""
    response = (
        HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(reader.onward(request))
    )
    for name, choices in looks.CHOICES.items():
        value = request.POST.get(name, "")
        if value in choices:
            looks.choose(response, reader.of(request), name, value)
    return response


@login_required
@require_POST
def trust(request: HttpRequest) -> HttpResponse:
    """Always show the pictures of this sender."""
    preferences.trust_images(reader.account(request), request.POST.get("address", "")[:320])
    return (
        HttpResponse(status=204) if fragments.wanted(request) else fragments.redirect(reader.onward(request))
    )

"""Pages for what went wrong, in the product's own look; nothing of the inside shows (SECURITY D28)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: not understood, or from a host that is not us."""
    return _page(request, 400, _("That request made no sense to us."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not yours."""
    return _page(request, 403, _("This is not for you to open."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: moved, deleted, never there, or somebody else's: nobody learns which."""
    return _page(request, 404, _("It was moved or deleted, or it was never here."))


def broken(request: HttpRequest) -> HttpResponse:
    """500: ours to mend. Touches neither database nor session: they may be what broke."""
    return _page(request, 500, _("Something broke on our side. Nothing was lost; please try again."))


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not ours, or is from an old page."""
    return _page(
        request, 403, _("This page had been open for too long. Please go back, reload it and try again.")
    )


def _page(request: HttpRequest, status: int, text: str) -> HttpResponse:
    return render(request, "errors/problem.html", {"status": status, "text": text}, status=status)

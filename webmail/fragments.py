"""One answer, two readers: scripts receive a fragment, plain browsers a redirect; both get the notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from webmail import looks
from webmail.rendering.people import Person

NOTICES = "notices"
_MOST_NOTICES = 5


def product(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the product's name and how the reader wants pages to look."""
    user = getattr(request, "user", None)
    return {
        "me": Person(user.name, user.address) if user is not None and user.is_authenticated else None,
        "product": settings.MAIL_PRODUCT_NAME,
        **looks.of(request),
    }


def wanted(request: HttpRequest) -> bool:
    """A script asked, and wants only the piece it will put in place."""
    return request.headers.get("X-Fragment", "") != ""


def ahead(request: HttpRequest) -> bool:
    """A script fetches what may be read later (static/js/ahead.js, keeping.js): nobody is reading it now."""
    return request.headers.get("X-Fragment") == "ahead"


def answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    plain: str,
    status: int = 200,
) -> HttpResponse:
    """The fragment for a script; for everyone else a redirect to `plain` (a path or the name of one)."""
    if wanted(request):
        return render(request, template, dict(context or {}), status=status)
    return redirect(plain)


def redirect(to: str) -> HttpResponse:
    """See other: a reload will not send the form again."""
    response = HttpResponseRedirect(resolve_url(to))
    response.status_code = 303
    return response


def notice(
    request: HttpRequest, text: str, level: str = "info", *, undo_url: str = "", undo_token: str = ""
) -> dict[str, str]:
    """Something to tell the reader: returned for a fragment, or kept for the next page when no script listens."""
    item = {"text": text, "level": level, "undo_url": undo_url, "undo_token": undo_token}
    if not wanted(request):
        request.session[NOTICES] = [*request.session.get(NOTICES, []), item][-_MOST_NOTICES:]
    return item


def told(
    request: HttpRequest,
    text: str,
    level: str = "info",
    *,
    plain: str,
    undo_url: str = "",
    undo_token: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with nothing but a notice."""
    item = notice(request, text, level, undo_url=undo_url, undo_token=undo_token)
    return answer(request, "_toast.html", {"notice": item}, plain=plain, status=status)

"""What every page carries: a strict policy for the browser, the reader's time zone, and errors in plain words."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from mailcore.identity import preferences, sign_ins
from mailcore.models import Account
from mailcore.store import errors
from webmail import fragments
from webmail.rendering import when

Respond = Callable[[HttpRequest], HttpResponseBase]

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# HTML reaches the page through static/js/html.js alone.
TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types fragments"

# The others speak of pages, and a first visit asks for many files.
FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-DNS-Prefetch-Control": "off",
}


class SecurityHeaders:
    """Headers that a view may tighten, never forget. Pages are private: no cache keeps them."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._respond(request)
        is_file = request.path.startswith(settings.STATIC_URL)
        if not is_file:
            # The admin's own scripts write HTML, so Trusted Types would stop them.
            trusted = not request.path.startswith("/admin/")
            policy = f"{POLICY}; {TRUSTED_TYPES}" if trusted else POLICY
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("Cache-Control", "no-store, private")
        for name, value in (FILE_HEADERS if is_file else HEADERS).items():
            response.headers.setdefault(name, value)
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers.setdefault(
                "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
            )
        return response


class PlainAddresses:
    """No NUL in what an address asks for: no database column holds one, PostgreSQL refuses even to compare."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META["QUERY_STRING"]:
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "")
        return self._respond(request)


class Language(LocaleMiddleware):
    """The language the account chose, else the browser's cookie, else what the browser prefers."""

    def process_request(self, request: HttpRequest) -> None:
        """Runs after authentication: the account knows best, on whatever device."""
        super().process_request(request)
        user = request.user
        chosen = preferences.of(user).language if isinstance(user, Account) else ""
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language()


class LocalTime:
    """Times are shown where the reader is, and as the reader writes them.

    The account may say where; else the cookie `tz`, set by static/js/clock.js, names the browser's zone. On the way
    it is noted that somebody is signed in with this browser.
    """

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        chosen = preferences.of(user) if isinstance(user, Account) else preferences.Preferences()
        if isinstance(user, Account) and request.session.session_key:
            agent, peer = request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR", "")
            sign_ins.seen(user, request.session.session_key, agent, str(peer))
        zone = _zone(chosen.time_zone or request.COOKIES.get("tz", ""))
        with timezone.override(zone), when.written(chosen.date_format, chosen.time_format):
            return self._respond(request)


@lru_cache(maxsize=256)
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if 0 < len(name) <= 64 else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


ANSWERS: list[tuple[type[Exception], int, str]] = [
    # the first class that fits; the sentence, or "" for the error's own
    (errors.NotFound, 404, ""),
    (errors.NotPermitted, 403, ""),
    (errors.QuotaExceeded, 507, noop("Your mailbox is full. Delete something, then try again.")),
    (errors.MessageTooBig, 413, ""),
    (errors.TemporaryFailure, 503, noop("That did not work just now. Nothing was lost; please try again.")),
    (errors.MailError, 400, ""),
    (DataError, 400, "That holds characters which nobody can write or read."),
]
ANSWERED = tuple(kind for kind, _status, _text in ANSWERS)


class MailErrors:
    """The browser's table from the engine's errors to answers; the engine speaks English, the catalogues know it."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._respond(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A page or a toast for what ANSWERS knows; anything else is a bug, and Django's."""
        if not isinstance(problem, ANSWERED):
            return None
        status, sentence = next((status, text) for kind, status, text in ANSWERS if isinstance(problem, kind))
        text = _(sentence or str(problem))
        if fragments.wanted(request):
            item = {"text": text, "level": "danger", "undo_url": "", "undo_token": ""}
            return render(request, "_toast.html", {"notice": item}, status=status)
        return render(request, "errors/problem.html", {"status": status, "text": text}, status=status)

"""What makes the pages an app: the service worker, the manifest, and the page for when there is no connection.

What the worker keeps on a device, and for how long, is said at the top of static/js/worker.js and keeping.js: letters
are kept only for the account that is signed in, for fourteen days without a connection, until it signs out.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

FILES = (  # what reading and writing without a connection needs
    "css/app.css", "css/errors.css", "js/main.js", "js/outbox.js", "js/keeping.js", "img/icons.svg", "img/bottle.svg",
    "vendor/figtree/figtree-latin.woff2",
)  # fmt: skip
PUSH = "js/push_worker.js"
# A worker writes no HTML, so Trusted Types has nothing to watch, and would refuse importScripts.
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("mask-512.png", "512x512", "maskable"),
)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script, with the names that files have today written before it."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=1)
def _script() -> str:
    names = {
        "urls": [static(name) for name in FILES],
        "push": static(PUSH),
        "icon": static("img/icon-192.png"),
    }
    source = Path(str(finders.find("js/worker.js"))).read_text()
    version = sha256((json.dumps(names) + source).encode()).hexdigest()[:12]
    return f"const FILES = {json.dumps(names | {'version': version})};\n{source}"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """How a device shows the app, in the reader's language."""
    icons = [
        {"src": static(f"img/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in ICONS
    ]
    told = {
        "id": "/",
        "name": settings.MAIL_PRODUCT_NAME,
        "short_name": settings.MAIL_PRODUCT_NAME,
        "description": _("Mail, calendar invitations and contacts"),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#e7eeed",
        "theme_color": "#0a5f6b",
        "icons": icons,
        "shortcuts": [
            {"name": _("New message"), "url": reverse("compose:new")},
            {"name": _("Unread"), "url": f"{reverse('search')}?q=is:unread"},
        ],
        "protocol_handlers": [{"protocol": "mailto", "url": f"{reverse('compose:new')}?mailto=%s"}],
    }
    response = JsonResponse(told, content_type="application/manifest+json")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Nothing private: the worker keeps it from its first day on."""
    return render(request, "errors/offline.html")


urlpatterns = [
    path("worker.js", worker, name="worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("offline/", offline, name="offline"),
]

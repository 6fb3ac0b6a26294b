"""How pages look: kept with the account, and in cookies, so that the very first line of HTML is right."""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from mailcore.identity import preferences
from mailcore.identity.preferences import Preferences
from mailcore.models import Account

# Cookie and data-… attribute of <html> → what it may be, the default first.
CHOICES: dict[str, tuple[str, ...]] = {
    "theme": preferences.THEMES,
    "density": preferences.DENSITIES,
    "pane": preferences.PANES,
    "rail": preferences.RAILS,
    "endless": ("on", "off"),
    "accent": preferences.ACCENTS,
    "font_size": preferences.FONT_SIZES,
}
SPLITS = frozenset(str(percent) for percent in range(20, 72, 2))
_YEAR = 365 * 86_400

Response = TypeVar("Response", bound=HttpResponseBase)


def of(request: HttpRequest) -> dict[str, str]:
    """What the browser remembers; the default for what it does not, or what makes no sense."""
    found = {}
    for name, choices in CHOICES.items():
        value = request.COOKIES.get(name, "")
        found[name] = value if value in choices else choices[0]
    split = request.COOKIES.get(
        f"split-{found['pane']}", ""
    )  # where js/divider.js left the divider, in percent
    found["split"] = split if split in SPLITS else ""
    return found


def remember(request: HttpRequest, response: Response, chosen: Preferences) -> Response:
    """Let this browser know how its reader wants it, where it does not know or guess that."""
    known = of(request)
    for name in CHOICES:
        value = _written(getattr(chosen, name))
        if value != known[name]:
            put(response, name, value)
    return response


def put(response: HttpResponseBase, name: str, value: str) -> None:
    """One of them, in this browser."""
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def choose(response: HttpResponseBase, account: Account, name: str, value: str) -> None:
    """One of them, in this browser and with the account."""
    put(response, name, value)
    is_switch = isinstance(preferences.FIELDS[name].default, bool)
    preferences.change(account, **{name: value == "on" if is_switch else value})


def _written(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)

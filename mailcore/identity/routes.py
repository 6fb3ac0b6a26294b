"""Next hops that are not the MX: a smart host for everything, a gateway for one domain."""

from __future__ import annotations

from django.db import transaction

from mailcore.identity import addresses, vault
from mailcore.models import Route
from mailcore.store import writing

EVERYTHING = "*"
PURPOSE = "relay password"


def save(route: Route, *, password: str | None = None) -> Route:
    """Write a route down; `password` is sealed, '' takes it away, None leaves it."""
    route.domain = route.domain.strip()
    if route.domain != EVERYTHING:
        route.domain = addresses.canonical_domain(route.domain)
    if password is not None:
        route.secret = vault.seal(password, PURPOSE) if password else ""
    with writing.exclusive(), transaction.atomic():
        route.save()
    return route


def password(route: Route) -> str:
    """What to log in with at the next hop; '' if there is no need."""
    return vault.unseal(route.secret, PURPOSE) if route.secret else ""


def remove(route: Route) -> None:
    """Mail takes its usual way again."""
    with writing.exclusive():
        route.delete()


def is_gateway_for(domain: str) -> bool:
    """Whether mail for `domain` is accepted from anyone, to be passed on."""
    return Route.objects.filter(domain=domain, is_gateway=True, is_active=True).exists()

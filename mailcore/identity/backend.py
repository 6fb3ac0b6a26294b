"""Django's door to `credentials.check`: the login page and the admin ask through it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from mailcore.identity import credentials
from mailcore.identity.errors import LoginRefused
from mailcore.models import Account


class AddressBackend(ModelBackend):
    """Signs in by address. Whoever wants to tell "wrong" from "too many tries" calls `credentials.check` itself."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Account | None:
        address = username if username is not None else kwargs.get("address")
        if not address or password is None:
            return None
        peer = request.META.get("REMOTE_ADDR", "") if request is not None else ""
        try:
            return credentials.check(str(address), password, protocol="web", peer=peer)
        except LoginRefused:
            return None

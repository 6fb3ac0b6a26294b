"""Which pictures a letter may show, and from where: its own parts always, the world's only when the reader says so."""

from __future__ import annotations

from django.urls import reverse

from mailcore.identity import preferences
from mailcore.message.part import Part
from mailcore.models import Account, Message
from webmail.rendering.sanitize import is_remote
from webmail.views.images import proxied


class Pictures:
    """Translates the addresses in one letter."""

    def __init__(self, message: Message, inline: dict[str, Part], with_remote: bool) -> None:
        self._message = message
        self._inline = inline
        self._with_remote = with_remote

    def address(self, address: str) -> str | None:
        """Our own address for a picture, or None."""
        if address[:4].lower() == "cid:":
            part = self._inline.get(address[4:].strip("<>"))
            if part is None:
                return None
            url = reverse("message:attachment", args=[self._message.id, part.number])
            return f"{url}?inline=1"
        if self._with_remote and is_remote(address):
            return (
                proxied(self._message.account_id, f"https:{address}" if address[:2] == "//" else address)
                or None
            )
        return None


def may_load(account: Account, address: str) -> bool:
    """Whether the reader has said that pictures of this sender are always welcome."""
    return preferences.trusts_images(account, address)

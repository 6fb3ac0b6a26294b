"""The notice above a letter whose sender wants to know that it was read."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from mailcore.drafts import receipts
from mailcore.identity import preferences
from webmail import reader
from webmail.rendering.letter import Shown

register = template.Library()


@register.inclusion_tag("compose/_receipt.html", takes_context=True)
def read_receipt(context: dict[str, Any], message: Shown) -> dict[str, Any]:
    """Nothing, for almost every letter."""
    request: HttpRequest = context["request"]
    account = reader.account(request)
    chosen = preferences.of(reader.of(request)).receipts
    if chosen == "never" or message.is_draft or reader.is_delegate(request):
        return {"wish": None}
    wish = receipts.wanted(account.pk, message.row, message.header)
    if wish is None or (message.row.sender and account.address in message.row.sender.lower()):
        return {"wish": None}
    return {
        "wish": wish,
        "message": message,
        "is_asked": chosen != "always" or not wish.is_plain,
        "csrf_token": context.get("csrf_token"),
        "request": request,
    }

"""The switch between one's own mailbox and those that were given to one."""

from __future__ import annotations

from typing import Any

from django import template

from mailcore.identity import delegations
from webmail import reader, whose

register = template.Library()


@register.inclusion_tag("_shared.html", takes_context=True)
def shared_mailboxes(context: dict[str, Any]) -> dict[str, Any]:
    """Every account the person may open; nothing to see for who has only one."""
    request = context["request"]
    person = reader.of(request)
    given = delegations.open_to(person)
    own = [(person.address, whose.own_url(), not reader.is_delegate(request))] if given else []
    current = reader.account_id(request)
    return {
        "mailboxes": [
            *own,
            *((item.owner.address, whose.url_of(item.owner), item.owner_id == current) for item in given),
        ]
    }

"""The switch between one's own mailbox and those that were given to one."""

from __future__ import annotations

from typing import Any

from django import template

from webmail import reader, unified, whose

register = template.Library()


@register.inclusion_tag("_shared.html", takes_context=True)
def shared_mailboxes(context: dict[str, Any]) -> dict[str, Any]:
    """Every account the person may open; nothing to see for who has only one."""
    request = context["request"]
    person = reader.of(request)
    given = whose.given(request)
    own = [(person.address, whose.own_url(), not reader.is_delegate(request))] if given else []
    current = reader.account_id(request)
    return {
        "mailboxes": [
            *own,
            *((item.owner.address, whose.url_of(item.owner), item.owner_id == current) for item in given),
        ]
    }


@register.simple_tag(takes_context=True)
def all_inboxes(context: dict[str, Any]) -> dict[str, Any] | None:
    """The line of the rail that leads to all inboxes, with what waits unread; for who has more than one."""
    request = context.get("request")
    if request is None or not whose.given(request):
        return None
    return {"url": f"{whose.own_url()}all/", "unseen": unified.unseen(request)}

"""Offers of moments, for templates."""

from __future__ import annotations

from datetime import timedelta

from django import template

from mailcore.later import follow_up
from webmail.forms import later as form
from webmail.rendering import later
from webmail.rendering.later import Offer

register = template.Library()


@register.simple_tag
def snooze_presets() -> list[Offer]:
    """Until when a conversation may sleep."""
    return later.snooze_offers()


@register.simple_tag
def send_presets() -> list[Offer]:
    """When a letter may leave."""
    return later.send_offers()


@register.simple_tag
def follow_up_days() -> tuple[int, ...]:
    """For how long one may wait for an answer."""
    return follow_up.DAYS


@register.simple_tag
def today() -> str:
    """The first day that can be chosen, as <input type=date> writes it."""
    return form.now().date().isoformat()


@register.simple_tag
def tomorrow() -> str:
    """The first whole day ahead."""
    return (form.now().date() + timedelta(days=1)).isoformat()


@register.filter
def ahead(seconds: int) -> str:
    """A moment to come."""
    return later.ahead(seconds)

"""The index beside every settings page."""

from __future__ import annotations

from typing import Any

from django import template

from webmail import preferences_index

register = template.Library()


@register.inclusion_tag("preferences/_index.html", takes_context=True)
def settings_index(context: dict[str, Any]) -> dict[str, Any]:
    """Every page of the settings, the one that is open marked."""
    return {"parts": preferences_index.parts(), "here": context["request"].path}

"""What the rail shows of saved searches, with the unread as last counted."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from mailcore.models import SavedSearch
from mailcore.search import keeping
from webmail import reader, saved_counts

register = template.Library()


@register.simple_tag(takes_context=True)
def saved_searches(context: dict[str, Any]) -> list[tuple[SavedSearch, str]]:
    """(search, what stands beside it, as far as that is known); the rest comes by itself (static/js/search.js)."""
    request: HttpRequest = context["request"]
    return [(row, saved_counts.known(request, row)) for row in keeping.saved(reader.account_id(request))]

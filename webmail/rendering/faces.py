"""A person's face in a page: a photo, or initials on one of eight tones."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from webmail.rendering.people import Person


@lru_cache(maxsize=4096)
def drawn(person: Person, photo: str = "", modifier: str = "") -> SafeString:
    """The photo of somebody who is in the address book with one; else initials on a tone that the address chooses."""
    size = f" avatar--{modifier}" if modifier else ""
    if photo:
        return format_html(
            '<img class="avatar{}" src="{}" alt="" width="40" height="40" loading="lazy" decoding="async"'
            ' data-card="{}">',
            size,
            photo,
            person.address,
        )
    return format_html(
        '<span class="avatar avatar--{}{}" data-initials="{}" data-card="{}" aria-hidden="true"></span>',
        person.tone,
        size,
        person.initials,
        person.address,
    )

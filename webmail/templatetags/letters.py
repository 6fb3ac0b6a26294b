"""What a template asks of one letter beyond its text."""

from __future__ import annotations

from django import template

from webmail.rendering import enclosed, notes
from webmail.rendering.enclosed import Enclosed
from webmail.rendering.letter import Shown
from webmail.rendering.notes import Note

register = template.Library()


@register.simple_tag
def letter_notes(shown: Shown) -> list[Note]:
    """Signed, locked, in pieces, elsewhere, damaged."""
    return notes.notes(shown)


@register.simple_tag
def letters_within(shown: Shown) -> list[Enclosed]:
    """The messages that were sent along."""
    return enclosed.listed(shown)

"""What a template asks of one letter beyond its text."""

from __future__ import annotations

from django import template

from mailcore.journey import follow
from mailcore.message import unsubscribe
from mailcore.message.unsubscribe import Leaving
from webmail.rendering import cards, details, enclosed, invitations, journeys, notes
from webmail.rendering.cards import Shelf
from webmail.rendering.enclosed import Enclosed
from webmail.rendering.letter import Shown
from webmail.rendering.notes import Note

register = template.Library()


@register.simple_tag
def letter_notes(shown: Shown) -> list[Note]:
    """Signed, locked, in pieces, elsewhere, damaged."""
    return notes.notes(shown)


@register.simple_tag
def letter_details(shown: Shown) -> list[tuple[str, str]]:
    """The lines behind the arrow: header and trace."""
    return details.lines(shown)


@register.simple_tag
def letter_cards(shown: Shown) -> list[Shelf]:
    """Visiting cards among the attachments."""
    return cards.shelves(shown)


@register.simple_tag
def letter_invitations(shown: Shown) -> list[invitations.Card]:
    """Events that the message invites to, or tells about."""
    return invitations.cards(shown)


@register.simple_tag
def delivery_line(shown: Shown) -> tuple[str, str]:
    """(tone, words): how it stands with what the account sent; ("calm", "") where there is nothing to tell."""
    if not shown.is_own or shown.is_draft or shown.is_enclosed:
        return journeys.CALM, ""
    row = shown.row
    return journeys.line(follow.delivery(row.account_id, [row]).get(row.id, []))


@register.simple_tag
def leaving(shown: Shown) -> Leaving | None:
    """How to leave the list that this came from."""
    return unsubscribe.read(shown.header) if shown.row.is_list and not shown.is_enclosed else None


@register.simple_tag
def letters_within(shown: Shown) -> list[Enclosed]:
    """The messages that were sent along."""
    return enclosed.listed(shown)

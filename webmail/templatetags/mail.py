"""Names, dates, sizes, icons and the rail, for templates."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Engine, RequestContext
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, override
from django.utils.translation import gettext as _

from mailcore.identity import preferences
from webmail import fragments, rail, reader, shortcuts, words
from webmail.rendering import faces, portraits, when
from webmail.rendering.people import Person

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, modifier: str = "") -> SafeString:
    """A picture of the sprite; says nothing to a screen reader, so give its button a label."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" icon--{modifier}" if modifier else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def avatar(context: dict[str, Any], person: Person, modifier: str = "") -> SafeString:
    """The photo of somebody who is in the address book with one; else initials on a tone that the address chooses."""
    photo = portraits.of(context["request"]).get(person.address.lower(), "")
    return faces.drawn(person, photo, modifier)


@register.simple_tag(takes_context=True, name="rail")
def rail_tag(context: dict[str, Any]) -> rail.Rail | None:
    """The folders of whoever is signed in."""
    request: HttpRequest = context["request"]
    if not request.user.is_authenticated:
        return None
    return rail.of(request)


@register.simple_tag(name="words")
def words_table() -> SafeString:
    """What scripts say, in the language of the page; a data block, which the policy lets stand."""
    return format_html(
        '<script type="application/json" id="words">{}</script>',
        mark_safe(words.table(get_language() or settings.LANGUAGE_CODE)),  # noqa: S308  our JSON, "<" escaped
    )


@register.simple_tag(takes_context=True)
def keys_table(context: dict[str, Any], name: str = "keys") -> SafeString:
    """The reader's shortcuts, for static/js/shortcuts.js; Gmail's are in static/js/keys.js already."""
    request: HttpRequest = context["request"]
    if not request.user.is_authenticated:
        return SafeString("")
    chosen = preferences.of(reader.of(request))
    if name == "keys" and chosen.shortcuts == "gmail" and not chosen.keys:
        return SafeString("")
    table = shortcuts.keys(chosen)
    return format_html(
        '<script type="application/json" id="{}">{}</script>',
        name,
        mark_safe(table),  # noqa: S308
    )


@register.simple_tag
def row_words() -> dict[str, str]:
    """What every row of a list says, looked up once for each language."""
    return _row_words(get_language() or "")


@lru_cache(maxsize=64)
def _row_words(language: str) -> dict[str, str]:
    with override(language):
        return {
            "attached": _("Has attachments"),
            "draft": _("Draft"),
            "important": _("Important"),
            "messages": _("Messages"),
            "select": _("Select"),
            "star": _("Star"),
            "unread": _("Unread:"),
        }


@register.simple_tag(takes_context=True)
def optional(context: RequestContext, name: str) -> SafeString:
    """What another room adds to this place, if it has a template of that name."""
    try:
        found = Engine.get_default().get_template(name)
    except template.TemplateDoesNotExist:
        return SafeString("")
    return found.render(context)


@register.simple_tag(takes_context=True)
def notices(context: dict[str, Any]) -> list[dict[str, str]]:
    """What the last request had to tell; told once."""
    request: HttpRequest = context["request"]
    if fragments.NOTICES not in getattr(request, "session", {}):
        return []
    found: list[dict[str, str]] = request.session.pop(fragments.NOTICES)
    return found


@register.filter
def filesize_short(size: int) -> str:
    """314 B, 12 KB, 3.4 MB, 1.2 GB; the reader's own comma and units."""
    value, units = float(size), [_("B"), _("KB"), _("MB"), _("GB")]
    while value >= 1000 and len(units) > 1:  # four digits would be wider than the next unit
        value /= 1024
        del units[0]
    digits = 0 if value >= 10 or len(units) == 4 else 1
    text = f"{number_format(round(value, digits), digits)} {units[0]}"
    # FIRST STRONG ISOLATE: two sizes in a line from right to left must not change places.
    return f"\u2068{text}\u2069" if get_language_bidi() else text


register.filter("when", when.short)
register.filter("when_full", when.full)

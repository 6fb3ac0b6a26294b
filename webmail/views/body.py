"""An HTML letter as a document of its own, behind a policy of its own.

Sandboxed twice, by the frame's attribute and by the header (which also holds in a tab of its own): no scripts, no
forms, no navigation of our page. It may share our origin, so that the page can measure it: without scripts there
is nobody in it who could make use of that. Nothing loads but pictures from our own address.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webmail.rendering import colours, enclosed, letter, quotes, sanitize
from webmail.views import message

POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src 'self' data:",  # data: only as sanitize lets it through, raster images of a size
        "style-src 'unsafe-inline'",
        "font-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    ]
)


@login_required
@require_safe
def show(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """One HTML part, sanitised; 404 for everything else."""
    shown = enclosed.holding(message.shown(request, message_id), number)
    part = next((item for item in shown.reading.bodies if item.number == number), None)
    if part is None or part.type != "text/html":
        raise Http404
    found = letter.clean_html(shown, part, shown.loads_images)
    if found is None:
        raise Http404
    context = {
        # Both come from the sanitiser, which lets nothing through that could run, load or leave the frame.
        "markup": mark_safe(quotes.fold(found.markup, _("Show quoted text"))),  # noqa: S308
        "style": mark_safe(found.style),  # noqa: S308
        "is_plain": not found.has_colours,
        "turns": found.turns,
        "ink": colours.darkened(colours.INK),
        "link": colours.darkened(colours.LINK),
        "ground": colours.darkened(colours.WHITE),
    }
    context |= _paper(request, found)
    response = render(request, "conversation/body.html", context)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _paper(request: HttpRequest, found: sanitize.Clean) -> dict[str, Any]:
    """White or dark: as the link said, else as the theme is, if the letter stays legible on dark paper.

    What the sender wrote for dark pages and for light ones follows the paper, not the reader's system.
    """
    paper = request.GET.get("paper", "")
    if paper not in ("light", "dark"):
        paper = "auto"
    theme = request.COOKIES.get("theme", "auto") if paper == "auto" else paper
    if paper == "auto" and not found.turns:
        theme = "light"
    media = {"dark": ("all", "not all"), "light": ("not all", "all")}.get(
        theme, ("(prefers-color-scheme:dark)", "(prefers-color-scheme:light)")
    )
    return {
        "paper": paper,
        "dark_media": media[0],
        "light_media": media[1],
        # From the sanitiser, like the sheet that always holds.
        "dark_style": mark_safe(found.dark_style),  # noqa: S308
        "light_style": mark_safe(found.light_style),  # noqa: S308
    }

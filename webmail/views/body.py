"""An HTML letter as a document of its own, behind a policy of its own.

Sandboxed twice, by the frame's attribute and by the header (which also holds in a tab of its own): no scripts, no
forms, no navigation of our page. It may share our origin, so that the page can measure it: without scripts there
is nobody in it who could make use of that. Nothing loads but pictures from our own address.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webmail.rendering import letter, quotes
from webmail.rendering.remote_images import may_load
from webmail.views import message

POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src 'self'",
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
    shown = message.shown(request, message_id)
    part = next((item for item in shown.reading.bodies if item.number == number), None)
    if part is None or part.type != "text/html":
        raise Http404
    with_images = request.GET.get("images") == "1" or may_load(shown.account, shown.sender.address)
    found = letter.clean_html(shown, part, with_images)
    if found is None:
        raise Http404
    context = {
        # Both come from the sanitiser, which lets nothing through that could run, load or leave the frame.
        "markup": mark_safe(quotes.fold(found.markup, _("Show quoted text"))),  # noqa: S308
        "style": mark_safe(found.style),  # noqa: S308
        "is_plain": not found.has_colours,
    }
    response = render(request, "conversation/body.html", context)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response

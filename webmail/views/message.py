"""One message: by itself, as it was sent, and on paper."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from mailcore.inbound import joining
from mailcore.journey import follow
from mailcore.models import Entry, Message
from webmail import fragments, rail, reader, streaming
from webmail.rendering import files, journeys, letter
from webmail.rendering.letter import Shown
from webmail.rendering.people import clean

MOST_SHOWN = 512 * 1024


@login_required
@require_safe
def show(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message, opened: a fragment for scripts, otherwise within its conversation."""
    message = shown(request, message_id)
    if fragments.wanted(request):
        return render(request, "conversation/_message.html", {"message": message})
    context = {"message": message, "subject": clean(message.row.subject), "no_subject": rail.no_name()}
    context["back_url"] = reverse("conversation:show", args=[message.row.conversation_id])
    return render(request, "conversation/alone.html", context)


@login_required
@require_safe
def original(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """The octets that arrived: as a page to read, or as a file to keep."""
    message = shown(request, message_id)
    row = message.row
    raw = letter.raw(row)
    if request.GET.get("download") == "1":
        name = (clean(row.subject) or "message")[:80].replace("/", "_") + ".eml"
        response = streaming.answer(request, raw.chunks(), "message/rfc822")
        response.headers["Content-Disposition"] = files.disposition("attachment", name)
        response.headers["Content-Length"] = str(raw.size)
        return response
    text = raw.slice(0, MOST_SHOWN).decode("utf-8", "replace")
    context: dict[str, Any] = {
        "message": row,
        "text": text.replace("\r\n", "\n"),
        "is_cut": raw.size > MOST_SHOWN,
    }
    context |= {"subject": clean(row.subject), "no_subject": rail.no_name(), "lines": message.trace}
    context["back_url"] = reverse("conversation:show", args=[row.conversation_id])
    return render(request, "conversation/original.html", context)


@login_required
@require_safe
def printed(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message alone on a page, which asks to be printed."""
    message = shown(request, message_id)
    context = {"message": message, "subject": clean(message.row.subject), "no_subject": rail.no_name()}
    return render(request, "conversation/print.html", context)


@login_required
@require_safe
def journey(request: HttpRequest, message_id: int) -> HttpResponse:
    """Where the message has been, as a drawing and as a list: for "where is my mail?" too."""
    row = shown(request, message_id).row
    context = {
        "message": row,
        "drawn": journeys.drawn(follow.journey(row.account_id, row)),
        "subject": clean(row.subject),
        "no_subject": rail.no_name(),
        "back_url": reverse("conversation:show", args=[row.conversation_id]),
    }
    return render(request, "conversation/journey.html", context)


@login_required
@require_POST
def join(request: HttpRequest, message_id: int) -> HttpResponse:
    """Put a message together from its pieces; it comes to stand beside them. RFC 2046 §5.2.2."""
    row = the_message(request, message_id)
    found = joining.join(row.account_id, row)
    if found is None:
        raise Http404
    return fragments.redirect(reverse("message:show", args=[found]))


def shown(request: HttpRequest, message_id: int) -> Shown:
    """The reader's own message of that id with its state, or 404."""
    row = the_message(request, message_id)
    entries = Entry.objects.filter(account_id=row.account_id, message_id=row.id, expunged=False)
    flags = list(entries.values_list("flags", flat=True))
    if not flags:
        raise Http404
    message = Shown(row, flags[0], reader.account(request), is_open=True)
    message.with_images = request.GET.get("images") == "1"
    message.as_plain = request.GET.get("plain") == "1"
    return message


def the_message(request: HttpRequest, message_id: int) -> Message:
    """The reader's own message of that id, or 404."""
    rows = Message.objects.filter(account_id=reader.account_id(request)).defer("envelope", "body_structure")
    return get_object_or_404(rows, id=message_id)

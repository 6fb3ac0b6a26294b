"""Attachments: saved by default; shown only where they can do no harm, as what their bytes say they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from mailcore.message import bodies
from mailcore.message import part as parts
from mailcore.message.part import Part
from webmail import streaming
from webmail.rendering import files, letter, pictures
from webmail.views import message

POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
MAX_NUMBER = 400


@login_required
@require_safe
def show(request: HttpRequest, message_id: int, number: str) -> HttpResponseBase:
    """A part of a message. `inline`: a picture within a letter; `open`: in a tab of its own; else a download."""
    row = message.the_message(request, message_id)
    part = parts.load(row.parts).section(number) if len(number) <= MAX_NUMBER else None
    if part is None or part.is_multipart:
        raise Http404
    raw = letter.raw(row)
    chunks = _content(part, raw.part)
    first = next(chunks, b"")
    kind = _kind(part, first)
    inline = request.GET.get("inline") == "1"
    if inline and kind not in files.PICTURES:
        raise Http404
    opened = inline or (request.GET.get("open") == "1" and kind in files.OPENED)
    content_type = kind if opened else "application/octet-stream"
    if content_type == "text/plain":
        content_type = (
            f"text/plain; charset={part.charset if part.charset.isascii() and part.charset else 'utf-8'}"
        )
    response = streaming.answer(request, chain([first], chunks), content_type)
    name = files.safe_name(part)
    response.headers["Content-Disposition"] = files.disposition("inline" if opened else "attachment", name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A part never changes, and its address is its owner's alone.
    response.headers["Cache-Control"] = "private, max-age=86400" if inline else "private, no-store"
    return response


def _content(part: Part, fetch: bodies.Fetch) -> Iterator[bytes]:
    if part.is_message:  # the message itself, as it is
        return (fetch(at, min(1 << 18, part.end - at)) for at in range(part.body_start, part.end, 1 << 18))
    return iter(bodies.decoded_chunks(part, fetch))


def _kind(part: Part, first: bytes) -> str:
    """The type to announce: pictures by their bytes, other harmless types by their word, everything else unknown."""
    picture = pictures.kind(first[: pictures.LONGEST])
    if picture:
        return picture
    return part.type if part.type in files.OPENED - files.PICTURES else "application/octet-stream"

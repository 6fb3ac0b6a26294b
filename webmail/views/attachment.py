"""Attachments: saved by default; shown only where they can do no harm, as what their bytes say they are.

Pictures, sounds and films are announced as one type of a short list, behind a policy that sandboxes them when they are
opened by themselves. A PDF is left to the browser's own viewer, which keeps it apart from our origin: it needs no
megabyte of scripts of ours, its maker mends it, and one of our own would parse a stranger's file among the reader's
mail. The viewer refuses to run in a sandbox, so a PDF alone goes without, once its first bytes say that it is one.
Texts are shown by a page of ours as text (webmail/rendering/text_file.py), and web pages are never anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mailcore.message import attachments, bodies
from mailcore.message import part as parts
from mailcore.message.part import Part
from mailcore.models import Message
from mailcore.store import mime_types
from mailcore.store.raw import Raw
from webmail import rail, ranges, streaming
from webmail.rendering import archive, enclosed, files, letter, pictures, sound, text_file, when
from webmail.rendering.people import clean
from webmail.views import message

POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
PDF_POLICY = (
    "default-src 'none'; object-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAX_NUMBER = 400
PDF_MARK_WITHIN = 1024  # where readers look for %PDF-


@login_required
@require_safe
def show(request: HttpRequest, message_id: int, number: str) -> HttpResponseBase:
    """A part of a message. `inline`: a picture within a letter; `open`: to be looked at; else a download."""
    row = message.the_message(request, message_id)
    part = _part(row, number)
    raw = letter.raw(row)
    types = mime_types.table()
    name = attachments.name(part, types)
    inline = request.GET.get("inline") == "1"
    chunks = _content(part, raw)
    first = next(chunks, b"")
    kind = _kind(types.refined(part.type, name), first)
    if inline and kind not in files.PICTURES:
        raise Http404
    opened = kind if inline or request.GET.get("open") == "1" else ""
    everything = chain([first], chunks)
    if part.type == "audio/basic" and opened:
        response: HttpResponseBase = streaming.answer(request, sound.wav(everything), opened)
    else:
        response = _ranged(request, raw, part, everything, opened or "application/octet-stream")
    response.headers["Content-Disposition"] = files.disposition("inline" if opened else "attachment", name)
    response.headers["Content-Security-Policy"] = PDF_POLICY if opened == "application/pdf" else POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A part never changes, and its address is its owner's alone.
    response.headers["Cache-Control"] = "private, max-age=86400" if opened else "private, no-store"
    return response


@login_required
@require_safe
def text(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """The beginning of a text file, on a page of ours: as text, whatever stands in it."""
    row = message.the_message(request, message_id)
    part = _part(row, number)
    types = mime_types.table()
    item = files.file(row.id, part, types)
    if item.view != "text":
        raise Http404
    found = text_file.read(part, types.refined(part.type, item.name), letter.raw(row).part)
    context = {"file": item, "found": found, "back_url": reverse("message:show", args=[row.id])}
    return render(request, "conversation/text.html", context)


@login_required
@require_safe
def letter_within(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """A message that was sent along, opened as one: with its own head, bodies and files. RFC 2046 §5.2.1."""
    shown = message.shown(request, message_id)
    part = _part(shown.row, number)
    if not part.is_message:
        raise Http404
    inner = enclosed.opened(shown, part)
    context = {
        "message": inner,
        "holder": shown,
        "number": number,
        "subject": clean(inner.row.subject),
        "no_subject": rail.no_name(),
        "back_url": reverse("message:show", args=[shown.row.id]),
    }
    return render(request, "conversation/enclosed.html", context)


@login_required
@require_safe
def everything(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """All attachments in one .zip."""
    shown = message.shown(request, message_id)
    chosen = [part for part in shown.attached if not part.is_multipart]
    if not chosen:
        raise Http404
    raw = letter.raw(shown.row)
    types = mime_types.table()
    names = attachments.unique_names(attachments.name(part, types) for part in chosen)
    content = ((name, _content(part, raw)) for name, part in zip(names, chosen, strict=True))
    at = when.moment(shown.row.internaldate)
    response = streaming.answer(request, archive.zipped(content, at), "application/zip")
    name = attachments.safe_name(clean(shown.row.subject)[:80]) or f"message-{shown.row.id}"
    response.headers["Content-Disposition"] = files.disposition("attachment", f"{name}.zip")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _part(row: Message, number: str) -> Part:
    """The part of that number, or 404."""
    part = parts.load(row.parts).section(number) if len(number) <= MAX_NUMBER else None
    if part is None or part.is_multipart:
        raise Http404
    return part


def _content(part: Part, raw: Raw) -> Iterator[bytes]:
    if part.is_message:  # the message itself, as it is
        window = 1 << 18
        return (raw.part(at, min(window, part.end - at)) for at in range(part.body_start, part.end, window))
    return iter(bodies.decoded_chunks(part, raw.part))


def _ranged(
    request: HttpRequest, raw: Raw, part: Part, chunks: Iterator[bytes], content_type: str
) -> HttpResponseBase:
    """All of it, or the range that a player asks for."""
    asked = request.headers.get("Range", "")
    if not asked:
        response = streaming.answer(request, chunks, content_type)
        response.headers["Accept-Ranges"] = "bytes"
        return response
    size = _length(raw.digest, part.body_start, part.end, part.encoding)
    try:
        found = ranges.asked(asked, size)
    except ranges.NotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, stop = found or (0, size)
    response = streaming.answer(request, ranges.cut(chunks, start, stop), content_type)
    response.headers["Content-Length"] = str(stop - start)
    if found:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


@lru_cache(maxsize=1024)
def _length(digest: bytes, start: int, end: int, encoding: str) -> int:
    """How many octets a part has once decoded. It never changes, and a player asks again and again."""
    part = Part("", encoding=encoding, body_start=start, end=end)
    return sum(map(len, _content(part, Raw(b"", digest, 0))))


def _kind(kind: str, first: bytes) -> str:
    """The type to announce: pictures and PDFs by their bytes, sounds and films by a word of our list."""
    picture = pictures.kind(first[: pictures.LONGEST])
    if picture:
        return picture
    if kind == "application/pdf":
        return kind if b"%PDF-" in first[:PDF_MARK_WITHIN] else ""
    return files.AUDIO.get(kind) or files.VIDEO.get(kind, "")

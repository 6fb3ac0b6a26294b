"""Writing: a page that works by itself, and the same form as a fragment in a panel of the mailbox."""

from __future__ import annotations

import mimetypes
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mailcore.drafts import begin, build, mirror, rows, send
from mailcore.drafts.errors import AddressesWrong, ChangedElsewhere, NobodyToSendTo
from mailcore.identity import addresses as directory
from mailcore.message import html_text
from mailcore.models import Account, Draft, DraftFile, Message
from mailcore.store import blobs, contacts, quota
from mailcore.store.errors import MailError, MessageTooBig, NotFound, QuotaExceeded
from webmail import fragments, rail, reader, streaming
from webmail.forms.compose import LetterForm, promises_a_file
from webmail.rendering import outgoing

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
QUOTE_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; sandbox allow-same-origin;"
    " frame-ancestors 'self'"
)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_STATUS: list[tuple[type[MailError], int]] = [
    (ChangedElsewhere, 409),
    (NotFound, 404),
    (MessageTooBig, 413),
    (MailError, 400),
]


# --- beginning --------------------------------------------------------------------------------------


@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """An empty letter; `?to=`, `?subject=`, `?body=` or a whole `?mailto=` fill it (RFC 6068)."""
    wanted = {name: request.GET.get(name, "") for name in ("to", "cc", "bcc", "subject", "body")}
    if mailto := request.GET.get("mailto"):
        wanted |= _mailto(mailto)
    text = wanted.pop("body")
    return _letter(request, begin.new(reader.account(request), text=text, **wanted))


@login_required
@require_GET
def reply(request: HttpRequest, message_id: int) -> HttpResponse:
    """An answer; `?all=1` to everyone."""
    to_all = request.GET.get("all", "") not in ("", "0")
    message = _message(request, message_id)
    return _letter(
        request, begin.reply_to(reader.account(request), message, to_all=to_all, clean=outgoing.quoted)
    )


@login_required
@require_GET
def forward(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message for somebody else."""
    return _letter(
        request, begin.forward(reader.account(request), _message(request, message_id), clean=outgoing.quoted)
    )


@login_required
@require_GET
def draft(request: HttpRequest, message_id: int) -> HttpResponse:
    """Go on with a message in Drafts."""
    found = begin.resume(reader.account(request), _message(request, message_id), clean=outgoing.quoted)
    return _letter(request, found)


def _message(request: HttpRequest, message_id: int) -> Message:
    message = Message.objects.filter(account_id=reader.account_id(request), id=message_id).first()
    if message is None:
        raise NotFound(_("This message is not here any more"))
    return message


def _mailto(address: str) -> dict[str, str]:
    """RFC 6068 §2: addresses, then fields; only those a writer fills in count."""
    parts = urlsplit(address)
    if parts.scheme.lower() != "mailto":
        return {}
    fields = {name.lower(): values[-1] for name, values in parse_qs(parts.query.replace("+", "%2B")).items()}
    fields["to"] = ", ".join(filter(None, [unquote(parts.path), fields.get("to", "")]))
    return {name: fields.get(name, "") for name in ("to", "cc", "bcc", "subject", "body")}


# --- the letter -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The letter, and everything its buttons do: one form, so that it works without scripts."""
    account = reader.account(request)
    letter = send.settle(account, rows.of(account.pk, draft_id))
    if request.method == "GET":
        return _letter(request, letter)
    do = request.POST.get("do", "save")
    try:
        if do == "discard":
            rows.discard(letter)
            return _discarded(request)
        letter = _saved(request, letter)
        if do.startswith("detach:"):
            rows.detach(letter, int(do.partition(":")[2] or 0))
            letter = mirror.mirror(account, letter)
        if do in ("send", "send_anyway"):
            return _send(request, account, letter, is_sure=do == "send_anyway")
    except (MailError, ValueError) as problem:
        return _refused(request, letter, problem)
    if fragments.wanted(request):
        return JsonResponse({"id": letter.id, "revision": letter.revision})
    fragments.notice(request, _("Saved in Drafts."), "success")
    return fragments.redirect(reverse("compose:edit", args=[letter.id]))


def _saved(request: HttpRequest, letter: Draft) -> Draft:
    form = LetterForm(request.POST)
    if not form.is_valid():
        raise MessageTooBig(
            " ".join(str(problem) for problems in form.errors.values() for problem in problems)
        )
    typed = dict(form.cleaned_data)
    based_on = typed.pop("based_on")
    is_forced = request.POST.get("force") == "1" or not fragments.wanted(request)
    files = rows.files(letter)
    typed["sender"] = typed["sender"] or letter.sender
    typed["html"] = outgoing.written(typed["html"], letter, files) if typed["is_rich"] else ""
    if typed["is_rich"]:
        typed["text"] = html_text.lines(typed["html"])
    before = letter.revision
    letter = rows.save(letter, based_on=None if is_forced else based_on, **typed)
    for upload in request.FILES.getlist("files"):
        _take(letter, upload)
        letter = rows.of(letter.account_id, letter.id)
    is_closing = request.POST.get("do") == "close" or not fragments.wanted(request)
    stale = letter.revision != before or letter.mirror_uid is None
    if request.POST.get("do", "").startswith("send"):
        return letter
    if (stale and letter.revision and mirror.is_light(letter)) or (is_closing and letter.revision):
        letter = mirror.mirror(reader.account(request), letter)
    return letter


def _send(request: HttpRequest, account: Account, letter: Draft, *, is_sure: bool) -> HttpResponse:
    warnings = [] if is_sure else _warnings(letter)
    if warnings:
        send.recipients(letter)  # what is wrong comes before what is doubtful
        if fragments.wanted(request):
            return JsonResponse({"warnings": warnings, "revision": letter.revision}, status=422)
        return _letter(request, letter, warnings=warnings, status=422)
    letter = send.send(account, letter)
    undo = reverse("compose:undo", args=[letter.id]) if letter.outbound_id else ""
    if fragments.wanted(request):
        context = {"undo_url": undo, "seconds": settings.MAIL_UNDO_SECONDS}
        toast = render_to_string("compose/_sent.html", context, request=request)
        return JsonResponse(
            {"toast": toast, "source": letter.source_id, "seconds": settings.MAIL_UNDO_SECONDS}
        )
    fragments.notice(request, _("Sent."), "success", undo_url=undo, undo_token=str(letter.id))
    return fragments.redirect(rail.inbox_url(request))


def _warnings(letter: Draft) -> list[str]:
    """What the writer may have overlooked."""
    found = []
    if not letter.subject.strip():
        found.append(_("There is no subject."))
    if promises_a_file(letter.text) and not rows.files(letter):
        found.append(_("You wrote of an attachment, but there is none."))
    return found


def _discarded(request: HttpRequest) -> HttpResponse:
    if fragments.wanted(request):
        return JsonResponse({"discarded": True})
    fragments.notice(request, _("Draft thrown away."))
    return fragments.redirect(rail.inbox_url(request))


def _refused(request: HttpRequest, letter: Draft, problem: Exception) -> HttpResponse:
    """The problem beside the text, which stays as it was typed."""
    status = next((status for kind, status in _STATUS if isinstance(problem, kind)), 400)
    field = "to" if isinstance(problem, AddressesWrong | NobodyToSendTo) else ""
    text = _words(problem)
    if fragments.wanted(request):
        wrong = list(problem.addresses) if isinstance(problem, AddressesWrong) else []
        told: dict[str, object] = {"problem": text, "field": field, "wrong": wrong}
        if isinstance(problem, ChangedElsewhere):
            told["conflict"] = True
        else:
            told["revision"] = rows.of(
                letter.account_id, letter.id
            ).revision  # the words were kept before it went wrong
        return JsonResponse(told, status=status)
    for name in ("to", "cc", "bcc", "subject", "text"):
        setattr(letter, name, request.POST.get(name, getattr(letter, name)))
    return _letter(request, letter, problem=text, status=status)


def _words(problem: Exception) -> str:
    if isinstance(problem, AddressesWrong):
        return _("No mail can go to: %s") % ", ".join(problem.addresses)
    if isinstance(problem, NobodyToSendTo):
        return _("Please say who should get this message.")
    if isinstance(problem, ChangedElsewhere):
        return _("This draft was changed in another window.")
    if isinstance(problem, QuotaExceeded):
        return _("Your mailbox is full. What you wrote is kept here; delete something, then try again.")
    return str(problem)


def _letter(
    request: HttpRequest,
    letter: Draft,
    *,
    problem: str = "",
    warnings: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    if letter.state != Draft.State.OPEN:
        if fragments.wanted(request):
            return JsonResponse({"problem": _("This message has been sent already.")}, status=409)
        fragments.notice(request, _("This message has been sent already."))
        return fragments.redirect(rail.inbox_url(request))
    account, files = reader.account(request), rows.files(letter)
    context = {
        "letter": letter,
        "title": _title(letter),
        "files": [file for file in files if not file.content_id],
        "html": outgoing.editable(letter.html, letter, files),
        "text": html_text.lines(letter.html) if letter.is_rich else letter.text,
        "senders": sorted(directory.names_of(account), key=lambda name: (name != account.address, name)),
        "problem": problem,
        "warnings": warnings or [],
        "limit": settings.MAIL_MAX_MESSAGE_BYTES * 3 // 4,
    }
    template = "compose/_letter.html" if fragments.wanted(request) else "compose/edit.html"
    return render(request, template, context, status=status)


def _title(letter: Draft) -> str:
    if letter.kind == Draft.Kind.REPLY:
        return _("Reply")
    return _("Forward") if letter.kind == Draft.Kind.FORWARD else _("New message")


# --- files ------------------------------------------------------------------------------------------


@login_required
@require_POST
def attach(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One file that was chosen, dropped or pasted; `inline=1` for a picture within the text."""
    account = reader.account(request)
    letter = rows.of(account.pk, draft_id)
    upload = request.FILES.get("file")
    if upload is None:
        return JsonResponse({"problem": _("No file came with that.")}, status=400)
    try:
        file = _take(letter, upload, inline=request.POST.get("inline") == "1")
        letter = mirror.mirror(account, rows.of(account.pk, letter.id))
    except MailError as problem:
        status = next(status for kind, status in _STATUS if isinstance(problem, kind))
        return JsonResponse({"problem": _words(problem)}, status=status)
    if file.content_id:
        place = reverse("compose:file", args=[letter.id, file.id])
        return JsonResponse({"src": place, "revision": letter.revision})
    item = render_to_string("compose/_file.html", {"file": file, "letter": letter}, request=request)
    return JsonResponse({"item": item, "revision": letter.revision})


def _take(letter: Draft, upload: UploadedFile[Any], *, inline: bool = False) -> DraftFile:
    """Store an upload as a blob and attach it."""
    used = sum(file.size for file in rows.files(letter))
    size = upload.size or 0
    limit = settings.MAIL_MAX_MESSAGE_BYTES * 3 // 4  # base64 adds a third
    if used + size > limit:
        raise MessageTooBig(_("Too big: all files together may have %d MB.") % (limit >> 20))
    quota.check_room(letter.account_id, size)
    name = re.sub(r"[\x00-\x1f\x7f/\\]", "_", (upload.name or "").strip())[:200] or _("file")
    with blobs.upload() as incoming:
        for chunk in upload.chunks():
            incoming.write(chunk)
        stored = incoming.finish()
    kind = _type(upload, name)
    content_id = f"{secrets.token_hex(8)}@picture" if inline and kind in _PICTURES else ""
    return rows.attach(letter, stored, name=name, type=kind, content_id=content_id)


def _type(upload: UploadedFile[Any], name: str) -> str:
    claimed = (upload.content_type or "").lower()
    kind = claimed if _TYPE.fullmatch(claimed) else mimetypes.guess_type(name)[0] or ""
    is_container = kind.startswith(("multipart/", "message/"))  # their encodings are restricted: RFC 2046 §5
    return kind if kind and not is_container else "application/octet-stream"


@login_required
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, draft_id: int, file_id: int) -> HttpResponseBase:
    """GET: the file again (pictures may be looked at). POST: take it away."""
    account = reader.account(request)
    letter = rows.of(account.pk, draft_id)
    if request.method == "POST":
        rows.detach(letter, file_id)
        letter = mirror.mirror(account, rows.of(account.pk, letter.id))
        return JsonResponse({"revision": letter.revision})
    found = rows.file_of(letter, file_id)
    is_picture = found.type in _PICTURES
    kind = found.type if is_picture else "application/octet-stream"
    response = streaming.answer(request, blobs.chunks(bytes(found.digest)), kind)
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Disposition"] = "inline" if is_picture else "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_required
@require_GET
def quote(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The original below an answer, as a document of its own: no scripts, nothing from afar."""
    letter = rows.of(reader.account_id(request), draft_id)
    shown = outgoing.editable(build.quoted_html(letter), letter, rows.files(letter))
    response = render(request, "compose/quote.html", {"shown": outgoing.local_only(shown)})
    response.headers["Content-Security-Policy"] = QUOTE_POLICY
    return response


# --- people, and second thoughts ----------------------------------------------------------------------


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Whom the letters typed so far may mean."""
    found = contacts.complete(reader.account_id(request), request.GET.get("q", "")[:200])
    return render(request, "compose/_people.html", {"people": found})


@login_required
@require_POST
def undo(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take a letter back before it has left, and open it again."""
    account = reader.account(request)
    try:
        letter = send.undo(account, rows.of(account.pk, draft_id))
    except MailError:
        text = _("Too late: the message has left already.")
        if fragments.wanted(request):
            return JsonResponse({"problem": text}, status=409)
        fragments.notice(request, text, "warning")
        return fragments.redirect(rail.inbox_url(request))
    place = reverse("compose:edit", args=[letter.id])
    return JsonResponse({"open": place}) if fragments.wanted(request) else fragments.redirect(place)


app_name = "compose"
urlpatterns = [
    path("", new, name="new"),
    path("people/", people, name="people"),
    path("reply/<int:message_id>/", reply, name="reply"),
    path("forward/<int:message_id>/", forward, name="forward"),
    path("draft/<int:message_id>/", draft, name="draft"),
    path("<int:draft_id>/", edit, name="edit"),
    path("<int:draft_id>/files/", attach, name="attach"),
    path("<int:draft_id>/files/<int:file_id>/", file, name="file"),
    path("<int:draft_id>/quote/", quote, name="quote"),
    path("<int:draft_id>/undo/", undo, name="undo"),
]

"""Writing: a page that works by itself, and the same form as a fragment in a panel of the mailbox."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mailcore.drafts import begin, build, doubts, mirror, rows, send, signatures, templates
from mailcore.drafts.errors import AddressesWrong, AlreadySent, ChangedElsewhere, NobodyToSendTo
from mailcore.identity import preferences, senders
from mailcore.later import follow_up, sending
from mailcore.models import Account, Draft, DraftFile, Message
from mailcore.store import blobs, mime_types, quota
from mailcore.store.errors import MailError, MessageTooBig, NotFound, QuotaExceeded
from webmail import fragments, rail, reader, streaming
from webmail.forms import later as later_form
from webmail.forms.compose import LetterForm, promises_a_file
from webmail.rendering import later as later_rendering
from webmail.rendering import outgoing
from webmail.views import writing_aids

MOST_FORWARDED = 50
QUOTE_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; sandbox allow-same-origin;"
    " frame-ancestors 'self'"
)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_STATUS: list[tuple[type[MailError], int]] = [
    (ChangedElsewhere, 409),
    (AlreadySent, 409),
    (NotFound, 404),
    (MessageTooBig, 413),
    (MailError, 400),
]


# --- beginning --------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty letter; `?to=`, `?subject=`, `?body=` or a whole `?mailto=` fill it (RFC 6068).

    POST: what was typed into a letter that is gone meanwhile, as a new one.
    """
    if request.method == "POST":
        return _rescued(request)
    wanted = {name: request.GET.get(name, "") for name in ("to", "cc", "bcc", "subject", "body")}
    if mailto := request.GET.get("mailto"):
        wanted |= _mailto(mailto)
    text = wanted.pop("body")
    return _letter(request, begin.new(reader.account(request), text=text, **wanted))


def _rescued(request: HttpRequest) -> HttpResponse:
    letter = rows.create(reader.account(request))
    try:
        letter = _saved(request, letter, is_new=True)
    except MailError as problem:
        return _refused(request, letter, problem)
    place = reverse("compose:edit", args=[letter.id])
    return JsonResponse({"open": place}) if fragments.wanted(request) else fragments.redirect(place)


@login_required
@require_GET
def reply(request: HttpRequest, message_id: int) -> HttpResponse:
    """An answer; `?all=1` to everyone, `?list=1` to the mailing list alone."""
    to_all, to_list = (request.GET.get(name, "") not in ("", "0") for name in ("all", "list"))
    account, message = reader.account(request), reader.message(request, message_id)
    letter = begin.reply_to(account, message, to_all=to_all, to_list=to_list, clean=outgoing.quoted)
    return _letter(request, letter)


@login_required
@require_GET
def forward(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message for somebody else; `?as=attachment` untouched, in a letter of one's own."""
    account, message = reader.account(request), reader.message(request, message_id)
    if request.GET.get("as") == "attachment":
        return _letter(request, begin.forward_attached(account, [message]))
    return _letter(request, begin.forward(account, message, clean=outgoing.quoted))


@login_required
@require_GET
def forward_many(request: HttpRequest) -> HttpResponse:
    """Several messages (`?message=1&message=2`) as attachments of one letter."""
    ids = [int(number) for number in request.GET.getlist("message") if number.isdecimal()][:MOST_FORWARDED]
    found = Message.objects.filter(account_id=reader.account_id(request), id__in=ids).order_by("internaldate")
    messages = list(found)
    if not messages:
        raise NotFound(_("These messages are not here any more"))
    return _letter(request, begin.forward_attached(reader.account(request), messages))


@login_required
@require_GET
def draft(request: HttpRequest, message_id: int) -> HttpResponse:
    """Go on with a message in Drafts."""
    found = begin.resume(reader.account(request), reader.message(request, message_id), clean=outgoing.quoted)
    return _letter(request, found)


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
    do = _wanted(request)
    try:
        if do == "discard":
            rows.discard(letter)
            return _discarded(request)
        if do in SENDING and letter.state == Draft.State.SENT:
            return _gone(request, letter)  # the answer to the first click was lost on the way
        letter = _saved(request, letter)
        if do.startswith("detach:"):
            rows.detach(letter, int(do.partition(":")[2] or 0))
            letter = mirror.mirror(account, letter)
        if do == "template":
            return _with_template(request, account, letter)
        if do in SENDING:
            return _send(request, account, letter, do)
    except (MailError, ValueError) as problem:
        return _refused(request, letter, problem)
    if fragments.wanted(request):
        return JsonResponse({"id": letter.id, "revision": letter.revision})
    fragments.notice(request, _("Saved in Drafts."), "success")
    return fragments.redirect(reverse("compose:edit", args=[letter.id]))


SENDING = ("send", "send_anyway", "send_archive", "later")


def _wanted(request: HttpRequest) -> str:
    """Which button it was; those of "Send later" say when."""
    return "later" if request.POST.get("when") else request.POST.get("do", "save")


def _saved(request: HttpRequest, letter: Draft, *, is_new: bool = False) -> Draft:
    form = LetterForm(request.POST)
    if not form.is_valid():
        raise MessageTooBig(
            " ".join(str(problem) for problems in form.errors.values() for problem in problems)
        )
    account, do = reader.account(request), _wanted(request)
    is_script = fragments.wanted(request)
    typed = dict(form.cleaned_data)
    based_on = typed.pop("based_on")
    is_forced = is_new or request.POST.get("force") == "1" or not is_script
    files = rows.files(letter)
    typed["html"] = outgoing.written(typed["html"], letter, files) if typed["is_rich"] else ""
    if not is_script and not typed["is_rich"] and letter.is_rich:
        typed |= _still_rich(letter, typed["text"])
    _choose_sender(account, letter, typed, swap=not is_script)
    if typed["is_rich"]:
        typed["text"] = signatures.text_of(typed["html"])
    before = letter.revision
    letter = rows.save(letter, based_on=None if is_forced else based_on, **typed)
    for upload in request.FILES.getlist("files"):
        _take(letter, upload)
        letter = rows.of(letter.account_id, letter.id)
    is_closing = do == "close" or not is_script
    stale = letter.revision != before or letter.mirror_uid is None
    if do in SENDING:
        return letter
    is_written = letter.revision or request.FILES
    if is_written and (is_closing or (stale and mirror.is_light(letter))):
        letter = mirror.mirror(account, letter)
    return letter


def _still_rich(letter: Draft, text: str) -> dict[str, object]:
    """A formatted letter seen as plain text by a browser without scripts: untouched, it keeps its formats."""
    if text.strip() != signatures.text_of(letter.html).strip():
        return {}
    return {"is_rich": True, "html": letter.html}


def _choose_sender(account: Account, letter: Draft, typed: dict[str, Any], *, swap: bool) -> None:
    """Who it is from; scripts have changed the signature already, without them it is done here (`swap`)."""
    key = typed.pop("sender")
    if not key:
        return
    found = senders.chosen(account, key)
    if found is None:
        typed["sender"], typed["identity_id"] = key, None  # refused when it is sent
        return
    typed["sender"], typed["identity_id"] = found.address, found.id or None
    if swap and (found.address, found.id or None) != (letter.sender, letter.identity_id):
        typed["html"] = signatures.swapped_html(typed["html"], found.signature) if typed["is_rich"] else ""
        typed["text"] = signatures.swapped_plain(typed["text"], found.signature)


def _send(request: HttpRequest, account: Account, letter: Draft, do: str) -> HttpResponse:
    letter = send.sent_by(letter, reader.sent_by(request))
    send.allowed(account, letter)  # what is wrong comes before what is doubtful
    accepted = set(request.POST.get("accepted", "").split())
    found = [] if do == "send_anyway" else _doubts(account, letter)
    warnings = [doubt for doubt in found if doubt["key"] not in accepted]
    if warnings:
        if fragments.wanted(request):
            return JsonResponse({"warnings": warnings, "revision": letter.revision}, status=422)
        return _letter(request, letter, warnings=warnings, status=422)
    wait = later_form.follow_seconds(request.POST)
    if do == "later":
        letter = sending.schedule(account, letter, later_form.moment(request.POST), follow_seconds=wait)
        return _scheduled(request, letter)
    chosen = preferences.of(reader.of(request)).undo_seconds
    seconds = settings.MAIL_UNDO_SECONDS if chosen is None else chosen
    letter = send.send(account, letter, undo_seconds=seconds)
    if wait:
        follow_up.after_send(account, letter, wait)
    if do == "send_archive":
        send.archive_source(letter)
    return _gone(request, letter, seconds)


def _scheduled(request: HttpRequest, letter: Draft) -> HttpResponse:
    """It waits for its time; until then it can be taken back."""
    at = later_rendering.ahead(sending.when(sending.of(letter.account_id, letter.id)))
    text = _("Will be sent: %(when)s") % {"when": at}
    undo = reverse("later:cancel", args=[letter.id])
    if fragments.wanted(request):
        context = {"undo_url": undo, "seconds": 12, "text": text}
        return JsonResponse({"toast": render_to_string("compose/_sent.html", context, request=request)})
    fragments.notice(request, text, "success", undo_url=undo, undo_token=str(letter.id))
    return fragments.redirect(rail.inbox_url(request))


def _gone(request: HttpRequest, letter: Draft, seconds: int = 0) -> HttpResponse:
    """Sent; while it can be taken back, with the way to do that."""
    undo = reverse("compose:undo", args=[letter.id]) if letter.outbound_id else ""
    if fragments.wanted(request):
        context = {"undo_url": undo, "seconds": seconds}
        toast = render_to_string("compose/_sent.html", context, request=request)
        return JsonResponse({"toast": toast, "source": letter.source_id, "seconds": seconds})
    fragments.notice(request, _("Sent."), "success", undo_url=undo, undo_token=str(letter.id))
    return fragments.redirect(rail.inbox_url(request))


def _doubts(account: Account, letter: Draft) -> list[dict[str, str]]:
    """What the writer may have overlooked. Each is asked once: its key comes back with the next try."""
    found = []
    own = signatures.without(letter.text)
    if not letter.subject.strip():
        found.append({"key": "subject", "text": _("There is no subject.")})
    if not own.strip() and "<img" not in letter.html and not letter.has_quote and not rows.files(letter):
        found.append({"key": "body", "text": _("There is no text.")})
    if promises_a_file(letter.text) and not rows.files(letter):
        found.append({"key": "file", "text": _("You wrote of an attachment, but there is none.")})
    visible = doubts.visible(letter)
    if visible >= doubts.MANY:
        text = _("%(count)d people will see each other's addresses. Bcc would keep them private.")
        found.append({"key": "many", "text": text % {"count": visible}})
    failed = doubts.never_worked(account.pk, send.recipients(letter)) if visible or letter.bcc else []
    if failed:
        text = _("Mail to this address has only ever come back: %(addresses)s")
        found.append({"key": "failed", "text": text % {"addresses": ", ".join(failed[:5])}})
    return found


def _with_template(request: HttpRequest, account: Account, letter: Draft) -> HttpResponse:
    """Without scripts: the chosen template above what is there."""
    number = request.POST.get("template", "")
    kept = templates.one(account, int(number) if number.isdecimal() else 0)
    text = f"{signatures.text_of(kept.html)}\n{letter.text}"
    rows.save(
        letter,
        subject=letter.subject or kept.subject,
        text=text,
        html=kept.html + letter.html if letter.is_rich else "",
    )
    return fragments.redirect(reverse("compose:edit", args=[letter.id]))


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
        elif isinstance(problem, AlreadySent):
            told["sent"] = True
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
    if isinstance(problem, AlreadySent):
        return _("This message has been sent already.")
    if isinstance(problem, QuotaExceeded):
        return _("Your mailbox is full. What you wrote is kept here; delete something, then try again.")
    return _(str(problem))


def _letter(
    request: HttpRequest,
    letter: Draft,
    *,
    problem: str = "",
    warnings: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    if letter.state != Draft.State.OPEN:
        if fragments.wanted(request):
            return JsonResponse({"problem": _("This message has been sent already.")}, status=409)
        if letter.state == Draft.State.SCHEDULED:
            return fragments.redirect(reverse("later:scheduled"))
        fragments.notice(request, _("This message has been sent already."))
        return fragments.redirect(rail.inbox_url(request))
    account, files = reader.account(request), rows.files(letter)
    choices = senders.of(account)
    sender = next(
        (one for one in choices if (one.id or None, one.address) == (letter.identity_id, letter.sender)), None
    )
    if sender is None:
        sender = senders.of_draft(account, letter.sender, letter.identity_id)
        choices = [*choices, sender]
    limit = settings.MAIL_MAX_MESSAGE_BYTES * 3 // 4
    context = {
        "letter": letter,
        "title": _title(letter),
        "files": [file for file in files if not file.content_id],
        "used": sum(file.size for file in files),
        "html": outgoing.editable(letter.html, letter, files),
        "text": signatures.text_of(letter.html) if letter.is_rich else letter.text,
        "senders": choices,
        "sender": sender,
        "templates": templates.named(account),
        "own_domain": account.domain,
        "problem": problem,
        "warnings": warnings or [],
        "limit": limit,
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
        return JsonResponse({"src": place})
    item = render_to_string("compose/_file.html", {"file": file, "letter": letter}, request=request)
    return JsonResponse({"item": item})


def _take(letter: Draft, upload: UploadedFile[Any], *, inline: bool = False) -> DraftFile:
    """Store an upload as a blob and attach it."""
    present = rows.files(letter)
    used = sum(file.size for file in present)
    size = upload.size or 0
    limit = settings.MAIL_MAX_MESSAGE_BYTES * 3 // 4  # base64 adds a third
    if used + size > limit:
        text = _("Too big: all files together may have %(limit)s, and %(used)s are taken.")
        raise MessageTooBig(text % {"limit": filesizeformat(limit), "used": filesizeformat(used)})
    quota.check_room(letter.account_id, size)
    name = re.sub(r"[\x00-\x1f\x7f/\\]", "_", (upload.name or "").strip())[:200] or _("file")
    name = _unlike(name, {file.name for file in present})
    with blobs.upload() as incoming:
        for chunk in upload.chunks():
            incoming.write(chunk)
        stored = incoming.finish()
    kind = _type(upload, name)
    content_id = f"{secrets.token_hex(8)}@picture" if inline and kind in _PICTURES else ""
    return rows.attach(letter, stored, name=name, type=kind, content_id=content_id)


def _unlike(name: str, others: set[str]) -> str:
    """ "plan.pdf" again is "plan (2).pdf": two files of one name cannot be told apart where they arrive."""
    head, dot, tail = name.rpartition(".")
    stem, ending = (head, dot + tail) if head else (name, "")
    wanted, count = name, 1
    while wanted in others:
        count += 1
        wanted = f"{stem} ({count}){ending}"
    return wanted


def _type(upload: UploadedFile[Any], name: str) -> str:
    kind = mime_types.table().uploaded(upload.content_type or "", name)
    is_container = kind.startswith(("multipart/", "message/"))  # their encodings are restricted: RFC 2046 §5
    return kind if not is_container else "application/octet-stream"


@login_required
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, draft_id: int, file_id: int) -> HttpResponseBase:
    """GET: the file again (pictures may be looked at). POST: take it away."""
    account = reader.account(request)
    letter = rows.of(account.pk, draft_id)
    if request.method == "POST":
        rows.detach(letter, file_id)
        mirror.mirror(account, rows.of(account.pk, letter.id))
        return JsonResponse({"detached": file_id})
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
    if fragments.wanted(request):  # to write between its lines
        html = letter.quote_html or begin.as_html(letter.quote_text)
        cited = f'<blockquote type="cite">{outgoing.editable(html, letter, rows.files(letter))}</blockquote>'
        intro = begin.as_html(letter.quote_intro)
        plain = f"{letter.quote_intro}\n{letter.quote_text}"
        return JsonResponse({"html": intro + outgoing.local_only(cited), "text": plain})
    shown = outgoing.editable(build.quoted_html(letter), letter, rows.files(letter))
    response = render(request, "compose/quote.html", {"shown": outgoing.local_only(shown)})
    response.headers["Content-Security-Policy"] = QUOTE_POLICY
    return response


# --- second thoughts ------------------------------------------------------------------------------------


@login_required
@require_POST
def undo(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take a letter back before it has left, and open it again."""
    account = reader.account(request)
    letter = rows.of(account.pk, draft_id)
    try:
        letter = send.undo(account, letter)
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
    path("people/", writing_aids.people, name="people"),
    path("people/strangers/", writing_aids.strangers, name="strangers"),
    path("receipt/<int:message_id>/", writing_aids.receipt, name="receipt"),
    path("templates/", writing_aids.keep_template, name="keep_template"),
    path("templates/<int:template_id>/", writing_aids.template, name="template"),
    path("reply/<int:message_id>/", reply, name="reply"),
    path("forward/", forward_many, name="forward_many"),
    path("forward/<int:message_id>/", forward, name="forward"),
    path("draft/<int:message_id>/", draft, name="draft"),
    path("<int:draft_id>/", edit, name="edit"),
    path("<int:draft_id>/files/", attach, name="attach"),
    path("<int:draft_id>/files/<int:file_id>/", file, name="file"),
    path("<int:draft_id>/quote/", quote, name="quote"),
    path("<int:draft_id>/undo/", undo, name="undo"),
]

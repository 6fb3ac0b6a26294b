"""Mail in and out, whole: from another server or a file; to a .zip that is made while it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mailcore.models import Transfer
from mailcore.people import exchange
from mailcore.store import exporting, mailboxes
from mailcore.store.errors import MessageTooBig, NotPermitted
from mailcore.store.importing import possible_name
from mailcore.transfer import from_server, rows, uploads
from mailcore.transfer.errors import Ended, Unavailable
from webmail import fragments, rail, reader, streaming
from webmail.forms import transfer as forms
from webmail.forms.transfer import FileForm, ServerForm
from webmail.rendering import archive

_looking = threading.BoundedSemaphore(2)  # each holds a thread that could make a page


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Everything on one page, and what is on its way."""
    return _page(request)


@login_required
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """What is on its way, for the page that looks again."""
    return fragments.answer(request, "preferences/_transfers.html", _jobs(request), plain=reverse("transfer"))


def _jobs(request: HttpRequest) -> dict[str, object]:
    found = [forms.job(row) for row in rows.listing(reader.of(request).pk)]
    return {"jobs": found, "moves": any(job.moves for job in found)}


def _page(
    request: HttpRequest, server: ServerForm | None = None, *, file_problem: str = "", status: int = 200
) -> HttpResponse:
    account = reader.of(request)
    context = {
        **_jobs(request),
        "server": server or ServerForm(initial={"security": "tls"}),
        "file_problem": file_problem,
        "folders_here": rail.Rail(account.pk, account.quota_bytes).all,
        "export_forms": forms.EXPORT_FORMS,
        "piece": uploads.PIECE,
    }
    return render(request, "preferences/transfer.html", context, status=status)


# --- from a file --------------------------------------------------------------------------------------


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A file: its name and size from a script that sends it in pieces, or all of it in a form."""
    form = FileForm(request.POST)
    sent = request.FILES.get("file")
    is_whole = isinstance(sent, UploadedFile)
    name = str(sent.name) if isinstance(sent, UploadedFile) else request.POST.get("name", "")
    size = int(sent.size or 0) if isinstance(sent, UploadedFile) else _number(request.POST.get("size", ""))
    if not form.is_valid():
        return _refused(request, _("That is no name for a folder."))
    try:
        row = None if is_whole else _known(request, name, size)
        row = row or uploads.begin(reader.of(request).pk, name, size, form.cleaned_data["into"])
    except MessageTooBig:
        text = _("That file is empty.") if not size else _("That file is larger than an import may be.")
        return _refused(request, text)
    except NotPermitted:
        return _refused(
            request, _("Several imports are on their way already. Wait for one of them, or cancel one.")
        )
    if isinstance(sent, UploadedFile):
        uploads.take(row, 0, sent)  # type: ignore[arg-type]
        return fragments.redirect(reverse("transfer"))
    return JsonResponse({"url": reverse("transfer-piece", args=[row.id]), "received": row.received})


def _known(request: HttpRequest, name: str, size: int) -> Transfer | None:
    """The same file, of which some is here: the connection was lost, or the page left."""
    found = rows.listing(reader.of(request).pk)
    return next(
        (
            row
            for row in found
            if row.state == rows.State.UPLOADING and (row.name, row.size) == (name[:320], size)
        ),
        None,
    )


def _refused(request: HttpRequest, text: str) -> HttpResponse:
    if fragments.wanted(request):
        return JsonResponse({"problem": text}, status=422)
    return _page(request, file_problem=text, status=422)


@login_required
@require_POST
def piece(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Some octets of the file, from `at` on; the answer says how many are here."""
    row = rows.one(reader.of(request).pk, transfer_id)
    sent = request.FILES.get("piece")
    if not isinstance(sent, UploadedFile) or row.state != rows.State.UPLOADING:
        return JsonResponse({"problem": _("This import has ended.")}, status=409)
    return JsonResponse({"received": uploads.take(row, _number(request.POST.get("at", "")), sent)})  # type: ignore[arg-type]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


# --- from another server --------------------------------------------------------------------------------


@sensitive_post_parameters("password")
@login_required
@require_POST
def server(request: HttpRequest) -> HttpResponse:
    """Sign in there, and see which folders there are."""
    form = ServerForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not _looking.acquire(blocking=False):
        form.add_error(None, _("Too many are looking at other servers at this moment. Please try again."))
        return _page(request, form, status=503)
    there = form.server()
    try:
        found = from_server.look(there, form.cleaned_data["password"])
    except Ended as problem:
        form.add_error(
            {"sign-in": "password", "no-tls": "security"}.get(problem.word, "host"),
            str(forms.problem(problem.word)),
        )
        return _page(request, form, status=422)
    except Unavailable:
        form.add_error("host", str(forms.UNAVAILABLE))
        return _page(request, form, status=422)
    finally:
        _looking.release()
    options = {"host": there.host, "port": there.port, "security": there.security, "user": there.user}
    folders = [[offer.name, offer.into, offer.count, offer.is_wanted] for offer in found]
    name = there.user if there.user.endswith(f"@{there.host}") else f"{there.user} · {there.host}"
    try:
        row = rows.begin_server(reader.of(request).pk, name, options, form.cleaned_data["password"], folders)
    except NotPermitted:
        form.add_error(
            None, _("Several imports are on their way already. Wait for one of them, or cancel one.")
        )
        return _page(request, form, status=422)
    return fragments.redirect(reverse("transfer-folders", args=[row.id]))


@login_required
@require_http_methods(["GET", "POST"])
def folders(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Which of its folders, and where each goes."""
    row = rows.one(reader.of(request).pk, transfer_id)
    if row.state != rows.State.CHOOSING:
        return fragments.redirect(reverse("transfer"))
    offered = [
        {"number": number, "name": name, "into": into, "count": count, "is_wanted": is_wanted}
        for number, (name, into, count, is_wanted) in enumerate(row.options["folders"])
    ]
    context = {"row": row, "offered": offered}
    if request.method == "GET":
        return render(request, "preferences/transfer_folders.html", context)
    wanted = set(request.POST.getlist("take"))
    chosen = [
        (item["name"], possible_name(request.POST.get(f"into-{item['number']}", "")) or item["into"])
        for item in offered
        if str(item["number"]) in wanted
    ]
    if not chosen:
        context["problem"] = _("Choose at least one folder.")
        return render(request, "preferences/transfer_folders.html", context, status=422)
    rows.choose(row, chosen)
    return fragments.redirect(reverse("transfer"))


# --- what is on its way ---------------------------------------------------------------------------------


@login_required
@require_POST
def act(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Cancel it, go on with it, or take it off the list."""
    row = rows.one(reader.of(request).pk, transfer_id)
    match request.POST.get("do", ""):
        case "cancel":
            rows.cancel(row)
            if row.state != rows.State.RUNNING:  # a worker that has it clears up itself
                uploads.forget(row.id)
        case "again":
            rows.again(row)
        case "remove":
            rows.remove(row)
            uploads.forget(row.id)
    return fragments.answer(request, "preferences/_transfers.html", _jobs(request), plain=reverse("transfer"))


# --- out ------------------------------------------------------------------------------------------------


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """All folders, or those that are named, and the address book."""
    account = reader.of(request)
    form = request.GET.get("form", "mbox")
    wanted = {int(text) for text in request.GET.getlist("folder") if text.isascii() and text.isdigit()}
    boxes = [box for box in mailboxes.listing(account.pk) if not wanted or box.id in wanted]
    if form not in exporting.FORMS or (wanted and not boxes):
        return fragments.redirect(reverse("transfer"))

    def files() -> Iterator[tuple[str, Iterable[bytes]]]:
        seen: set[str] = set()
        for box in boxes:
            for member in exporting.members(box, form):
                name = member.name
                while name in seen and not name.endswith("/"):  # two names that are the same on a disk
                    stem, dot, ending = name.rpartition(".")
                    name = f"{stem}_{dot}{ending}"
                if name not in seen:
                    seen.add(name)
                    yield name, member.chunks
        if not wanted:
            yield "contacts.vcf", exchange.vcards(account.pk)

    now = timezone.localtime()
    answer = streaming.answer(request, archive.zipped(files(), now), "application/zip")
    name = f"{account.address}-{now:%Y-%m-%d}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    return answer


def _plain(name: str) -> str:
    return "".join(
        character if character.isascii() and (character.isalnum() or character in "@.-_+") else "_"
        for character in name
    )


urlpatterns = [
    path("transfer/", show, name="transfer"),
    path("transfer/jobs/", jobs, name="transfer-jobs"),
    path("transfer/file/", begin, name="transfer-begin"),
    path("transfer/server/", server, name="transfer-server"),
    path("transfer/export/", export, name="transfer-export"),
    path("transfer/<int:transfer_id>/piece/", piece, name="transfer-piece"),
    path("transfer/<int:transfer_id>/folders/", folders, name="transfer-folders"),
    path("transfer/<int:transfer_id>/act/", act, name="transfer-act"),
]

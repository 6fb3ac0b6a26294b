"""Settings of a writer: the names one writes in, with their signatures, and texts one sends again and again."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mailcore.drafts import begin, signatures, templates
from mailcore.identity import addresses, senders
from mailcore.identity.errors import AddressInvalid, IdentityError
from mailcore.message import html_text
from mailcore.models import Account
from mailcore.store.errors import MailError
from webmail import fragments, reader
from webmail.forms.compose import IdentityForm, TemplateForm
from webmail.rendering import outgoing

# --- identities -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def identities(request: HttpRequest) -> HttpResponse:
    """All names one may write in; POST makes one the default, or takes one away."""
    account = reader.of(request)
    if request.method == "POST":
        do, _colon, number = request.POST.get("do", "").partition(":")
        if number.isdecimal() and do == "remove":
            senders.remove(account, int(number))
            fragments.notice(request, _("Identity removed."), "success")
        elif number.isdecimal() and do == "default":
            senders.make_default(account, int(number))
        return fragments.redirect(reverse("identities"))
    shown = [(sender, _lines(sender.signature)) for sender in senders.of(account)]
    return render(request, "compose/identities.html", {"senders": shown})


def _lines(signature: str) -> list[str]:
    return [line for line in html_text.lines(signature).splitlines() if line.strip()][:3]


@login_required
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest, identity_id: int = 0) -> HttpResponse:
    """One of them, or (0) a new one."""
    account = reader.of(request)
    if request.method == "GET":
        return _identity(request, account, identity_id)
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return _identity(request, account, identity_id, form=form, problem=_("An identity needs an address."))
    data = form.cleaned_data
    try:
        senders.save(
            account,
            identity_id or None,
            name=" ".join(data["name"].split()),
            address=data["address"],
            reply_to=data["reply_to"],
            signature=_html(data),
            is_default=data["is_default"],
        )
    except (AddressInvalid, IdentityError) as problem:
        return _identity(request, account, identity_id, form=form, problem=_(str(problem)))
    fragments.notice(request, _("Identity saved."), "success")
    return fragments.redirect(reverse("identities"))


def _identity(
    request: HttpRequest,
    account: Account,
    identity_id: int,
    *,
    form: IdentityForm | None = None,
    problem: str = "",
) -> HttpResponse:
    kept = senders.row(account, identity_id) if identity_id else None
    start = senders.by_address(account, request.GET.get("address", "")) or senders.default(account)
    given = {
        "name": kept.name if kept else start.name,
        "address": kept.address if kept else start.address,
        "reply_to": kept.reply_to if kept else "",
        "html": kept.signature if kept else start.signature,
        "is_default": bool(kept and kept.is_default),
    }
    if form is not None:
        given |= {name: request.POST.get(name, "") for name in ("name", "address", "reply_to", "html")}
        given["is_default"] = "is_default" in request.POST
    given["text"] = signatures.text_of(str(given["html"]))
    context = {
        "identity_id": identity_id,
        "given": given,
        "addresses": sorted(addresses.names_of(account)),
        "problem": problem,
    }
    return render(request, "compose/identity.html", context, status=400 if problem else 200)


# --- templates --------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def kept_texts(request: HttpRequest) -> HttpResponse:
    """All templates; POST takes one away."""
    account = reader.of(request)
    if request.method == "POST":
        do, _colon, number = request.POST.get("do", "").partition(":")
        if do == "remove" and number.isdecimal():
            templates.remove(account, int(number))
            fragments.notice(request, _("Template removed."), "success")
        return fragments.redirect(reverse("templates"))
    shown = [(kept, signatures.text_of(kept.html)[:200]) for kept in templates.of(account)]
    return render(request, "compose/templates.html", {"templates": shown})


@login_required
@require_http_methods(["GET", "POST"])
def kept_text(request: HttpRequest, template_id: int = 0) -> HttpResponse:
    """One of them, or (0) a new one."""
    account = reader.of(request)
    kept = templates.one(account, template_id) if template_id else None
    given = {"name": "", "subject": "", "html": ""}
    if kept is not None:
        given = {"name": kept.name, "subject": kept.subject, "html": kept.html}
    problem = ""
    if request.method == "POST":
        form = TemplateForm(request.POST)
        given = {name: request.POST.get(name, "") for name in ("name", "subject", "html")}
        problem = "" if form.is_valid() else _("A template needs a name.")
        if not problem:
            data = form.cleaned_data
            try:
                templates.save(
                    account,
                    template_id or None,
                    name=data["name"],
                    subject=data["subject"],
                    html=_html(data),
                )
            except MailError as refused:
                problem = _(str(refused))
        if not problem:
            fragments.notice(request, _("Template saved."), "success")
            return fragments.redirect(reverse("templates"))
    context = {
        "template_id": template_id,
        "given": given | {"text": signatures.text_of(given["html"])},
        "problem": problem,
    }
    return render(request, "compose/template.html", context, status=400 if problem else 200)


def _html(data: dict[str, str]) -> str:
    """What was written, made harmless; without scripts it is plain text."""
    if data["is_rich"]:
        return outgoing.kept(data["html"])
    text = data["text"].replace("\r\n", "\n").strip("\n")
    return begin.as_html(text) if text.strip() else ""


urlpatterns = [
    path("identities/", identities, name="identities"),
    path("identities/new/", identity, name="identity-new"),
    path("identities/<int:identity_id>/", identity, name="identity"),
    path("templates/", kept_texts, name="templates"),
    path("templates/new/", kept_text, name="template-new"),
    path("templates/<int:template_id>/", kept_text, name="template"),
]

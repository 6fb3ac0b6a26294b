"""What helps whoever writes: whom the letters typed so far may mean, templates, receipts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mailcore.drafts import begin, doubts, receipts, signatures, templates
from mailcore.identity import preferences
from mailcore.message import addresses
from mailcore.people import completion, groups
from mailcore.store.errors import MailError, NotFound
from webmail import fragments, reader
from webmail.forms.compose import TemplateForm
from webmail.rendering import outgoing


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Whom the letters typed so far may mean."""
    account_id = reader.account_id(request)
    found = completion.offer(account_id, request.GET.get("q", "")[:200])
    offers = [(offer, offer.text or _group(account_id, offer)) for offer in found]
    return render(request, "compose/_people.html", {"offers": offers})


def _group(account_id: int, offer: completion.Offer) -> str:
    """A group with its members: RFC 5322 §3.4. Sent, it is its members alone (mailcore/drafts/build.py)."""
    members = ", ".join(
        completion.written(name, address) for name, address in groups.expand(account_id, offer.id)
    )
    return f"{addresses.quoted_if_needed(offer.name)}: {members};"


@login_required
@require_GET
def strangers(request: HttpRequest) -> HttpResponse:
    """Which of these addresses (`?of=`) the writer has never written to, colleagues aside."""
    account = reader.account(request)
    found = doubts.strangers(account.pk, request.GET.get("of", "")[:20_000], account.domain)
    return JsonResponse({"strangers": found})


@login_required
@require_POST
def receipt(request: HttpRequest, message_id: int) -> HttpResponse:
    """A sender wants to know that a letter was opened: tell them, or do not; once, always or never."""
    message, answer = reader.message(request, message_id), request.POST.get("answer", "")
    if reader.is_delegate(request):
        raise NotFound(_("This message is not here any more"))
    account = reader.account(request)
    text = _("No receipt is sent.")
    if answer in ("always", "never"):
        preferences.change(account, receipts=answer)
    if answer in ("send", "always"):
        is_sent = receipts.send(account, message)
    elif answer == "auto":
        is_sent = preferences.of(account).receipts == "always" and receipts.send(
            account, message, is_automatic=True
        )
    else:
        is_sent = False
        receipts.settle(account.pk, message)
    if is_sent:
        text = _("A receipt was sent.")
    return fragments.told(request, text, plain=reader.onward(request))


@login_required
@require_GET
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    """A template, for the letter that is open."""
    kept = templates.one(reader.account(request), template_id)
    text = signatures.text_of(kept.html)
    return JsonResponse({"subject": kept.subject, "html": kept.html, "text": text})


@login_required
@require_POST
def keep_template(request: HttpRequest) -> HttpResponse:
    """What is in the letter, for next time."""
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": _("A template needs a name.")}, status=400)
    data = form.cleaned_data
    html = (
        outgoing.kept(data["html"])
        if data["is_rich"]
        else begin.as_html(signatures.without(data["text"]).rstrip())
    )
    html = signatures.swapped_html(html, "")
    try:
        kept = templates.save(
            reader.account(request), None, name=data["name"], subject=data["subject"], html=html
        )
    except MailError as problem:
        return JsonResponse({"problem": _(str(problem))}, status=400)
    return JsonResponse(
        {"id": kept.id, "name": kept.name, "url": reverse("compose:template", args=[kept.id])}
    )

"""Shared mailboxes: who may use one's own account, and which accounts of others one may use."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mailcore.identity import delegations
from mailcore.identity.errors import DelegationRefused
from mailcore.inbound import notice
from webmail import fragments, reader, whose


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Both lists."""
    return _page(request)


@login_required
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Offer one's account to a colleague, who is told by mail; or change what they may."""
    owner = reader.of(request)
    try:
        given = delegations.give(
            owner, request.POST.get("address", "")[:320], may_send=request.POST.get("may_send") == "1"
        )
    except DelegationRefused as problem:
        return _page(request, str(problem))
    if given.accepted is None:
        text = _("%(owner)s offers you access to their mailbox. Say yes or no in the settings: %(url)s")
        url = request.build_absolute_uri(reverse("delegation"))
        subject = _("A mailbox is shared with you")
        notice.deliver(given.delegate, subject, text % {"owner": owner.address, "url": url} + "\n")
    fragments.notice(request, _("Offered to %(person)s.") % {"person": given.delegate.address}, "success")
    return _back()


@login_required
@require_POST
def change(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """The owner's side: let them write, or not, or take it back."""
    owner, do = reader.of(request), request.POST.get("do", "")
    if do == "revoke":
        delegations.revoke(owner, delegation_id)
        fragments.notice(request, _("Taken back."))
    else:
        delegations.allow_sending(owner, delegation_id, may_send=do == "send")
        fragments.notice(request, _("Saved."), "success")
    return _back()


@login_required
@require_POST
def answer(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """The colleague's side: yes, or no (any more)."""
    person = reader.of(request)
    if request.POST.get("do") == "accept":
        owner = delegations.accept(person, delegation_id)
        return fragments.redirect(whose.url_of(owner))
    delegations.leave(person, delegation_id)
    fragments.notice(request, _("You do not have access any more."))
    return _back()


def _back() -> HttpResponse:
    return fragments.redirect(reverse("delegation"))


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    person = reader.of(request)
    context = {
        "given": delegations.given_by(person),
        "offered": delegations.offered_to(person),
        "open": [(item, whose.url_of(item.owner)) for item in delegations.open_to(person)],
        "problem": problem,
        "typed": request.POST.get("address", "") if problem else "",
    }
    return render(request, "preferences/shared.html", context, status=422 if problem else 200)


urlpatterns = [
    path("", show, name="delegation"),
    path("give/", give, name="delegation-give"),
    path("<int:delegation_id>/", change, name="delegation-change"),
    path("<int:delegation_id>/answer/", answer, name="delegation-answer"),
]

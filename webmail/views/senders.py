"""What one does about a sender: leave their list, hear no more of them, keep their card."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mailcore.identity.errors import AddressInvalid
from mailcore.inbound import blocking
from mailcore.message import bodies, unsubscribe
from mailcore.outbound import note
from mailcore.outside import Refused
from mailcore.people import exchange
from mailcore.store.errors import NotPermitted
from webmail import fragments, outside, reader
from webmail.rendering import cards
from webmail.rendering.people import sender
from webmail.views import message

log = logging.getLogger(__name__)


@login_required
@require_POST
def leave(request: HttpRequest, message_id: int) -> HttpResponse:
    """Leave the list that the message came from: by the one click of RFC 8058, else by a letter."""
    shown = message.shown(request, message_id)
    onward = reverse("message:show", args=[message_id])
    way = unsubscribe.read(shown.header)
    if way.is_one_click:
        try:
            outside.post(way.page, unsubscribe.BODY)
        except Refused as reason:
            log.info("unsubscribe-refused reason=%r", str(reason)[:200])
            text = _("The list's server did not accept it. Try again later, or open its page.")
            return fragments.told(request, text, "danger", plain=onward, status=502)
        return fragments.told(request, _("You have left this list."), "success", plain=onward)
    if way.address:
        if not reader.may_send(request):
            raise NotPermitted(_("You may read this mailbox, but not send from it."))
        text = way.body or _("Please take me off this list.")
        note.send(shown.account, way.address, way.subject or "unsubscribe", text)
        told = _("A request to leave was sent to %(address)s.") % {"address": way.address}
        return fragments.told(request, told, "success", plain=onward)
    raise Http404


@login_required
@require_POST
def block(request: HttpRequest, message_id: int) -> HttpResponse:
    """From now on, what this sender writes goes to Spam."""
    row = message.the_message(request, message_id)
    onward = reverse("message:show", args=[message_id])
    try:
        blocked = blocking.block(row.account_id, sender(row.sender).address)
    except AddressInvalid:
        return fragments.told(request, _("This message has no sender to block."), plain=onward, status=400)
    text = _("Blocked. What %(address)s writes goes to Spam.") % {"address": blocked.address}
    return fragments.told(request, text, "success", plain=onward)


@login_required
@require_http_methods(["GET", "POST"])
def blocked(request: HttpRequest) -> HttpResponse:
    """Everybody who is blocked; block and unblock."""
    account_id = reader.of(request).pk  # settings are the person's own
    problem = ""
    if request.method == "POST":
        for address in request.POST.getlist("unblock")[:1000]:
            blocking.unblock(account_id, address)
        wanted = request.POST.get("block", "").strip()
        try:
            if wanted:
                blocking.block(account_id, wanted)
        except AddressInvalid:
            problem = _("That is not an address.")
        except NotPermitted:
            problem = _("This address cannot be blocked.")
        if not problem:
            return fragments.redirect("blocked")
    context = {
        "rows": blocking.listing(account_id),
        "problem": problem,
        "wanted": request.POST.get("block", ""),
    }
    return render(request, "preferences/blocked.html", context, status=400 if problem else 200)


@login_required
@require_POST
def keep(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """Take the people of a vCard into the contacts. RFC 6350."""
    shown = message.shown(request, message_id)
    part = next((part for part in cards.parts(shown) if part.number == number), None)
    if part is None:
        raise Http404
    octets = b"".join(bodies.decoded_chunks(part, shown.fetch))
    tally = exchange.take(shown.row.account_id, exchange.read(octets))
    count = tally.added + tally.changed
    text = ngettext("%(count)d contact saved", "%(count)d contacts saved", count) % {"count": count}
    if not count:
        text = _("Nothing new: you have these contacts already.")
    return fragments.told(request, text, "success", plain=reverse("message:show", args=[message_id]))

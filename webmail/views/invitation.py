"""Answer an invitation: yes, maybe or no, with a word to the organizer. RFC 6047."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mailcore.calendar import invitations as verbs
from mailcore.calendar.event import ANSWERS
from mailcore.store.errors import NotPermitted
from webmail import fragments, reader
from webmail.rendering import invitations
from webmail.views import message


@login_required
@require_POST
def answer(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """Send it, remember it, say so."""
    shown = message.shown(request, message_id)
    part = invitations.part_of(shown, number)
    event = invitations.read(shown, part) if part is not None else None
    onward = reverse("message:show", args=[message_id])
    if event is None:
        raise Http404
    if not reader.may_send(request):
        raise NotPermitted(_("You may read this mailbox, but not send from it."))
    said = request.POST.get("answer", "")
    if said not in ANSWERS:
        return fragments.told(request, _("Choose yes, maybe or no."), plain=onward, status=400)
    verbs.answer(shown.account, event, shown.row, said, request.POST.get("note", ""))
    return fragments.told(request, _("The organizer was told."), "success", plain=onward)

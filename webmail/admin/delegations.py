"""Shared mailboxes: who may read, or write for, whose account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailcore.identity import delegations
from mailcore.identity.errors import DelegationRefused
from mailcore.inbound import notice
from mailcore.models import Delegation
from webmail.admin.base import RowForm, VerbAdmin


class DelegationForm(RowForm):
    """Two people, and what the second may."""

    to = forms.CharField(
        label=gettext_lazy("Given to"),
        max_length=320,
        help_text=gettext_lazy("An address on this server. They are asked first; the owner is told."),
    )

    class Meta:
        model = Delegation
        fields = ("owner", "may_send")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["to"]


@admin.register(Delegation)
class DelegationAdmin(VerbAdmin):
    form = DelegationForm
    list_display = ("owner", "delegate", "may_send", "created", "accepted")
    list_filter = ("may_send",)
    search_fields = ("owner__address", "delegate__address")
    autocomplete_fields = ("owner",)

    def get_fields(self, request: HttpRequest, obj: Delegation | None = None) -> tuple[str, ...]:
        """The pair is for life: another one is another permission."""
        if obj is None:
            return ("owner", "to", "may_send")
        return ("owner", "delegate", "may_send", "created", "accepted")

    def get_readonly_fields(self, request: HttpRequest, obj: Delegation | None = None) -> tuple[str, ...]:
        """What cannot be changed."""
        return () if obj is None else ("owner", "delegate", "created", "accepted")

    def write(self, request: HttpRequest, row: Delegation, form: Any, change: bool) -> Delegation:
        """give or allow_sending. Nobody gives themselves the mail of others: admins manage, they do not read."""
        given = form.cleaned_data
        if change:
            known = Delegation.objects.select_related("owner").get(pk=row.pk)
            delegations.allow_sending(known.owner, known.pk, may_send=given["may_send"])
            return known
        owner = given["owner"]
        if given["to"].strip().lower() == request.user.get_username().lower() and owner.pk != request.user.pk:
            raise DelegationRefused(_("Nobody gives themselves the mail of somebody else"))
        made = delegations.give(owner, given["to"], may_send=given["may_send"])
        row.delegate = made.delegate  # the office's log names both
        url = request.build_absolute_uri(reverse("delegation"))
        told = {"owner": owner.address, "delegate": made.delegate.address, "url": url}
        subject = _("A mailbox is shared with you")
        text = _("%(owner)s offers you access to their mailbox. Say yes or no in the settings: %(url)s")
        notice.deliver(made.delegate, subject, text % told + "\n")
        subject = _("Your mailbox is shared")
        text = _(
            "An administrator offered %(delegate)s access to your mailbox. You can end that here: %(url)s"
        )
        notice.deliver(owner, subject, text % told + "\n")
        return made

    def erase(self, request: HttpRequest, row: Delegation) -> None:
        """revoke."""
        delegations.revoke(row.owner, row.pk)

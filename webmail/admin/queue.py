"""The outbound queue: who waits for what, and what to do about it. Envelopes and replies, never a letter's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from mailcore.models import OutboundMessage, OutboundRecipient
from mailcore.outbound import queue
from webmail.admin.base import Admin


def clock(seconds: int) -> str:
    """Seconds since 1970 as an admin reads them."""
    if not seconds:
        return "-"
    return f"{timezone.localtime(datetime.fromtimestamp(seconds, UTC)):%Y-%m-%d %H:%M:%S}"


class Watched(Admin):
    """Rows that only the queue itself writes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Mail is put here by being sent."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drop is the verb."""
        return False


@admin.register(OutboundRecipient)
class RecipientAdmin(Watched):
    list_display = ("address", "state", "attempts", "tried_next", "last_reply_short", "message")
    list_filter = ("state",)
    search_fields = ("address", "domain")
    fields = (
        "address",
        "state",
        "attempts",
        "tried_next",
        "last_reply",
        "reply_from",
        "message",
        "conversations",
    )
    readonly_fields = fields
    actions = ("retry", "hold", "release", "drop")

    @admin.display(description=_("Next attempt"), ordering="next_attempt")
    def tried_next(self, row: OutboundRecipient) -> str:
        """Only while it waits."""
        return clock(row.next_attempt) if row.state == OutboundRecipient.State.QUEUED else "-"

    @admin.display(description=_("Last reply"))
    def last_reply_short(self, row: OutboundRecipient) -> str:
        """A line of it."""
        return row.last_reply[:120]

    @admin.display(description=_("Message"))
    def message(self, row: OutboundRecipient) -> SafeString:
        """Its envelope."""
        return format_html(
            '<a href="../../outboundmessage/{}/">{} ← &lt;{}&gt;</a>',
            row.outbound_id,
            row.outbound_id,
            row.outbound.sender,
        )

    @admin.display(description=_("Conversations with other servers"))
    def conversations(self, row: OutboundRecipient) -> SafeString:
        """Every attempt, as it was spoken."""
        return transcripts(row.outbound)

    @admin.action(description=_("Try now"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: Any) -> None:
        """Whatever the schedule says."""
        self._do(request, queryset, queue.retry)

    @admin.action(description=_("Hold"), permissions=["change"])
    def hold(self, request: HttpRequest, queryset: Any) -> None:
        """Until released."""
        self._do(request, queryset, queue.hold)

    @admin.action(description=_("Release"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: Any) -> None:
        """Go on."""
        self._do(request, queryset, queue.release)

    @admin.action(description=_("Drop, and tell nobody"), permissions=["change"])
    def drop(self, request: HttpRequest, queryset: Any) -> None:
        """Thrown away."""
        self._do(request, queryset, queue.drop)

    def _do(self, request: HttpRequest, queryset: Any, verb: Callable[[Iterable[int]], int]) -> None:
        count = verb(list(queryset.values_list("pk", flat=True)))
        text = ngettext("Done for %d recipient.", "Done for %d recipients.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)


@admin.register(OutboundMessage)
class MessageAdmin(Watched):
    list_display = ("id", "sender", "recipients_short", "size_short", "queued", "held_until")
    search_fields = ("sender", "recipients__address")
    fields = ("sender", "recipients_all", "size_short", "queued", "held_until", "sign_as", "conversations")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looked at; what can be done is done to its recipients."""
        return False

    @admin.display(description=_("Recipients"))
    def recipients_short(self, row: OutboundMessage) -> str:
        """The first of them."""
        found = list(row.recipients.order_by("id")[:3])
        return ", ".join(map(str, found)) + (" …" if len(found) == 3 else "")

    @admin.display(description=_("Recipients"))
    def recipients_all(self, row: OutboundMessage) -> SafeString:
        """Each with where it stands."""
        lines = [
            (one.pk, one.address, one.get_state_display(), one.last_reply[:300])
            for one in row.recipients.order_by("id")
        ]
        return format_html_join(
            "", '<p><a href="../../../outboundrecipient/{}/change/">&lt;{}&gt;</a> {} {}</p>', lines
        )

    @admin.display(description=_("Size"))
    def size_short(self, row: OutboundMessage) -> str:
        """For people."""
        return str(filesizeformat(row.size))

    @admin.display(description=_("Queued"), ordering="created")
    def queued(self, row: OutboundMessage) -> str:
        """When."""
        return clock(row.created)

    @admin.display(description=_("Held until"))
    def held_until(self, row: OutboundMessage) -> str:
        """While its author may still take it back."""
        return clock(row.hold_until)

    @admin.display(description=_("Conversations with other servers"))
    def conversations(self, row: OutboundMessage) -> SafeString:
        """Every attempt, as it was spoken."""
        return transcripts(row)


def transcripts(message: OutboundMessage) -> SafeString:
    """What was said, attempt by attempt."""
    lines = [(str(attempt), getattr(attempt, "transcript", "")) for attempt in queue.transcripts(message)]
    if not lines:
        return format_html("{}", _("None yet."))
    return format_html_join("", "<details><summary>{}</summary><pre>{}</pre></details>", lines)

"""What lists and pages say about things to come: "Snoozed until Mon 08:00", "No answer since 18 Nov"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mailcore.later import moments, rows
from mailcore.later.rows import Kind, State
from mailcore.models import Reminder
from webmail.forms import later as form
from webmail.rendering import when

_THIS_WEEK = 7


@dataclass(frozen=True, slots=True)
class Badge:
    """A mark on a conversation."""

    text: str
    kind: str  # "snooze" while it sleeps, "back" when it woke, "follow-up" while an answer is waited for, "silence"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Offer:
    """A moment to choose."""

    key: str
    label: str
    at: str
    iso: str


def ahead(seconds: int, now: datetime | None = None) -> str:
    """A moment to come, as short as it can be said: "18:00", "tomorrow 08:00", "Mon 08:00", "3 Mar 08:00"."""
    now = now or timezone.localtime()
    at = when.moment(seconds)
    clock = date_format(at, "H:i")
    days = (at.date() - now.date()).days
    if days == 0:
        return clock
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock}
    if 0 < days < _THIS_WEEK:
        return f"{date_format(at, 'D')} {clock}"
    return f"{when.day_of_year(at, now)} {clock}"


def badges(account_id: int, conversation_ids: Collection[int]) -> dict[int, Badge]:
    """What is to be said about these conversations, in one query."""
    now = timezone.localtime()
    found: dict[int, Badge] = {}
    for row in sorted(rows.of(account_id, conversation_ids), key=lambda row: row.kind == Kind.SNOOZE):
        found[row.conversation_id] = _badge(row, now)
    return found


def _badge(row: Reminder, now: datetime) -> Badge:
    is_waiting = row.state == State.WAITING
    if row.kind == Kind.SNOOZE:
        text = _("Snoozed until %(when)s") % {
            "when": ahead(row.due, now) if is_waiting else _ago(row.due, now)
        }
        return Badge(text, "snooze" if is_waiting else "back")
    if is_waiting:
        return Badge(_("Reminder %(when)s") % {"when": ahead(row.due, now)}, "follow-up")
    return Badge(_("No answer since %(when)s") % {"when": _ago(row.created, now)}, "silence")


def _ago(seconds: int, now: datetime) -> str:
    return when.short(when.moment(seconds), now)


def snooze_offers() -> list[Offer]:
    """For the snooze menu."""
    return _offers(moments.snooze_presets(form.now()))


def send_offers() -> list[Offer]:
    """For "Send later"."""
    return _offers(moments.send_presets(form.now()))


def _offers(presets: Sequence[moments.Preset]) -> list[Offer]:
    today = timezone.localtime().date()
    return [
        Offer(
            preset.key,
            str(form.LABELS[preset.key]),
            date_format(preset.at, "H:i" if preset.at.date() == today else "D H:i"),
            preset.at.isoformat(),
        )
        for preset in presets
    ]

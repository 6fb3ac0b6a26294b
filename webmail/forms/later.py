"""Moments as people choose them: one of the offers, or a date and a time of day, where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailcore.later import follow_up, moments
from mailcore.store.errors import MailError

LABELS: dict[str, str | Promise] = {
    "later": gettext_lazy("Later today"),
    "evening": gettext_lazy("This evening"),
    "tomorrow": gettext_lazy("Tomorrow morning"),
    "afternoon": gettext_lazy("Tomorrow afternoon"),
    "weekend": gettext_lazy("At the weekend"),
    "week": gettext_lazy("Next week"),
}
PICKED = "pick"


class WhenInvalid(MailError):
    """No moment that we understand; the text is for the reader."""


def now() -> datetime:
    """Where the reader is."""
    return timezone.localtime()


def moment(data: Mapping[str, str]) -> int:
    """Seconds since 1970 of what was chosen: `when` names an offer, or `pick` with `date` and `time`; `send_at` is
    both in one, as <input type=datetime-local> writes it. Raises WhenInvalid.
    """
    here = now()
    chosen = data.get("when", "")
    if chosen and chosen != PICKED:
        for preset in (*moments.snooze_presets(here), *moments.send_presets(here)):
            if preset.key == chosen:
                return preset.seconds
        raise WhenInvalid(_("That moment has passed already. Please choose another."))
    day, _t, clock = data.get("send_at", "").partition("T")
    try:
        at = time.fromisoformat(clock or data.get("time", "") or "08:00").replace(tzinfo=None)
        return int(moments.on(here, date.fromisoformat(day or data.get("date", "")), at).timestamp())
    except (ValueError, OverflowError, OSError):
        raise WhenInvalid(_("Please choose a day and a time.")) from None


def follow_seconds(data: Mapping[str, str]) -> int:
    """For how long to wait for an answer: `remind` is a number of days we offer; 0 for anything else."""
    text = data.get("remind", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return days * 86_400 if days in follow_up.DAYS else 0

"""Dates as people say them: "14:05", "Mon", "12 Mar", "2023-11-04"."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def moment(seconds: int) -> datetime:
    """Seconds since 1970 in the reader's time zone; what no calendar holds is 1970."""
    try:
        return timezone.localtime(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def short(at: datetime, now: datetime | None = None) -> str:
    """For a list: the time today, the day this week, the date this year, the whole date before."""
    now = now or timezone.localtime()
    days = (now.date() - at.date()).days
    if days == 0:
        return at.strftime("%H:%M")
    if 0 < days < 7:
        return date_format(at, "D")
    if at.year == now.year:
        return date_format(at, "j M")
    return date_format(at, "j M Y")


def full(at: datetime, now: datetime | None = None) -> str:
    """For a message: everything, and how long ago if that is not long."""
    text = date_format(at, "D j F Y, H:i")
    seconds = (timezone.localtime(now) - at).total_seconds()
    if 0 <= seconds < 60:
        ago = _("now")
    elif 0 <= seconds < 3600:
        ago = _("%(minutes)d min ago") % {"minutes": seconds // 60}
    elif 0 <= seconds < 86_400:
        ago = _("%(hours)d h ago") % {"hours": seconds // 3600}
    else:
        return text
    return f"{text} ({ago})"

"""Dates as people say them: "14:05", "Mon", "12 Mar", "2023-11-04"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

_DATES = {  # preference → this year, another year, with the weekday; "auto" is the language's own, below
    "dmy": ("d.m.", "d.m.Y", "D d.m.Y"),
    "mdy": ("m/d", "m/d/Y", "D m/d/Y"),
    "ymd": ("m-d", "Y-m-d", "D Y-m-d"),
}
_TIMES = {"24": "H:i", "12": "g:i A"}
_written: ContextVar[tuple[str, str]] = ContextVar("written", default=("auto", "24"))


@contextmanager
def written(dates: str, times: str) -> Iterator[None]:
    """As the reader wants dates and times, for as long as a page is made."""
    token = _written.set((dates, times))
    try:
        yield
    finally:
        _written.reset(token)


def _dates(preference: str) -> tuple[str, str, str]:
    if preference in _DATES:
        return _DATES[preference]
    # Translators: letters of Django's date filter: a day of this year, one of another year, one with its weekday.
    return pgettext("day", "j M"), pgettext("day", "j M Y"), pgettext("day", "D j F Y")


def day(at: date) -> str:
    """A whole day with the name of its month: "12 March 2026"."""
    return date_format(at, pgettext("day", "j F Y"))


def day_of_week(at: date) -> str:
    """The same with the weekday before it, or wherever the language has it."""
    return date_format(at, pgettext("day", "l, j F Y"))


def day_of_year(at: date, now: date) -> str:
    """A day in short, with its year if it is another one; never the reader's own order of figures."""
    return date_format(at, _dates("auto")[0 if at.year == now.year else 1])


def moment(seconds: int) -> datetime:
    """Seconds since 1970 in the reader's time zone; what no calendar holds is 1970."""
    try:
        return timezone.localtime(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def clock(at: datetime) -> str:
    """The time of day."""
    return date_format(at, _TIMES[_written.get()[1]])


def short(at: datetime, now: datetime | None = None) -> str:
    """For a list: the time today, the day this week, the date this year, the whole date before."""
    now = now or timezone.localtime()
    dates, times = _written.get()
    days = (now.date() - at.date()).days
    if days == 0:
        return date_format(at, _TIMES[times])
    if 0 < days < 7:
        return date_format(at, "D")
    if at.year == now.year:
        return date_format(at, _dates(dates)[0])
    return date_format(at, _dates(dates)[1])


def full(at: datetime, now: datetime | None = None) -> str:
    """For a message: everything, and how long ago if that is not long."""
    dates, times = _written.get()
    text = f"{date_format(at, _dates(dates)[2])}, {date_format(at, _TIMES[times])}"
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

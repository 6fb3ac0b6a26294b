"""The moments people mean by "this evening" and "next week", in the zone they live in.

Days are counted on the wall clock and turned into seconds at the end, so that 8:00 stays 8:00 across a change to or
from summer time. A wall time that a change skips is taken as if it had not been skipped: a moment later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

MORNING = time(8)
EVENING = time(18)
LATER_HOURS = 3
LATEST_DAYS = 5 * 366
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Preset:
    """One offer: its name, and the moment it stands for now."""

    key: str  # "later", "evening", "tomorrow", "afternoon", "weekend", "week"
    at: datetime

    @property
    def seconds(self) -> int:
        """Since 1970."""
        return int(self.at.timestamp())


def snooze_presets(now: datetime) -> list[Preset]:
    """Later today, this evening, tomorrow, at the weekend, next week: those that are still ahead and differ."""
    later = _whole_hour(now + timedelta(hours=LATER_HOURS))
    found = []
    if later.date() == now.date() and later.hour < 22:
        found.append(Preset("later", later))
    if now.hour < EVENING.hour - 1:
        found.append(Preset("evening", _at(now, 0, EVENING)))
    found.append(Preset("tomorrow", _at(now, 1, MORNING)))
    if now.weekday() < _SATURDAY - 1:  # on a Friday tomorrow is the weekend
        found.append(Preset("weekend", _at(now, _SATURDAY - now.weekday(), MORNING)))
    if now.weekday() != 6:  # on a Sunday tomorrow is next week
        found.append(Preset("week", _at(now, 7 - now.weekday(), MORNING)))
    return sorted(found, key=lambda preset: preset.at)


def send_presets(now: datetime) -> list[Preset]:
    """Tomorrow morning and afternoon, and when the week begins."""
    found = [Preset("tomorrow", _at(now, 1, MORNING)), Preset("afternoon", _at(now, 1, time(13)))]
    if now.weekday() != 6:
        found.append(Preset("week", _at(now, 7 - now.weekday(), MORNING)))
    return found


def on(now: datetime, day: date, at: time) -> datetime:
    """A date and a time of day where `now` is."""
    moment = datetime.combine(day, at, tzinfo=now.tzinfo)
    return datetime.fromtimestamp(moment.timestamp(), now.tzinfo)


def _at(now: datetime, days: int, at: time) -> datetime:
    return on(now, now.date() + timedelta(days=days), at)


def _whole_hour(moment: datetime) -> datetime:
    """The next full hour: nobody means 16:47."""
    rounded = moment.replace(minute=0, second=0, microsecond=0)
    return rounded if moment.minute < 15 else rounded + timedelta(hours=1)

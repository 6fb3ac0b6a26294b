"""Dates in headers, as people and programs really write them: RFC 5322 §3.3, obsolete forms of §4.3."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    month: number
    for number, months in enumerate(
        (
            "jan",
            "feb",
            "mar mär mrz",
            "apr avr",
            "may mai",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct okt",
            "nov",
            "dec dez",
        ),
        1,
    )
    for month in months.split()
}
# RFC 5322 §4.3: these name real offsets; every other word means "unknown", which is +0000 here.
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "cet": 60, "met": 60, "mez": 60, "cest": 120,
    "mest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "hkt": 480, "jst": 540, "kst": 540,
    "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480,
}  # fmt: skip

_TIME = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:\.\d+)?)?\s*([ap]m)?"
_ZONE = r"(?:\s*([+-]\d{1,4})(?!\d)|\s*(?:GMT|UTC)([+-]\d{4})|\s*\(?([A-Za-z]{1,5})\b)?"
_RFC5322 = re.compile(
    rf"\s*(?:[^\W\d]+\.?,?\s*)?(\d{{1,2}})[\s-]+([^\W\d]{{3,12}})\.?,?[\s-]+(\d{{2,4}})[\s,]+{_TIME}{_ZONE}",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"\s*[A-Za-z]{{3,9}},?\s+([A-Za-z]{{3,9}})\s+(\d{{1,2}}),?\s+{_TIME}\s*(?:([A-Z]{{2,5}})\s+)?(\d{{4}})\s*([+-]\d{{4}})?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_COMMENT = re.compile(r"\([^()]*\)")
_LONGEST = 200

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def parse(value: str) -> datetime | None:
    """The moment a Date header names, with its own zone; None if it is unreadable or no moment of e-mail's lifetime."""
    if len(value) > _LONGEST:
        value = value[:_LONGEST]
    found = _RFC5322.match(value)
    if found is None and "(" in value:
        value = _COMMENT.sub(" ", value)
        found = _RFC5322.match(value)
    try:
        if found is not None:
            day, month, year, hour, minute, second, half, offset, offset2, zone = found.groups()
            return _moment(
                _year(year), _MONTHS.get(month[:3].lower(), 0), int(day), hour, minute, second, half,
                _offset(offset or offset2, zone),
            )  # fmt: skip
        if (found := _ASCTIME.match(value)) is not None:
            month, day, hour, minute, second, half, zone, year, offset = found.groups()
            return _moment(
                int(year),
                _MONTHS.get(month[:3].lower(), 0),
                int(day),
                hour,
                minute,
                second,
                half,
                _offset(offset, zone),
            )
        if (found := _ISO.match(value)) is not None:
            year, month, day, hour, minute, second, offset = found.groups()
            offset = "" if offset in (None, "Z") else offset.replace(":", "")
            return _moment(int(year), int(month), int(day), hour, minute, second, None, _offset(offset, None))
    except (ValueError, OverflowError):
        pass
    return None


def _moment(
    year: int, month: int, day: int, hour: str, minute: str, second: str | None, half: str | None, offset: int
) -> datetime | None:
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    seconds = min(int(second or 0), 59)  # a leap second is the one before it
    zone = UTC if offset == 0 else timezone(timedelta(minutes=offset))
    moment = datetime(year, month, day, hours, int(minute), seconds, tzinfo=zone)
    return moment if EARLIEST <= moment < LATEST else None


def _year(digits: str) -> int:
    """RFC 5322 §4.3: two digits are 1950-2049, three count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _offset(digits: str | None, zone: str | None) -> int:
    """Minutes east of Greenwich; a zone that does not exist is Greenwich."""
    if digits:
        number = digits[1:].rjust(4, "0") if len(digits) > 3 else digits[1:].rjust(2, "0") + "00"
        hours, minutes = int(number[:2]), int(number[2:])
        if hours > 23 or minutes > 59:
            return 0
        return (hours * 60 + minutes) * (-1 if digits[0] == "-" else 1)
    return _ZONES.get(zone.lower(), 0) if zone else 0


_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render(moment: datetime) -> str:
    """RFC 5322 §3.3, in English whatever the locale."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (
        f"{_DAY_NAMES[moment.weekday()]}, {moment.day} {_MONTH_NAMES[moment.month - 1]} {moment.year:04d}"
        f" {moment:%H:%M:%S} {moment:%z}"[:31]
    )

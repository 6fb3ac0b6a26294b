"""date and date-time: RFC 9051 §9, RFC 9051 §2.3.3."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = {name.upper().encode(): number for number, name in enumerate(MONTHS, 1)}

_DATE = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})\Z")
_DATE_TIME = re.compile(
    rb'"([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"'
)


def day(octets: bytes) -> date:
    """1-Feb-1994."""
    found = _DATE.match(octets)
    month = found and _NUMBER.get(found[2].upper())
    if not found or not month:
        raise Malformed("Broken date")
    try:
        return date(int(found[3]), month, int(found[1]))
    except ValueError:
        raise Malformed("No such day") from None


def search_date(reader: Reader) -> date:
    return day(reader.astring())


def date_time(reader: Reader) -> datetime:
    """ "01-Feb-1994 21:52:25 -0800", quotes and all, in UTC."""
    found = reader.match(_DATE_TIME)
    month = found and _NUMBER.get(found[2].upper())
    if not found or not month:
        raise Malformed("Broken date-time")
    offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
    try:
        zone = timezone(-offset if found[7] == b"-" else offset)
        local = datetime(
            int(found[3]),
            month,
            int(found[1]),
            int(found[4]),
            int(found[5]),
            min(int(found[6]), 59),
            tzinfo=zone,
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("No such date-time") from None


def written(moment: datetime) -> bytes:
    """An aware datetime as INTERNALDATE, in UTC."""
    t = moment.astimezone(UTC)
    return b'"%02d-%s-%04d %02d:%02d:%02d +0000"' % (
        t.day,
        MONTHS[t.month - 1].encode(),
        t.year,
        t.hour,
        t.minute,
        t.second,
    )

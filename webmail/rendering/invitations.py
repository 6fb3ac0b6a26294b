"""An invitation as `conversation/_invitation.html` shows it: when, where, who, and what may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailcore.calendar import event as events
from mailcore.calendar import invitations
from mailcore.calendar.event import Attendee, Event
from mailcore.calendar.invitations import Known
from mailcore.identity import addresses as directory
from mailcore.message import bodies
from mailcore.message.part import Part
from webmail.rendering import when
from webmail.rendering.letter import Shown

MOST_SHOWN = 3  # invitations in one message
_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


@dataclass(frozen=True, slots=True)
class Card:
    """One event."""

    number: str  # of its part
    event: Event
    known: Known
    heading: str
    level: str
    when: str
    zone: str  # where the times were given in another one than the reader's
    repeats: str
    day: int | None
    month: str
    guests: list[tuple[Attendee, str]]
    left_out: int
    may_answer: bool
    state: str

    @property
    def is_over(self) -> bool:
        end = self.event.end or self.event.start
        if end is None or self.repeats:
            return False
        return events.moment(end, timezone.get_current_timezone()) < timezone.localtime()


def cards(shown: Shown) -> list[Card]:
    """The invitations of a message, each once; what cannot be read is a file like any other."""
    found: dict[tuple[str, str, int, str], Card] = {}
    for part in _parts(shown):
        if len(found) == MOST_SHOWN:
            break
        event = read(shown, part)
        if event is not None:
            key = (event.uid, event.recurrence, event.sequence, event.method)
            found.setdefault(key, _card(shown, part, event))
    return list(found.values())


def part_of(shown: Shown, number: str) -> Part | None:
    """The part of that number, if it is one of those shown."""
    return next((part for part in _parts(shown) if part.number == number), None)


def read(shown: Shown, part: Part) -> Event | None:
    """The event in a part; None if there is none that can be read."""
    if part.size > events.MOST_OCTETS * 2:
        return None
    octets = b"".join(bodies.decoded_chunks(part, shown.fetch))
    try:
        return events.read(octets, part.parameters.get("method", ""))
    except events.Unreadable:
        return None


def _parts(shown: Shown) -> list[Part]:
    attached = [part for part in shown.attached if part.type == "application/ics"]
    return [*shown.reading.calendars, *attached][: MOST_SHOWN * 2]


def _card(shown: Shown, part: Part, event: Event) -> Card:
    account = shown.account
    known = invitations.known(account.pk, event)
    heading, level = _heading(event, known)
    here = timezone.get_current_timezone()
    start = events.moment(event.start, here) if event.start is not None else None
    is_mine = event.organizer is not None and directory.may_send_as(account, event.organizer.address)
    may_answer = (
        event.method == "REQUEST"
        and not event.is_cancelled
        and not known.is_outdated
        and event.organizer is not None
        and bool(event.organizer.address)
        and not is_mine
        and not shown.is_enclosed
    )
    guests = [(one, guest_state(one)) for one in event.attendees[:20]]
    has_zone = isinstance(event.start, datetime) and event.start.tzinfo is not None and event.zone
    return Card(
        number=part.number,
        event=event,
        known=known,
        heading=heading,
        level=level,
        when=_when(event),
        zone=event.zone if has_zone and start and start.utcoffset() != _offset(event.start) else "",
        repeats=repeats(event),
        day=start.day if start else None,
        month=date_format(start, "M") if start else "",
        guests=guests,
        left_out=len(event.attendees) - len(guests),
        may_answer=may_answer,
        state=_answered(known),
    )


def _offset(moment: date | None) -> object:
    return moment.utcoffset() if isinstance(moment, datetime) else None


def _heading(event: Event, known: Known) -> tuple[str, str]:
    first = event.attendees[0] if event.attendees else None
    who = (first.name or first.address) if first else ""
    if event.is_cancelled:
        return _("Cancelled"), "danger"
    if known.is_outdated:
        if known.is_cancelled:
            return _("Cancelled by a later message"), "danger"
        return _("Changed by a later message"), "warning"
    if event.method == "REPLY" and first is not None:
        words = {
            "accepted": _("%(who)s will come"),
            "tentative": _("%(who)s will perhaps come"),
            "declined": _("%(who)s will not come"),
        }
        return words.get(first.state, _("%(who)s has answered")) % {"who": who}, "info"
    if event.method == "COUNTER":
        return _("%(who)s proposes another time") % {"who": who or "?"}, "info"
    if event.method == "DECLINECOUNTER":
        return _("The other time that was proposed does not suit"), "info"
    if event.method == "REFRESH":
        return _("%(who)s asks for the latest version") % {"who": who or "?"}, "info"
    if event.method == "REQUEST":
        if known.is_changed:
            return _("Changed since you answered"), "warning"
        return (_("Changed invitation") if event.sequence else _("Invitation")), "info"
    return _("Event"), "info"


def _answered(known: Known) -> str:
    return {
        "accepted": _("You said yes."),
        "tentative": _("You said maybe."),
        "declined": _("You said no."),
    }.get(known.answer, "")


def guest_state(guest: Attendee) -> str:
    """Yes, no, maybe, or not yet."""
    return {
        "accepted": _("yes"),
        "declined": _("no"),
        "tentative": _("maybe"),
        "delegated": _("sends somebody else"),
    }.get(guest.state, _("no answer yet"))


def _when(event: Event) -> str:
    """The times in the reader's zone, as short as they are clear."""
    if event.start is None:
        return ""
    here = timezone.get_current_timezone()
    start = events.moment(event.start, here)
    end = events.moment(event.end, here) if event.end is not None else None
    day = when.day_of_week(start)
    if event.is_all_day:
        if end is None or end.date() <= start.date():
            return _("%(day)s, all day") % {"day": day}
        return _("%(start)s to %(end)s") % {"start": day, "end": when.day_of_week(end)}
    if end is None or end <= start:
        return _("%(day)s, %(time)s") % {"day": day, "time": date_format(start, "H:i")}
    values = {"day": day, "start": date_format(start, "H:i"), "end": date_format(end, "H:i")}
    if end.date() == start.date():
        return _("%(day)s, %(start)s to %(end)s") % values
    first, last = (f"{when.day_of_week(at)}, {date_format(at, 'H:i')}" for at in (start, end))
    return _("%(start)s to %(end)s") % {"start": first, "end": last}


def repeats(event: Event) -> str:
    """A recurrence rule as a sentence: RFC 5545 §3.3.10. What has no words here is said to repeat by a rule."""
    rule = event.rule
    if not rule:
        return ""
    interval = max(1, _int(rule.get("INTERVAL", ("1",))[0]))
    frequency = rule.get("FREQ", ("",))[0]
    unit = {
        "DAILY": lambda n: ngettext("every day", "every %(n)d days", n),
        "WEEKLY": lambda n: ngettext("every week", "every %(n)d weeks", n),
        "MONTHLY": lambda n: ngettext("every month", "every %(n)d months", n),
        "YEARLY": lambda n: ngettext("every year", "every %(n)d years", n),
    }.get(frequency)
    if unit is None:
        return _("Repeats by a rule of its own")
    text = unit(interval) % {"n": interval}
    days = [_day(day) for day in rule.get("BYDAY", ())]
    if all(days) and days and frequency == "WEEKLY":
        text = _("%(often)s on %(days)s") % {"often": text, "days": _and(days)}
    elif rule.keys() & {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"}:
        text = _exactly(rule, text)
    count, until = _int(rule.get("COUNT", ("0",))[0]), rule.get("UNTIL", ("",))[0]
    if count:
        times = ngettext("%(often)s, once", "%(often)s, %(n)d times", count)
        return _repeat(times % {"often": text, "n": count})
    if until:
        return _repeat(_("%(often)s until %(day)s") % {"often": text, "day": _date(until)})
    return _repeat(text)


def _exactly(rule: object, text: str) -> str:
    """Days of the month and the like, where they can be said; else that there is more to it."""
    given = rule if isinstance(rule, dict) else {}
    days = [_int(day) for day in given.get("BYMONTHDAY", ())]
    if days and all(day > 0 for day in days) and not given.keys() & {"BYDAY", "BYSETPOS"}:
        text = _("%(often)s on day %(days)s of the month") % {
            "often": text,
            "days": _and([str(day) for day in days]),
        }
        months = [str(MONTHS[number]) for number in map(_int, given.get("BYMONTH", ())) if 1 <= number <= 12]
        return _("%(often)s in %(months)s") % {"often": text, "months": _and(months)} if months else text
    return _("%(often)s on certain days") % {"often": text}


def _repeat(text: str) -> str:
    return _("Repeats %(often)s") % {"often": text}


def _day(code: str) -> str:
    return str(WEEKDAYS[_DAYS[code]]) if code in _DAYS else ""


def _and(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _int(text: str) -> int:
    return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 6 else 0


def _date(text: str) -> str:
    try:
        return when.day(date.fromisoformat(text[:10]))
    except ValueError:
        return text

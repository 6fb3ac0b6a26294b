"""Reports as sentences: what became of a letter of ours, for each recipient; who read it; who complained.

RFC 3464, RFC 8098, RFC 5965.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mailcore.message import bodies, delivery_status, feedback_report
from mailcore.message.delivery_status import Disposition
from mailcore.message.part import Part
from webmail.rendering.people import clean

MOST_SENTENCES = 20
MAX_REASON = 300
DELIVERY = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
KINDS = (*DELIVERY, *DISPOSITION, "message/feedback-report")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One recipient's fate. `level` chooses the colour of its notice."""

    level: str
    text: str


def sentences(parts: Iterable[Part], fetch: bodies.Fetch) -> list[Sentence]:
    """What the machine's half of a report says."""
    found: list[Sentence] = []
    for part in parts:
        if part.type in KINDS:
            raw = fetch(part.body_start, min(part.size, delivery_status.MAX_OCTETS))
            found += _sentences(part.type, bodies.decoded(raw, part.encoding))
    return found[:MOST_SENTENCES]


def _sentences(kind: str, body: bytes) -> Iterator[Sentence]:
    if kind in DELIVERY:
        yield from map(_delivery, delivery_status.parse(body).recipients)
    elif kind in DISPOSITION:
        yield _disposition(delivery_status.parse_disposition(body))
    else:
        yield _complaint(feedback_report.parse(body))


def _delivery(row: delivery_status.Recipient) -> Sentence:
    address = clean(row.original or row.address)
    reason = clean(row.diagnostic or row.status)[:MAX_REASON]
    if row.is_failure:
        return Sentence(
            "danger", _("Not delivered to %(address)s: %(reason)s") % {"address": address, "reason": reason}
        )
    if row.action == "delayed":
        text = _("Not yet delivered to %(address)s; it is tried again. %(reason)s")
        return Sentence("warning", (text % {"address": address, "reason": reason}).strip())
    if row.action in ("relayed", "expanded"):
        text = _("Handed on for %(address)s to a system that sends no further reports")
        return Sentence("info", text % {"address": address})
    return Sentence("success", _("Delivered to %(address)s") % {"address": address})


def _disposition(found: Disposition) -> Sentence:
    who = {"reader": clean(found.reader) or _("The recipient")}
    if found.disposition == "displayed":
        return Sentence("success", _("%(reader)s has opened your message.") % who)
    if found.disposition == "deleted":
        return Sentence("warning", _("%(reader)s has deleted your message, perhaps unread.") % who)
    if found.disposition == "dispatched":
        return Sentence("info", _("%(reader)s has passed your message on.") % who)
    if found.disposition == "processed":
        return Sentence("info", _("A machine at %(reader)s has worked on your message.") % who)
    return Sentence("info", _("%(reader)s tells something about your message that we do not know.") % who)


def _complaint(found: feedback_report.FeedbackReport) -> Sentence:
    kind = {
        "abuse": _("somebody called a message spam"),
        "fraud": _("somebody called a message a fraud"),
        "virus": _("a message carried something harmful"),
        "not-spam": _("somebody said that a message was no spam"),
        "auth-failure": _("a message did not prove who sent it"),
    }.get(found.type, _("somebody complained about a message"))
    about = clean(", ".join(found.recipients) or found.source_address or found.domain)[:MAX_REASON]
    text = _("A complaint: %(kind)s (%(about)s).") if about else _("A complaint: %(kind)s.")
    return Sentence(
        "success" if found.type == "not-spam" else "warning", text % {"kind": kind, "about": about}
    )

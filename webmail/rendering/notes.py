"""What a reader should know of how a message is made: signed, locked, in pieces, elsewhere, damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from mailcore.message import external_body, partial
from mailcore.message.part import Part
from mailcore.search import pieces
from webmail.rendering.letter import Shown
from webmail.rendering.people import clean

MOST_POINTERS = 20
SIGNED_AS = {
    "application/pgp-signature": "OpenPGP",
    "application/pkcs7-signature": "S/MIME",
    "application/x-pkcs7-signature": "S/MIME",
}
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True)
class Note:
    """A line above the body."""

    icon: str
    text: str
    level: str = "info"
    detail: str = ""  # a stranger's words: shown apart, as they are
    links: tuple[tuple[str, str], ...] = ()  # (address, what it says)
    is_whole: bool = False  # the pieces are all here: offer to put them together


def notes(shown: Shown) -> list[Note]:
    """All of them, the most important first."""
    parts = list(shown.root.walk())
    found = [*_locked(shown, parts), *_signed(parts), *_in_pieces(shown), *_elsewhere(shown, parts)]
    if any(part.type in TNEF for part in parts):
        found.append(
            Note(
                "info",
                _(
                    "Outlook packed part of this message into winmail.dat, a format of its own, which we do not open."
                    " Ask the sender to write in HTML or plain text."
                ),
            )
        )
    if _is_damaged(parts):
        found.append(
            Note(
                "warning",
                _("This message is damaged or was cut off on its way. What could be saved of it is shown."),
                "warning",
            )
        )
    return found


def _locked(shown: Shown, parts: list[Part]) -> Iterator[Note]:
    method = ""
    if any(part.type == "multipart/encrypted" for part in parts):
        method = "OpenPGP"
    elif any(part.type in SMIME and not _is_signed_data(part) for part in parts):
        method = "S/MIME"
    if method:
        text = _("This message is encrypted (%(method)s). Open the original in a program that has your key.")
        original = reverse("message:raw", args=[shown.row.id])
        yield Note(
            "lock", text % {"method": method}, links=((f"{original}?download=1", _("Download (.eml)")),)
        )


def _is_signed_data(part: Part) -> bool:
    """RFC 8551 §3.2.2: the same type holds what is signed only."""
    return part.parameters.get("smime-type", "").lower() in ("signed-data", "certs-only")


def _signed(parts: list[Part]) -> Iterator[Note]:
    for part in parts:
        method = ""
        if part.type == "multipart/signed" and len(part.children) > 1:
            method = SIGNED_AS.get(part.children[1].type, "")
        elif part.type in SMIME and _is_signed_data(part):
            method = "S/MIME"
        if method:
            yield Note(
                "pencil", _("Signed (%(method)s). The signature was not checked.") % {"method": method}
            )
            return


def _in_pieces(shown: Shown) -> Iterator[Note]:
    if shown.is_enclosed or partial.piece(shown.root) is None:
        return
    found = pieces.of(shown.row.account_id, shown.row)
    if found is None:
        return
    links = tuple(
        (reverse("message:show", args=[other.id]), _("Part %(number)d") % {"number": number})
        for number, other in sorted(found.here.items())
        if other.id != shown.row.id
    )
    if found.is_complete:
        text = _("This is part %(number)d of %(total)d of one message. All parts are here.")
    elif found.total:
        text = _("This is part %(number)d of %(total)d of one message. Here so far: %(here)d.")
    else:
        text = _("This is part %(number)d of a longer message; how long it is nobody has said yet.")
    values = {"number": found.number, "total": found.total, "here": len(found.here)}
    yield Note("file", text % values, links=links, is_whole=found.is_complete)


def _elsewhere(shown: Shown, parts: list[Part]) -> Iterator[Note]:
    chosen = [part for part in parts if part.type == "message/external-body"]
    for part in chosen[:MOST_POINTERS]:
        found = external_body.pointer(part, shown.fetch)
        text = _(
            "A part of this message (%(type)s) lies elsewhere (%(access)s). Nothing is fetched from there."
        )
        place = " · ".join(filter(None, [clean(found.description), clean(found.location)]))
        values = {"type": found.type, "access": clean(found.access_type) or "?"}
        yield Note("link", text % values, detail=place[:1000])


def _is_damaged(parts: list[Part]) -> bool:
    """A multipart that was never closed: its last part ends where it does, without a delimiter line."""
    return any(
        part.is_multipart
        and part.children
        and (part.children[-1].end >= part.end or part.children[0].header_start == part.body_start)
        for part in parts
    )

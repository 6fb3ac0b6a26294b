"""Attachments as a reader sees them: a name that cannot lie, a size, what it is, and what may be done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from mailcore.message import attachments, mime_types
from mailcore.message.attachments import Danger
from mailcore.message.mime_types import Types
from mailcore.message.part import Part
from mailcore.store import mime_types as site_types

MAX_THUMBNAIL = 4_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"})
AUDIO = {  # what browsers play, and what to call it so that they do
    "audio/aac": "audio/aac",
    "audio/basic": "audio/wav",  # made into one on the way: rendering/sound.py
    "audio/flac": "audio/flac",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/mp4": "audio/mp4",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/wav": "audio/wav",
    "audio/webm": "audio/webm",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
}
VIDEO = {
    "video/mp4": "video/mp4",
    "video/ogg": "video/ogg",
    "video/quicktime": "video/mp4",
    "video/webm": "video/webm",
    "video/x-m4v": "video/mp4",
}
_TEXTS = frozenset(
    {
        "application/ecmascript",
        "application/javascript",
        "application/json",
        "application/ld+json",
        "application/pgp-keys",
        "application/sql",
        "application/toml",
        "application/x-httpd-php",
        "application/x-ndjson",
        "application/x-perl",
        "application/x-python",
        "application/x-sh",
        "application/x-shellscript",
        "application/x-subrip",
        "application/x-tex",
        "application/xhtml+xml",
        "application/xml",
        "application/yaml",
        "image/svg+xml",  # its source; alive it would be a page
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    }
)


@dataclass(frozen=True, slots=True)
class File:
    """One attachment. `view` says how it can be looked at: picture, audio, video, pdf, text, mail, or not at all."""

    number: str
    name: str
    size: int
    type: str
    kind: str  # three or four letters for its tile
    type_name: str  # "PDF document"; the MIME type's own name where there is no better
    view: str
    url: str  # to save it
    open_url: str  # to look at it
    play_as: str
    danger: Danger
    warning: str

    @property
    def is_media(self) -> bool:
        return self.view in ("audio", "video")

    @property
    def picture_url(self) -> str:
        """For its thumbnail; big ones are not loaded before somebody asks."""
        return self.open_url if self.view == "picture" and self.size <= MAX_THUMBNAIL else ""


def files(message_id: int, parts: Sequence[Part]) -> list[File]:
    """Parts as attachments of the message."""
    if not parts:
        return []
    types = site_types.table()
    return [file(message_id, part, types) for part in parts]


def file(message_id: int, part: Part, types: Types) -> File:
    """One part as an attachment."""
    name = attachments.name(part, types)
    kind = types.refined(part.type, name)
    view = view_of(kind, part)
    url = reverse("message:attachment", args=[message_id, part.number])
    danger = attachments.danger(part)
    extension = mime_types.extension_of(name)
    return File(
        number=part.number,
        name=name,
        size=attachments.decoded_size(part),
        type=part.type,
        kind=(extension or part.type.partition("/")[2])[:4],
        type_name=type_name(kind, types),
        view=view,
        url=url,
        open_url=_open_url(message_id, part, view, url),
        play_as=AUDIO.get(kind) or VIDEO.get(kind, ""),
        danger=danger,
        warning=warning(danger, extension),
    )


def view_of(kind: str, part: Part) -> str:
    """How a browser can show it without harm."""
    if part.is_message:
        return "mail"
    for view, known in (("picture", PICTURES), ("audio", AUDIO), ("video", VIDEO)):
        if kind in known:
            return view
    if kind == "application/pdf":
        return "pdf"
    if kind in _TEXTS or kind.startswith("text/") or kind.endswith(("+json", "+xml")):
        return "text"
    return ""


def _open_url(message_id: int, part: Part, view: str, url: str) -> str:
    if view == "mail":
        return reverse("message:enclosed", args=[message_id, part.number])
    if view == "text":
        return reverse("message:text", args=[message_id, part.number])
    return f"{url}?open=1" if view else ""


def warning(danger: Danger, extension: str) -> str:
    """The sentence beside the name."""
    if danger is Danger.DISGUISED:
        return _("Looks like a document, but ends in .%(extension)s: opening it runs a program.") % {
            "extension": extension
        }
    if danger is Danger.PROGRAM:
        return _("A program (.%(extension)s). Open it only if you expected it.") % {"extension": extension}
    if danger is Danger.HIDDEN:
        return _("The sender's name for it held hidden characters; they were taken out.")
    if danger is Danger.PAGE:
        return _("A web page. It may imitate a sign-in: never type a password there.")
    return ""


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition header that every browser reads the same way. RFC 6266, RFC 8187."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def type_name(kind: str, types: Types) -> str:
    """What people call the type: "PDF document", or the type itself."""
    return types.names.get(kind) or _type_names(get_language() or "").get(kind) or kind


@lru_cache(maxsize=64)
def _type_names(language: str) -> dict[str, str]:
    with override(language):
        picture, sound, film = _("Picture"), _("Sound"), _("Film")
        table, text, archive = _("Table"), _("Text"), pgettext("kind of file", "Archive")
        document, slides, program = _("Document"), _("Presentation"), _("Program")
        names = {
            "application/gzip": archive,
            "application/json": _("Data (JSON)"),
            "application/msword": document,
            "application/ms-tnef": _("Outlook's own format"),
            "application/octet-stream": _("File of unknown type"),
            "application/pdf": _("PDF document"),
            "application/pgp-encrypted": _("Encrypted (OpenPGP)"),
            "application/pgp-keys": _("OpenPGP key"),
            "application/pkcs7-mime": _("Encrypted or signed (S/MIME)"),
            "application/postscript": _("PostScript document"),
            "application/rtf": document,
            "application/vnd.ms-excel": table,
            "application/vnd.ms-powerpoint": slides,
            "application/vnd.ms-tnef": _("Outlook's own format"),
            "application/vnd.oasis.opendocument.presentation": slides,
            "application/vnd.oasis.opendocument.spreadsheet": table,
            "application/vnd.oasis.opendocument.text": document,
            "application/x-7z-compressed": archive,
            "application/x-msdownload": program,
            "application/x-sh": program,
            "application/x-zip-compressed": archive,
            "application/zip": archive,
            "message/global": _("Message"),
            "message/partial": _("Part of a message"),
            "message/rfc822": _("Message"),
            "text/calendar": _("Calendar entry"),
            "text/csv": table,
            "text/html": _("Web page"),
            "text/markdown": text,
            "text/plain": text,
            "text/vcard": _("Contact"),
            "text/x-vcard": _("Contact"),
        }
        office = "application/vnd.openxmlformats-officedocument"
        names[f"{office}.wordprocessingml.document"] = document
        names[f"{office}.spreadsheetml.sheet"] = table
        names[f"{office}.presentationml.presentation"] = slides
        for family, name in (("image/", picture), ("audio/", sound), ("video/", film)):
            for kind in mime_types.SYSTEM.extensions:
                if kind.startswith(family):
                    names[kind] = f"{name} ({mime_types.SYSTEM.extensions[kind][0].upper()})"
        return names

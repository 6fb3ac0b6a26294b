"""Attachments as a reader sees them: a name that cannot lie, a size, and what may be done with it."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from mailcore.message.part import Part
from webmail.rendering.people import clean

MAX_NAME = 180
MAX_THUMBNAIL = 2_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"})
OPENED = PICTURES | {  # shown in a tab of their own, in a sandbox
    "text/plain", "audio/mpeg", "audio/ogg", "audio/wav", "audio/mp4", "video/mp4", "video/webm", "video/ogg",
}  # fmt: skip
_RISKY_NAMES = """
    ade adp app appx bat chm cmd com cpl dll dmg exe hta ins iso isp jar js jse lnk msc msi msp mst pif ps1 reg scr sct
    sh shb svg sys vb vbe vbs vhd vxd wsc wsf wsh xll html htm xhtml shtml mht docm xlsm pptm
    """
_RISKY = frozenset(_RISKY_NAMES.split())
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]+')
_RESERVED = re.compile(r"\A(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """One attachment."""

    name: str
    size: int
    kind: str  # three or four letters for its tile
    url: str
    opens: bool
    picture_url: str
    is_risky: bool


def file(message_id: int, part: Part) -> File:
    """A part as an attachment of the message."""
    name = safe_name(part)
    url = reverse("message:attachment", args=[message_id, part.number])
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    size = part.size * 3 // 4 if part.encoding == "base64" else part.size
    is_picture = part.type in PICTURES
    return File(
        name=name,
        size=size,
        kind=(extension or part.type.partition("/")[2])[:4],
        url=f"{url}?open=1" if part.type in OPENED else url,
        opens=part.type in OPENED,
        picture_url=f"{url}?open=1" if is_picture and size <= MAX_THUMBNAIL else "",
        is_risky=extension in _RISKY or part.type in ("text/html", "image/svg+xml"),
    )


def safe_name(part: Part) -> str:
    """A file name without paths, controls, tricks of direction, or names that Windows keeps for itself."""
    name = _UNSAFE.sub("_", clean(part.filename.replace("\\", "/").rpartition("/")[2])).strip(". _")
    if not name:
        name = _usual_name(part)
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: MAX_NAME - len(extension)]}.{extension}"
            if dot and len(extension) <= 10
            else name[:MAX_NAME]
        )
    return name


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition header (RFC 6266) that every browser reads the same way."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _usual_name(part: Part) -> str:
    if part.type == "message/rfc822":
        subject = _("message")
        return f"{subject}.eml"
    extension = mimetypes.guess_extension(part.type, strict=False) or ".bin"
    return f"{_('attachment')}-{part.number}{extension}"

"""Names of attachments: what is shown and what a browser saves them as. RFC 2183 §2.3, RFC 6266.

The sender chose the name, so it is only ever a label. It never leads anywhere (no path, no device), never lies about
its end (no characters that turn the direction of writing) and always fits (SECURITY C17).
"""

from __future__ import annotations

import re

from mailcore.message.part import Part

MAX_NAME = 200

_PATH = re.compile(r"[/\\]")
# Controls, and the invisible ones that reorder or hide: "exe.gpj" must not read "jpg.exe".
_DECEPTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffd\ud800-\udfff]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|\Z)", re.IGNORECASE)

_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/octet-stream": "",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/postscript": ".ps",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/basic": ".au",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/external-body": ".txt",
    "message/global": ".eml",
    "message/partial": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/directory": ".vcf",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/ogg": ".ogv",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}


def safe_name(name: str) -> str:
    """A name that is only a name; "" if nothing of it is left."""
    name = _DECEPTIVE.sub("", name)
    name = _PATH.split(name.rstrip("/\\ "))[-1]
    name = _FORBIDDEN.sub("_", " ".join(name.split())).strip(". ")
    if _DEVICES.match(name):
        name = f"_{name}"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: MAX_NAME - 1 - len(extension)]}.{extension}"
            if dot and len(extension) <= 10
            else name[:MAX_NAME]
        )
    return name


def name(part: Part) -> str:
    """What an attachment is called: its own name, else what it is."""
    own = safe_name(part.filename)
    if own:
        return own
    kind = part.type.partition("/")[0]
    stem = {"message": "message", "image": "image", "text": "text", "audio": "audio", "video": "video"}.get(
        kind, "attachment"
    )
    described = safe_name(part.description)[:60]
    number = f"-{part.number}" if part.number else ""
    return f"{described or stem + number}{_EXTENSIONS.get(part.type, '')}"


def decoded_size(part: Part) -> int:
    """About how many octets the part has once decoded; exact would mean to decode it."""
    if part.encoding == "base64":
        return max(part.size * 57 // 78, 0)  # lines of 76 letters and CRLF hold 57
    return part.size

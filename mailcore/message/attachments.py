"""Names of attachments: what is shown and what a browser saves them as. RFC 2183 §2.3, RFC 6266.

The sender chose the name, so it is only ever a label. It never leads anywhere (no path, no device), never lies about
its end (no characters that turn the direction of writing) and always fits (SECURITY C17).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from mailcore.message import mime_types
from mailcore.message.mime_types import Types
from mailcore.message.part import Part

MAX_NAME = 200

_PATH = re.compile(r"[/\\]")
# Controls, and the invisible ones that reorder or hide: "exe.gpj" must not read "jpg.exe".
_DECEPTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffd\ud800-\udfff]"
)
# Those of them that no honest writer has a use for in a name.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|\Z)", re.IGNORECASE)

# What a double click runs, on one system or another (the last row: documents that carry programs).
_PROGRAM_NAMES = """
    ade adp apk app appimage application appref-ms appx bash bat bin chm cmd com command cpl deb dll dmg elf exe
    gadget hta img inf ins iso isp jar jnlp js jse ksh lnk mde msc msi msix msp mst ocx osx out pif pkg ps1 ps1xml
    psc1 psm1 py pyc pyw reg rpm run scf scr sct settingcontent-ms sh shb shs swf sys url vb vbe vbs vhd vhdx vxd
    workflow ws wsc wsf wsh xbap xll zsh
    docm dotm potm ppam ppsm pptm sldm xlam xlsb xlsm xltm
    """
_PROGRAMS = frozenset(_PROGRAM_NAMES.split())
_PAGES = frozenset({"htm", "html", "mht", "mhtml", "shtml", "svg", "svgz", "xht", "xhtml", "xml", "xsl"})
_PROGRAM_TYPES = frozenset(
    {
        "application/x-msdownload",
        "application/x-msdos-program",
        "application/x-executable",
        "application/x-sh",
        "application/x-shellscript",
        "application/vnd.android.package-archive",
        "application/java-archive",
        "application/hta",
    }
)
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml", "message/rfc822+html"})


class Danger(Enum):
    """What a name or a type warns of."""

    NONE = ""
    PROGRAM = "program"  # it runs when it is opened
    DISGUISED = "disguised"  # it runs, and its name looks like a document's: invoice.pdf.exe
    HIDDEN = "hidden"  # its name held characters that nobody sees, which turn or cut it
    PAGE = "page"  # it opens in a browser, where it may pretend to be a sign-in


def safe_name(name: str) -> str:
    """A name that is only a name; "" if nothing of it is left."""
    name = _DECEPTIVE.sub("", " ".join(name.split()))
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


def name(part: Part, types: Types = mime_types.SYSTEM) -> str:
    """What an attachment is called: its own name, else what it is."""
    own = safe_name(part.filename)
    if own:
        return own
    kind = part.type.partition("/")[0]
    stem = kind if kind in ("message", "image", "text", "audio", "video") else "attachment"
    described = safe_name(part.description)[:60]
    number = f"-{part.number}" if part.number else ""
    extension = "" if part.type == mime_types.OCTETS else types.extension(part.type)
    return f"{described or stem + number}{extension}"


def unique_names(names: Iterable[str]) -> list[str]:
    """The same names, told apart where a folder could not hold both: "a.txt", "a (2).txt"."""
    taken: dict[str, int] = {}
    found = []
    for one in names:
        stem, dot, extension = one.rpartition(".")
        candidate, number = one, taken.get(one.casefold(), 0)
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{stem} ({number}).{extension}" if dot and stem else f"{one} ({number})"
        taken[one.casefold()] = max(number, 1)
        taken[candidate.casefold()] = 1
        found.append(candidate)
    return found


def danger(part: Part) -> Danger:
    """What a careful person would say about the file before it is saved."""
    shown = safe_name(part.filename)
    extension = mime_types.extension_of(shown)
    if extension in _PROGRAMS or part.type in _PROGRAM_TYPES:
        before = mime_types.extension_of(shown.rpartition(".")[0])
        looks_harmless = before in mime_types.SYSTEM.types and before not in _PROGRAMS
        return Danger.DISGUISED if looks_harmless or _DECEPTIVE.search(part.filename) else Danger.PROGRAM
    if _TURNING.search(part.filename):
        return Danger.HIDDEN
    if extension in _PAGES or part.type in _PAGE_TYPES:
        return Danger.PAGE
    return Danger.NONE


def decoded_size(part: Part) -> int:
    """About how many octets the part has once decoded; exact would mean to decode it."""
    if part.encoding == "base64":
        return max(part.size * 57 // 78, 0)  # lines of 76 letters and CRLF hold 57
    return part.size

"""Which type a file name means and which extension a type has: one table for both ways. RFC 2046, RFC 6838.

The system's table is Python's own (the same on every machine: nobody's /etc is read) with the names that mail uses set
right. A site adds types of its own (`with_own`), and they go before the system's.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

OCTETS = "application/octet-stream"
NAME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")  # RFC 6838 §4.2
EXTENSION = re.compile(r"[a-z0-9][a-z0-9_+-]{0,19}")

# The usual extension first. What Python does not know, or what several types claim.
_MAIL = """
application/gzip: gz
application/illustrator: ai
application/ms-tnef: dat
application/msword: doc dot
application/pgp-encrypted: asc
application/pgp-keys: asc
application/pgp-signature: asc sig
application/pkcs7-mime: p7m
application/pkcs7-signature: p7s
application/x-pkcs7-mime: p7m
application/x-pkcs7-signature: p7s
application/postscript: ps eps
application/rtf: rtf
application/toml: toml
application/vnd.android.package-archive: apk
application/vnd.apple.pkpass: pkpass
application/vnd.ms-excel: xls
application/vnd.ms-outlook: msg
application/vnd.ms-powerpoint: ppt pps
application/vnd.ms-tnef: dat
application/vnd.oasis.opendocument.presentation: odp
application/vnd.oasis.opendocument.spreadsheet: ods
application/vnd.oasis.opendocument.text: odt
application/vnd.openxmlformats-officedocument.presentationml.presentation: pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document: docx
application/vnd.rar: rar
application/x-7z-compressed: 7z
application/x-apple-diskimage: dmg
application/x-bzip2: bz2
application/x-msdownload: exe dll
application/x-xz: xz
application/xml: xml
application/yaml: yaml yml
application/zip: zip
application/zstd: zst
audio/aac: aac
audio/basic: au snd
audio/flac: flac
audio/mp4: m4a
audio/mpeg: mp3
audio/ogg: ogg oga opus
audio/wav: wav
audio/webm: weba
image/avif: avif
image/bmp: bmp
image/heic: heic
image/jpeg: jpg jpeg jpe
image/png: png
image/svg+xml: svg
image/tiff: tif tiff
image/webp: webp
message/delivery-status: txt
message/disposition-notification: txt
message/external-body: txt
message/feedback-report: txt
message/global: u8msg
message/partial: eml
message/rfc822: eml
text/calendar: ics
text/csv: csv
text/directory: vcf
text/html: html htm
text/javascript: js mjs
text/markdown: md markdown
text/plain: txt text log
text/rfc822-headers: txt
text/vcard: vcf
text/x-vcard: vcf
text/xml: xml
video/mp4: mp4 m4v
video/mpeg: mpg mpeg
video/ogg: ogv
video/quicktime: mov
video/webm: webm
video/x-matroska: mkv
"""


@dataclass(frozen=True, slots=True)
class Types:
    """A table; extensions are in lower case and without their dot."""

    extensions: Mapping[str, tuple[str, ...]]  # of a type, the usual one first
    types: Mapping[str, str]  # of an extension
    names: Mapping[str, str] = field(default_factory=dict)  # what a site calls its own types
    own: frozenset[str] = frozenset()  # extensions that the site gave a meaning

    def extension(self, kind: str) -> str:
        """ ".png" for image/png; "" where none is usual."""
        found = self.extensions.get(kind)
        return f".{found[0]}" if found else ""

    def type_of(self, name: str) -> str:
        """What a file of that name is; application/octet-stream if nobody knows."""
        extension = extension_of(name)
        return self.types.get(extension, OCTETS) if extension else OCTETS

    def refined(self, kind: str, name: str) -> str:
        """The type to work with: the sender's word, or the name's where the sender had none."""
        if kind in (
            "",
            OCTETS,
            "application/x-download",
            "application/force-download",
            "binary/octet-stream",
        ):
            return self.type_of(name)
        return kind

    def uploaded(self, claimed: str, name: str) -> str:
        """The type of a file that a browser sends: the site's, else the browser's word, else the name's."""
        claimed = claimed.strip().lower()
        if extension_of(name) in self.own or not NAME.fullmatch(claimed):
            return self.type_of(name)
        return self.refined(claimed, name)


def extension_of(name: str) -> str:
    """The last extension in lower case, without its dot."""
    stem, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot and stem else ""


def with_own(own: Iterable[tuple[str, Iterable[str], str]]) -> Types:
    """The system's table with a site's own (type, extensions, name) before it."""
    extensions, types = dict(SYSTEM.extensions), dict(SYSTEM.types)
    names: dict[str, str] = {}
    given: set[str] = set()
    for kind, named, name in own:
        chosen = tuple(named)
        extensions[kind] = chosen + tuple(one for one in extensions.get(kind, ()) if one not in chosen)
        types.update(dict.fromkeys(chosen, kind))
        given.update(chosen)
        if name:
            names[kind] = name
    return Types(extensions, types, names, frozenset(given))


def _system() -> Types:
    """Python's table, then mail's: a fresh MimeTypes reads no file of the machine."""
    known = mimetypes.MimeTypes()
    extensions: dict[str, tuple[str, ...]] = {}
    types: dict[str, str] = {}
    for dotted, kind in (known.types_map[0] | known.types_map[1]).items():
        types[dotted[1:].lower()] = kind
        extensions[kind] = (*extensions.get(kind, ()), dotted[1:].lower())
    taken: set[str] = set()
    for line in _MAIL.strip().splitlines():
        kind, _, named = line.partition(": ")
        chosen = tuple(named.split())
        extensions[kind] = chosen + tuple(one for one in extensions.get(kind, ()) if one not in chosen)
        for one in chosen:
            if one not in taken and not (kind.startswith("message/") and one == "txt"):
                types[one] = kind
                taken.add(one)
    # Names that several types share: what a file of that name is when nobody says.
    types |= {"txt": "text/plain", "eml": "message/rfc822", "vcf": "text/vcard", "xml": "application/xml"}
    types |= {"dat": OCTETS, "asc": "text/plain"}
    return Types(extensions, types)


SYSTEM = _system()

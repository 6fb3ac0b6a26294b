"""Documents small enough to make by hand: PDF, .docx, .xlsx, .csv, .ics, .vcf, .zip, .wav, .svg.

A letter names its attachments; the name decides what is made: `proofs.pdf` becomes a PDF that says Proofs.
"""

from __future__ import annotations

import io
import math
import struct
import textwrap
import wave
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from mailcore.demo import pictures

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "csv": "text/csv",
    "txt": "text/plain",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "zip": "application/zip",
    "wav": "audio/x-wav",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EPOCH = (2024, 1, 1, 0, 0, 0)  # of members of archives: the same bytes every time


@dataclass(frozen=True, slots=True)
class File:
    name: str
    type: str
    content: bytes


def named(name: str) -> File:
    """The file a letter asked for by its name alone."""
    stem, _, ending = name.rpartition(".")
    title = stem.replace("-", " ").replace("_", " ").strip().capitalize()
    return File(name, TYPES[ending.lower()], _make(ending.lower(), name, title))


def _make(ending: str, name: str, title: str) -> bytes:
    match ending:
        case "png":
            return pictures.landscape(name)
        case "pdf":
            return pdf(title, _lorem(name, 14))
        case "docx":
            return docx(title, _lorem(name, 9))
        case "xlsx":
            return xlsx(_figures(name))
        case "csv":
            return "\r\n".join(",".join(row) for row in _figures(name)).encode()
        case "zip":
            inside = {
                "front.pdf": pdf(f"{title}: front", _lorem(name, 6)),
                "map.png": pictures.landscape(title, 320, 200),
            }
            return archive(inside)
        case "wav":
            return voice_memo(name)
        case "svg":
            return _SVG
        case "vcf":
            return f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{title}\r\nEND:VCARD\r\n".encode()
        case _:
            return (title + "\r\n\r\n" + "\r\n".join(_lorem(name, 8)) + "\r\n").encode()


def pdf(title: str, paragraphs: list[str]) -> bytes:
    """One A4 page of Helvetica over a band of colour (ISO 32000-1 §7.5: header, objects, xref, trailer)."""
    words = [f"BT /F1 24 Tf 56 760 Td ({_pdf_text(title)}) Tj ET"]
    words += ["0.83 0.35 0.22 rg 56 742 120 3 re f 0.15 0.17 0.2 rg"]
    lines = [line for text in paragraphs for line in [*textwrap.wrap(text, 84), ""]]
    words += [
        f"BT /F1 11 Tf 56 {710 - 15 * n} Td ({_pdf_text(line)}) Tj ET" for n, line in enumerate(lines[:42])
    ]
    stream = "\n".join(words).encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _pdf_text(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def docx(title: str, paragraphs: list[str]) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in [title, *paragraphs])
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return archive(
        {
            "[Content_Types].xml": _content_types("/word/document.xml", TYPES["docx"] + ".main+xml"),
            "_rels/.rels": _relation("word/document.xml"),
            "word/document.xml": (
                f'{_XML}<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'
            ).encode(),
        }
    )


def xlsx(rows: list[list[str]]) -> bytes:
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = (
        f'<workbook xmlns="{sheet}" xmlns:r="{relations}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    return archive(
        {
            "[Content_Types].xml": _content_types("/xl/workbook.xml", TYPES["xlsx"] + ".main+xml"),
            "_rels/.rels": _relation("xl/workbook.xml"),
            "xl/workbook.xml": (_XML + book).encode(),
            "xl/_rels/workbook.xml.rels": _relation("worksheets/sheet1.xml", "worksheet"),
            "xl/worksheets/sheet1.xml": (
                f'{_XML}<worksheet xmlns="{sheet}"><sheetData>{cells}</sheetData></worksheet>'
            ).encode(),
        }
    )


_XML = '<?xml version="1.0" encoding="UTF-8"?>'


def _content_types(part: str, kind: str) -> bytes:
    return (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="{part}" ContentType="{kind}"/></Types>'
    ).encode()


def _relation(target: str, kind: str = "officeDocument") -> bytes:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relations}/{kind}" Target="{target}"/></Relationships>'
    ).encode()


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return out.getvalue()


def voice_memo(seed: str, seconds: int = 2) -> bytes:
    """A few soft notes, 8 kHz mono."""
    random, rate, out = Random(f"voice {seed}"), 8000, io.BytesIO()
    notes = [random.choice((262, 294, 330, 392, 440)) for _ in range(seconds * 4)]
    samples = (
        int(9000 * math.exp(-3 * (n % 2000) / 2000) * math.sin(math.tau * notes[n // 2000] * n / rate))
        for n in range(seconds * rate)
    )
    with wave.open(out, "wb") as memo:
        memo.setnchannels(1)
        memo.setsampwidth(2)
        memo.setframerate(rate)
        memo.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()


def invitation(title: str, place: str, start: datetime, organizer: str, guests: list[str]) -> bytes:
    """A meeting request: RFC 5546 §3.2.2 in RFC 5545 text."""
    stamp = "%Y%m%dT%H%M%SZ"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tidemark Press//Demo//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{start.strftime(stamp)}-{abs(hash_of(title)) % 10**8}@tidemark.example",
        f"DTSTAMP:{(start - timedelta(days=5)).strftime(stamp)}",
        f"DTSTART:{start.strftime(stamp)}",
        f"DTEND:{(start + timedelta(hours=1)).strftime(stamp)}",
        f"SUMMARY:{title}",
        f"LOCATION:{place}",
        f"ORGANIZER:mailto:{organizer}",
        *(f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{guest}" for guest in guests),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(line + "\r\n" for line in lines).encode()


def hash_of(text: str) -> int:
    """The same number in every process, unlike hash()."""
    return int.from_bytes(Random(text).randbytes(6), "big")


_SENTENCES = (
    "Please read with a pencil in hand; this copy is for marking.",
    "Measurements are in millimetres unless a map says otherwise.",
    "The coast was surveyed on foot between the spring and the autumn tides.",
    "Plates 4, 9 and 17 replace those of the first proofs.",
    "Quantities follow the quotation of last month and hold for thirty days.",
    "Harbours are listed from north to south, then by the year of their light.",
    "Nothing here is final until both sides have initialled it.",
    "Paper: 120 g/m2, uncoated, grain along the spine.",
    "Delivery is free to the warehouse door; lifts are charged.",
    "The author asks that the dedication stays on a page of its own.",
)


def _lorem(seed: str, count: int) -> list[str]:
    random = Random(f"words {seed}")
    return [" ".join(random.sample(_SENTENCES, 2)) for _ in range(count // 2)]


def _figures(seed: str) -> list[list[str]]:
    random = Random(f"figures {seed}")
    titles = ("The Slow Atlas", "Salt Roads", "A Field Guide to Fog", "Letters from Holm", "Nine Lighthouses")
    rows = [[title, *(str(random.randrange(40, 900)) for _ in range(3))] for title in titles]
    return [["Title", "Printed", "Sold", "Returned"], *rows]


_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">
<circle cx="60" cy="60" r="54" fill="#f4efe6"/>
<path d="M60 14 74 60 60 106 46 60Z" fill="#c8553d"/>
<path d="M14 60 60 46 106 60 60 74Z" fill="#28465a"/>
</svg>
"""

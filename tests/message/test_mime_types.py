"""Types and extensions, both ways; a site's own before the system's."""

from __future__ import annotations

import pytest

from mailcore.message import attachments, mime_types
from mailcore.message.attachments import Danger, unique_names
from mailcore.message.part import Part

OWN = mime_types.with_own([("application/x-atlas", ["atl", "map"], "Atlas"), ("text/x-note", ["txt"], "")])

NAMED = [  # name, by the system, by the site
    ("a.png", "image/png", "image/png"),
    ("A.JPEG", "image/jpeg", "image/jpeg"),
    ("a.tar.gz", "application/gzip", "application/gzip"),
    ("a.txt", "text/plain", "text/x-note"),
    ("a.atl", "application/octet-stream", "application/x-atlas"),
    ("a.eml", "message/rfc822", "message/rfc822"),
    ("noextension", "application/octet-stream", "application/octet-stream"),
    (".profile", "application/octet-stream", "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "system", "site"), NAMED)
def test_what_a_name_means(name, system, site):
    assert mime_types.SYSTEM.type_of(name) == system
    assert OWN.type_of(name) == site


EXTENSIONS = [
    ("image/jpeg", ".jpg"),
    ("text/plain", ".txt"),
    ("audio/basic", ".au"),
    ("message/rfc822", ".eml"),
    ("application/x-atlas", ".atl"),
    ("application/x-nobody-knows", ""),
]


@pytest.mark.parametrize(("kind", "extension"), EXTENSIONS)
def test_what_a_type_is_called(kind, extension):
    assert OWN.extension(kind) == extension
    assert attachments.name(Part("2", kind), OWN).endswith(extension)


UPLOADED = [  # the browser says, the name, what is sent
    ("image/png", "a.png", "image/png"),
    ("application/octet-stream", "a.png", "image/png"),
    ("", "a.pdf", "application/pdf"),
    ("not a type", "a.pdf", "application/pdf"),
    ("text/plain", "a.map", "application/x-atlas"),
    ("TEXT/CSV", "a.csv", "text/csv"),
]


@pytest.mark.parametrize(("claimed", "name", "kind"), UPLOADED)
def test_uploads(claimed, name, kind):
    assert OWN.uploaded(claimed, name) == kind


DANGERS = [
    ("a.pdf", "", Danger.NONE),
    ("a.exe", "", Danger.PROGRAM),
    ("a.pdf.exe", "", Danger.DISGUISED),
    ("a.pdf      .scr", "", Danger.DISGUISED),
    ("\u202efdp.exe", "", Danger.DISGUISED),
    ("a\u202efdp.txt", "", Danger.HIDDEN),
    ("a.html", "", Danger.PAGE),
    ("a", "text/html", Danger.PAGE),
    ("a", "application/x-msdownload", Danger.PROGRAM),
    ("notes.v2.txt", "", Danger.NONE),
]


@pytest.mark.parametrize(("name", "kind", "danger"), DANGERS)
def test_what_a_name_warns_of(name, kind, danger):
    assert attachments.danger(Part("1", kind or "application/octet-stream", filename=name)) is danger


def test_names_are_told_apart():
    assert unique_names(["a.txt", "a.txt", "A.TXT", "a (2).txt", "b", "b"]) == [
        "a.txt",
        "a (2).txt",
        "A (3).TXT",
        "a (2) (2).txt",
        "b",
        "b (2)",
    ]


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
        ("a\r\nSet-Cookie: x=1", "a Set-Cookie_ x=1"),
        ("a\x00.pdf", "a.pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ('a"b<c>d|e?.txt', "a_b_c_d_e_.txt"),
        ("...", "attachment-1"),
        ("", "attachment-1"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_safe_name(given: str, safe: str):
    assert attachments.name(Part("1", "application/octet-stream", filename=given)) == safe


def test_a_name_of_five_thousand_letters_keeps_its_extension():
    name = attachments.name(Part("1", "application/pdf", filename="x" * 5_000 + ".pdf"))
    assert len(name) <= attachments.MAX_NAME + 1
    assert name.endswith(".pdf")

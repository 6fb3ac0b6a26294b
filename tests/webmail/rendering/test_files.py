"""Names of attachments. SECURITY C17."""

from __future__ import annotations

import pytest

from mailcore.message.part import Part
from webmail.rendering import files


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
        ("...", "attachment-1.bin"),
        ("", "attachment-1.bin"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_safe_name(given: str, safe: str):
    assert files.safe_name(Part("1", "application/octet-stream", filename=given)) == safe


def test_a_name_of_five_thousand_letters_keeps_its_extension():
    name = files.safe_name(Part("1", "application/pdf", filename="x" * 5_000 + ".pdf"))
    assert len(name) <= files.MAX_NAME + 1
    assert name.endswith(".pdf")


def test_disposition_is_one_line_of_ascii():
    header = files.disposition("attachment", 'tea "日本".txt\r\nX: 1')
    assert header.isascii()
    assert header.startswith('attachment; filename="tea ___')
    assert "\r" not in header
    assert "%0D%0A" in header

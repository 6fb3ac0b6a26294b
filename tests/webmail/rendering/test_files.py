"""What a download is called. RFC 6266."""

from __future__ import annotations

from webmail.rendering import files


def test_disposition_is_one_line_of_ascii():
    header = files.disposition("attachment", 'tea "日本".txt\r\nX: 1')
    assert header.isascii()
    assert header.startswith('attachment; filename="tea ___')
    assert "\r" not in header
    assert "%0D%0A" in header

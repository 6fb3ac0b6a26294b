"""Attachments: names that cannot lie, ranges for players, one archive for all, and nothing that runs."""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode

import pytest
from django.urls import reverse

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


def mixed(*parts):
    """A multipart/mixed of (header lines, content)."""
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    body = b"--b\r\n\r\nText.\r\n"
    for fields, content in parts:
        data = content.encode() if isinstance(content, str) else content
        body += b"--b\r\n" + fields.encode() + b"\r\n\r\n" + data + b"\r\n"
    return {"headers": head, "body": body + b"--b--\r\n"}


@pytest.fixture
def sent(deliver, page):
    """Deliver a letter with parts; ask for one of them."""

    def send(*parts):
        letter = deliver(**mixed(*parts))

        def ask(number="2", query="", **headers):
            url = reverse("message:attachment", args=[letter.message_id, number])
            response = page.get(f"{url}{query}", headers=headers)
            response.body = b"".join(response.streaming_content) if response.streaming else response.content
            return response

        ask.message_id = letter.message_id
        return ask

    return send


NAMES = [  # what the sender wrote → what is saved, what is warned of
    ("report.pdf", "report.pdf", ""),
    ("\u202egpj.exe", "gpj.exe", "ends in .exe"),
    ("invoice.pdf.exe", "invoice.pdf.exe", "ends in .exe"),
    ("setup.exe", "setup.exe", "A program (.exe)"),
    ("fdp.\u202etxt", "fdp.txt", "hidden characters"),
    ("../../etc/passwd", "passwd", ""),
    ("page.html", "page.html", "imitate a sign-in"),
    ("con.txt", "_con.txt", ""),
    ("macro.docm", "macro.docm", "A program (.docm)"),
]


@pytest.mark.parametrize(("written", "saved", "warned"), NAMES)
def test_names_cannot_lie(sent, page, written, saved, warned):
    ask = sent(
        (
            f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{written}"',
            "x",
        )
    )
    disposition = ask().headers["Content-Disposition"]
    assert disposition == f"attachment; filename=\"{saved}\"; filename*=UTF-8''{saved}"
    markup = page.get(reverse("message:show", args=[ask.message_id])).content.decode()
    assert f">{saved}</bdi>" in markup
    assert "\u202e" not in markup
    assert ("file__warning" in markup) == bool(warned)
    assert warned in markup


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript"]
)
@pytest.mark.parametrize("query", ["", "?open=1", "?inline=1"])
def test_what_could_run_is_only_saved(sent, kind, query):
    response = sent((f"Content-Type: {kind}", "<script>alert(1)</script>"))(query=query)
    if response.status_code == 404:
        assert query == "?inline=1"
        return
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox;")


OPENED = [  # declared type, bytes → type that is announced; "" is a download
    ("image/png", PNG, "image/png"),
    ("image/png", b"<script>", ""),
    ("text/html", PNG, "image/png"),
    ("application/pdf", b"%PDF-1.7\n", "application/pdf"),
    ("application/pdf", b"<html>", ""),
    ("audio/mpeg", b"ID3", "audio/mpeg"),
    ("video/quicktime", b"....ftypqt", "video/mp4"),
    ("video/mpeg", b"\0\0\1\xba", ""),
]


@pytest.mark.parametrize(("declared", "content", "announced"), OPENED)
def test_opened_as_what_it_is(sent, declared, content, announced):
    encoded = b64encode(content)
    response = sent((f"Content-Type: {declared}\r\nContent-Transfer-Encoding: base64", encoded))(
        query="?open=1"
    )
    assert response.headers["Content-Type"] == (announced or "application/octet-stream")
    assert response.headers["Content-Disposition"].startswith("inline" if announced else "attachment")
    is_sandboxed = response.headers["Content-Security-Policy"].startswith("sandbox;")
    assert is_sandboxed == (announced != "application/pdf")


RANGES = [  # asked, status, octets, Content-Range
    ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
    ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
    ("bytes=-2", 206, b"89", "bytes 8-9/10"),
    ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
    ("bytes=10-", 416, b"", "bytes */10"),
    ("bytes=3-1", 200, b"0123456789", None),
    ("bytes=0-1,4-5", 200, b"0123456789", None),
    ("lines=1-2", 200, b"0123456789", None),
]


@pytest.mark.parametrize(("asked", "status", "octets", "told"), RANGES)
def test_ranges(sent, asked, status, octets, told):
    encoded = b64encode(b"0123456789")
    ask = sent(("Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64", encoded))
    response = ask(query="?open=1", Range=asked)
    assert (response.status_code, response.body) == (status, octets)
    assert response.headers.get("Content-Range") == told


def test_basic_audio_becomes_wav(sent):
    encoded = b64encode(b"\xff\x7f\x00\x80")
    response = sent(("Content-Type: audio/basic\r\nContent-Transfer-Encoding: base64", encoded))(
        query="?open=1"
    )
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.body[:4] == b"RIFF"
    assert response.body[44:] == b"".join(
        value.to_bytes(2, "little", signed=True) for value in (0, 0, -32124, 32124)
    )


def test_all_in_one_archive(deliver, page):
    named = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename={}"
    letter = deliver(
        **mixed(
            (named.format("a.txt"), "one"),
            (named.format("A.TXT"), "two"),
            (named.format('"../a.txt"'), "three"),
            ("Content-Type: message/rfc822", "Subject: within\r\n\r\nHello"),
        ),
        subject="All / of it",
    )
    response = page.get(reverse("message:files", args=[letter.message_id]))
    assert response.streaming
    assert response.headers["Content-Type"] == "application/zip"
    assert "of it.zip" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.testzip() is None
        assert {item.filename: archive.read(item) for item in archive.infolist()} == {
            "a.txt": b"one",
            "A (2).TXT": b"two",
            "a (3).txt": b"three",
            "message-5.eml": b"Subject: within\r\n\r\nHello",
        }


def test_a_letter_without_files_has_no_archive(deliver, page):
    assert page.get(reverse("message:files", args=[deliver().message_id])).status_code == 404


@pytest.mark.parametrize("name", ["attachment", "text", "enclosed"])
def test_another_accounts_parts_are_not_there(deliver, page, bob, name):
    letter = deliver(
        "Subject: x\r\n\r\nHello",
        headers="Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\n",
        account=bob,
    )
    assert page.get(reverse(f"message:{name}", args=[letter.message_id, "1"])).status_code == 404


@pytest.mark.parametrize("name", ["files", "join", "show", "raw", "print"])
def test_another_accounts_messages_are_not_there(deliver, page, bob, name):
    letter = deliver(account=bob)
    url = reverse(f"message:{name}", args=[letter.message_id])
    assert (page.post(url) if name == "join" else page.get(url)).status_code == 404

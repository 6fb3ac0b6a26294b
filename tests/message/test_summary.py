"""summarize() takes anything, quickly, and from a file as from memory."""

from __future__ import annotations

import contextlib
import dataclasses
import mmap
import re
import resource
import time
from datetime import UTC, datetime
from importlib import util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.imap.wire.body_structure import without_extensions
from mailcore.message import bodies, parse
from mailcore.message.part import load
from mailcore.message.summary import summarize

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def check(raw, summary):
    """What holds for every summary of every message."""
    assert summary.sent.tzinfo is not None
    values = [getattr(summary, field.name) for field in dataclasses.fields(summary)]
    for text in [*(value for value in values if isinstance(value, str)), *summary.references]:
        text.encode()
        assert not set(text) & set("\0\r\n")
    assert len(summary.subject) <= 1000
    assert len(summary.to) <= 4000
    assert len(summary.preview) <= 201
    assert len(summary.references) <= 100
    root = load(summary.parts)
    for part in root.walk():
        assert 0 <= part.header_start <= part.body_start <= part.end <= len(raw)
    for part in bodies.reading(root).bodies:
        bodies.text(part, lambda start, length: raw[start : start + length])
    assert without_extensions(summary.body_structure).count(b"(") <= summary.body_structure.count(b"(")
    return root


def nested(kind, levels):
    if kind == "rfc822":
        return b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: x\r\n\r\nhi\r\n"
    lines = b"".join(
        b"Content-Type: multipart/%s; boundary=%s\r\n\r\n--%s\r\n" % (kind.encode(), name, name)
        for name in (b"%d" % level for level in range(levels))
    )
    return lines + b"\r\nhi\r\n"


def multipart(boundary, body):
    return b'From: a@b\r\nContent-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + body


HOSTILE = {
    "C01 multipart 20": nested("mixed", 20),
    "C01 multipart 50,000": nested("mixed", 50_000),
    "C01 rfc822 500": nested("rfc822", 500),
    "C01 rfc822 5,000": nested("rfc822", 5_000),
    "C01 digest 5,000": nested("digest", 5_000),
    "C01 the same boundary": multipart(
        b"b", b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000
    ),
    "C02 10,000 parts": multipart(b"b", b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n"),
    "C02 200,000 parts": multipart(b"b", b"--b\r\n\r\nx\r\n" * 200_000 + b"--b--\r\n"),
    "C02 10,000 parts on each level": b"".join(
        multipart(b"%d" % level, b"--%d\r\n" % level) for level in range(20)
    )
    + b"".join(b"--%d\r\n\r\nx\r\n" % (19 - level) * 10_000 for level in range(20)),
    "C03 near misses": multipart(b"b", b"--bb\r\n" * 500_000),
    "C03 prefixes": multipart(b"a" * 500, (b"--" + b"a" * 499 + b"\r\n") * 20_000),
    "C03 dashes": multipart(b"-" * 500, (b"-" * 100_000 + b"\r\n") * 20),
    "C03 100 KB": multipart(b"a" * 100_000, b"--" + b"a" * 100_000 + b"\r\n\r\nhi"),
    "C03 empty": multipart(b"", b"--\r\n\r\nhi\r\n----\r\n"),
    "C03 regex": multipart(b"(a+)+$[", b"--(a+)+$[\r\n\r\nhi\r\n--(a+)+$[--\r\n"),
    "C03 8-bit": multipart(b"b\xfc", b"--b\xfc\r\n\r\nhi\r\n--b\xfc--\r\n"),
    "C03 carriage returns": multipart(b"b", b"--b" + b"\r" * 1_000_000 + b"x\r\n"),
    "C04 50,000 headers": b"".join(b"X-%d: v\r\n" % number for number in range(50_000)) + b"\r\nhi",
    "C04 a header of 5 MB": b"Subject: " + b"a" * 5_000_000 + b"\r\n\r\nhi",
    "C04 100,000 folds": b"Subject: x\r\n" + b" a\r\n" * 100_000 + b"\r\nhi",
    "C04 40,000 blank folds": b"Subject: x\r\n" + b" \r\n" * 40_000 + b"\r\nhi",
    "C05 100,000 addresses": b"To: "
    + b", ".join(b"U <u%d@x.org>" % number for number in range(100_000))
    + b"\r\n\r\n",
    "C05 60,000 comments": b"From: " + b"(" * 60_000 + b"\r\n\r\nhi",
    "C06 20,000 pieces": b"Content-Type: a/b"
    + b"".join(b"; n*%d*=a" % number for number in range(20_000))
    + b"\r\n\r\n",
    "C06 50,000 parameters": b"Content-Type: a/b"
    + b"".join(b"; n%d=a" % number for number in range(50_000))
    + b"\r\n\r\n",
    "C07 20,000 words": b"Subject: " + b"\r\n ".join([b"=?utf-8?q?abc=C3=A9?="] * 20_000) + b"\r\n\r\n",
    "C07 broken words": b"Subject: " + b"=?utf-8?q?abc " * 200_000 + b"\r\n\r\n",
    "C09 year": b"Date: Mon, 1 Jan 300000000 00:00:00 +9999\r\n\r\n",
    "C11 base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"Q\r\n" * 100_000,
    "C18 style": b"Content-Type: text/html\r\n\r\n" + b"<style>" * 200_000,
    "C20 references": b"References: "
    + b"\r\n ".join(b"<%d@x>" % number for number in range(50_000))
    + b"\r\n\r\n",
    "nothing": b"",
    "nulls": b"\0" * 1000,
    "colon": b":",
    "many colons": b":" * 100_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_messages_are_read_in_linear_time(raw):
    """SECURITY C01 to C20."""
    began = time.process_time()
    summary = summarize(raw, NOW)
    assert time.process_time() - began < 5
    root = check(raw, summary)
    parts = list(root.walk())
    assert len(parts) <= parse.MAX_PARTS + 1
    assert summary.sent == NOW


def test_beyond_the_depth_all_is_one_opaque_leaf():
    root = load(summarize(nested("mixed", 150), NOW).parts)
    parts = list(root.walk())
    assert len(parts) == parse.MAX_DEPTH + 1
    assert (parts[-2].type, parts[-1].type) == ("multipart/mixed", "application/octet-stream")


def test_the_last_part_holds_what_is_beyond_the_limit():
    raw = multipart(b"b", b"--b\r\n\r\nx\r\n" * 10_050 + b"--b--\r\n")
    root = load(summarize(raw, NOW).parts)
    assert len(root.children) == parse.MAX_PARTS - 1
    assert root.children[-1].end == len(raw)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message(raw):
    check(raw, summarize(raw, NOW))


PIECES = [
    *(octet.encode() for octet in '\r\n \t";=<>()@,:\\[]a1'),
    *(
        b"\r\n",
        b"\r\n",
        b"\xff",
        b"\xc3\xbc",
        b"\0",
        b"--b",
        b"--b--",
        b"--c",
        b"{3}",
        b"Re: ",
        b"utf-8''%00%ff",
    ),
    *(b"=?utf-8?q?", b"=C3=BC", b"?=", b"utf-7", b"iso-2022-jp"),
    b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: multipart/alternative; boundary=c",
    b"Content-Type: message/rfc822",
    b"Content-Type: text/html; charset=",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Disposition: attachment; filename*=",
    *(
        b"From: ",
        b"To: ",
        b"Subject: ",
        b"Date: ",
        b"References: ",
        b"Content-ID: <",
        b"Content-Description: ",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=400)
def test_any_mixture_of_syntax_is_a_message(pieces):
    raw = b"".join(pieces)
    summary = summarize(raw, NOW)
    check(raw, summary)
    assert summary.envelope.count(b"\r\n") == len(re.findall(rb"\{\d+\}\r\n", summary.envelope))


def test_a_big_file_is_read_in_place(tmp_path):
    """150 MB through a map: no copy of the attachment, the same result as from memory."""
    head = multipart(b"b", b"--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n"
                           b"Content-Transfer-Encoding: base64\r\n\r\n")  # fmt: skip
    path = tmp_path / "big.eml"
    with path.open("wb") as file:
        file.write(head)
        for _ in range(150):
            file.write(b"QUJD" * 19 + b"\r\n" + b"\n".join([b"QUJD" * 19] * 13_600)[: 1024 * 1024])
        file.write(b"\r\n--b--\r\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        path.open("rb") as file,
        contextlib.closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as raw,
    ):
        began = time.process_time()
        summary = summarize(raw, NOW)
        elapsed = time.process_time() - began
        size = len(raw)
    root = load(summary.parts)
    assert [part.type for part in root.children] == ["text/plain", "application/zip"]
    assert root.children[1].end == size - len(b"\r\n--b--\r\n")
    assert (summary.preview, summary.has_attachments) == ("hello", True)
    assert elapsed < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 220 * 1024  # pages of the map count as ours; a copy would be 150 MB more


def test_from_a_map_as_from_memory(tmp_path):
    for name in ("C02 10,000 parts", "C01 rfc822 500", "C03 near misses", "C05 60,000 comments"):
        path = tmp_path / "message"
        path.write_bytes(HOSTILE[name])
        with (
            path.open("rb") as file,
            contextlib.closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as raw,
        ):
            assert summarize(raw, NOW) == summarize(HOSTILE[name], NOW)


def _real_mail():
    found = util.find_spec("test")
    for place in found.submodule_search_locations if found else ():
        yield from sorted(Path(place, "test_email", "data").glob("*.txt"))
        yield from sorted(Path(place, "test_email", "data").glob("*.eml"))


@pytest.mark.parametrize("path", [*_real_mail()], ids=lambda path: path.name)
def test_mail_that_nobody_of_us_wrote(path):
    """Where Python was installed with its own tests, their messages are read too."""
    raw = path.read_bytes()
    check(raw, summarize(raw, NOW))
    check(raw.replace(b"\n", b"\r\n"), summarize(raw.replace(b"\n", b"\r\n"), NOW))

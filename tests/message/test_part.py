"""Sections: RFC 9051 §6.4.5.1, with the RFC's own example of a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailcore.message.part import Part, load
from mailcore.message.summary import summarize

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TEXT = "Content-Type: text/plain\n\ntext\n"


def mixed(name, *parts):
    body = "".join(f"--{name}\n{part}" for part in parts)
    return f"Content-Type: multipart/mixed; boundary={name}\n\n{body}--{name}--\n"


def rfc822(message):
    return f"Content-Type: message/rfc822\n\n{message}"


IMAGE = "Content-Type: image/gif\n\nGIF\n"
# RFC 9051 §6.4.5.1: 1 text, 2 octet-stream, 3 message (3.1 text, 3.2 octet-stream), 4 mixed (4.1 image, 4.2 message
# (4.2.1 text, 4.2.2 alternative (4.2.2.1 plain, 4.2.2.2 richtext)))
EXAMPLE = mixed(
    "a",
    TEXT,
    "Content-Type: application/octet-stream\n\nx\n",
    rfc822("Subject: three\n" + mixed("b", TEXT, "Content-Type: application/octet-stream\n\nx\n")),
    mixed(
        "c",
        IMAGE,
        rfc822(
            "Subject: four.two\n" + mixed("d", TEXT, mixed("e", TEXT, "Content-Type: text/richtext\n\nr\n"))
        ),
    ),
)


def tree(text):
    raw = text.encode().replace(b"\n", b"\r\n")
    return load(summarize(raw, NOW).parts), raw


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "application/octet-stream"),
        ("3", "message/rfc822"),
        ("3.1", "text/plain"),
        ("3.2", "application/octet-stream"),
        ("4", "multipart/mixed"),
        ("4.1", "image/gif"),
        ("4.2", "message/rfc822"),
        ("4.2.1", "text/plain"),
        ("4.2.2", "multipart/mixed"),
        ("4.2.2.1", "text/plain"),
        ("4.2.2.2", "text/richtext"),
        ("0", None),
        ("5", None),
        ("1.1", None),
        ("4.2.3", None),
        ("1.", None),
        ("x", None),
        ("-1", None),
        ("9" * 5000, None),
        ("²", None),
    ],
)
def test_the_example_of_the_rfc(number, kind):
    part = tree(EXAMPLE)[0].section(number)
    assert (part and part.type) == kind
    if part is not None and not part.is_message and part.children == ():
        assert part.number == number


def test_a_message_within_has_its_own_header_and_text():
    root, raw = tree(EXAMPLE)
    inner = root.section("3").children[0]
    assert raw[inner.header_start : inner.body_start].startswith(b"Subject: three\r\n")
    assert raw[inner.body_start : inner.end].startswith(b"--b\r\n")


def test_the_only_body_of_a_message_is_its_part_one():
    root, raw = tree(TEXT)
    assert root.section("1") is root
    assert root.section("1.1") is None
    root, raw = tree(rfc822("Subject: x\n\nhi\n"))
    assert root.section("1").type == "message/rfc822"
    part = root.section("1.1")
    assert raw[part.body_start : part.end] == b"hi\r\n"
    assert root.section("1.1.1") is None


def test_a_message_within_a_message_within_a_message():
    root, _ = tree(mixed("a", rfc822(rfc822("Subject: deep\n\nhi\n"))))
    assert root.section("1").type == "message/rfc822"
    assert root.section("1.1").type == "message/rfc822"
    assert root.section("1.1.1").type == "text/plain"
    assert [part.number for part in root.leaves()] == ["1.1.1"]


def test_what_is_dumped_is_loaded():
    root, _ = tree(EXAMPLE)
    assert load(root.dump()) == root
    assert load(memoryview(root.dump())) == root
    assert load(Part("1").dump()) == Part("1")

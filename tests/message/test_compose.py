"""RFC 5322, RFC 2045 to 2049: what we write is what we read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.message import bodies, reply
from mailcore.message.compose import Attachment, Letter, compose, needs_smtputf8
from mailcore.message.headers import fields, visible
from mailcore.message.part import load
from mailcore.message.summary import summarize

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BASIC = {"sender": "Ann Lee <ann@example.org>", "date": NOW, "message_id": "id@example.org"}


def written(**kw):
    raw = b"".join(compose(Letter(**{**BASIC, **kw})))
    summary = summarize(raw, NOW)
    return raw, summary, load(summary.parts)


def text_of(raw, root, prefer="text/plain"):
    part = bodies.best_text(root, prefer)
    return bodies.text(part, lambda start, length: raw[start : start + length])


def test_a_plain_letter():
    raw, _, _ = written(to="bob@example.org", subject="Hello", text="Hi Bob\n")
    assert raw.decode("ascii").split("\r\n") == [
        "From: Ann Lee <ann@example.org>",
        "To: bob@example.org",
        "Subject: Hello",
        "Date: Sat, 21 Nov 2026 09:00:00 +0000",
        "Message-ID: <id@example.org>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii; format=flowed",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Hi Bob",
        "",
    ]


def test_everything_at_once():
    eml = b"Subject: x\r\n\r\nhi\r\n"
    raw, summary, root = written(
        to="Grüße <g@example.org>, 李雷 <lei@例え.jp>",
        cc="friends: a@b.c, d@e.f;",
        subject="日本語 and a long line " * 5,
        in_reply_to="p@x",
        references=["a@x", "p@x"],
        text="Text ü\n",
        html='<p>Text ü</p><img src="cid:pic">',
        attachments=[
            Attachment("Übersicht.pdf", "application/pdf", lambda: [b"%PDF", b"x" * 1000]),
            Attachment("pic.png", "image/png", lambda: [b"\x89PNG"], "pic"),
            Attachment("m.eml", "message/rfc822", lambda: [eml[:11], eml[11:]]),
            Attachment("bad.eml", "message/rfc822", lambda: [b"Subject: x\n\nhi\n"]),
        ],
    )
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert summary.to == "Grüße <g@example.org>, 李雷 <lei@xn--r8jz45g.jp>"
    assert summary.cc == "friends: a@b.c, d@e.f;"
    assert summary.subject == ("日本語 and a long line " * 5).strip()
    assert summary.references == ("a@x", "p@x")
    assert [part.type for part in root.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
        "message/rfc822",
        "text/plain",
        "application/octet-stream",
    ]
    reading = bodies.reading(root)
    assert [part.filename for part in reading.attachments] == ["Übersicht.pdf", "m.eml", "bad.eml"]
    assert [*reading.inline] == ["pic"]

    def fetch(start, length):
        return raw[start : start + length]

    assert b"".join(bodies.decoded_chunks(reading.attachments[0], fetch)) == b"%PDF" + b"x" * 1000
    message = reading.attachments[1]
    assert raw[message.body_start : message.end] == eml
    assert b"".join(bodies.decoded_chunks(reading.attachments[2], fetch)) == b"Subject: x\n\nhi\n"


@pytest.mark.parametrize(
    "value",
    [
        "x\r\nBcc: evil@example.com",
        "x\nBcc: evil@example.com",
        "x\rBcc: evil",
        "x\r\n\r\nbody",
        "x\u2028Bcc: e",
        "x\0y",
    ],
)
def test_no_value_begins_a_header(value):
    raw, _, root = written(
        sender=f"{value} <ann@example.org>",
        to=f"{value} <bob@example.org>",
        subject=value,
        message_id=value,
        in_reply_to=value,
        references=[value],
        text="hi",
        extra=[("X-Extra", value)],
        attachments=[Attachment(value, f"text/x{value}", lambda: [b"x"], value)],
    )
    names = [field.name.lower() for field in fields(raw)]
    assert "bcc" not in names
    assert len(names) == len(set(names))
    for part in root.walk():
        assert b"\nBcc" not in raw[part.header_start : part.body_start]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
@settings(max_examples=60)
def test_any_subject_comes_back(subject):
    raw, summary, _ = written(subject=subject, text="x")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert summary.subject == visible(subject)[:1000].strip()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=3000))
@settings(max_examples=60)
def test_any_text_comes_back(text):
    raw, _, root = written(text=text)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    wanted = "\n".join(line.rstrip(" ") if line != "-- " else line for line in text.split("\n"))
    got = text_of(raw, root)
    if ">" not in text:
        assert got.removesuffix("\n") == wanted


def test_a_long_line_travels_in_pieces():
    raw, _, root = written(text="word " * 1000 + "x" * 2000)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert text_of(raw, root).strip() == "word " * 1000 + "x" * 2000


def test_only_a_local_part_beyond_ascii_needs_smtputf8():
    assert not needs_smtputf8(Letter(**BASIC, to="Jürgen <j@exämple.org>", subject="ü"))
    assert needs_smtputf8(Letter(**BASIC, to="jürgen@example.org"))
    raw, summary, _ = written(to="jürgen@exämple.org")
    assert "To: jürgen@xn--exmple-cua.org\r\n".encode() in raw
    assert summary.to == "jürgen@xn--exmple-cua.org"


@pytest.mark.parametrize(
    ("sender", "reply_to", "to", "cc", "to_all", "expected"),
    [
        ("Ann <a@x>", "", "me@x", "", False, ("Ann <a@x>", "")),
        ("Ann <a@x>", "", "me@x, b@x", "c@x", False, ("Ann <a@x>", "")),
        ("Ann <a@x>", "", "me@x, b@x", "c@x, A@X", True, ("Ann <a@x>", "b@x, c@x")),
        ("a@x", "list@x", "list@x", "b@x", True, ("list@x", "b@x")),
        ("a@x", "r@x", "me@x", "", False, ("r@x", "")),
        ("me@x", "", "b@x", "c@x", False, ("b@x", "")),
        ("me@x", "", "b@x", "c@x", True, ("b@x", "c@x")),
        ("me@x", "", "me@x", "", False, ("me@x", "")),
        ("a@x", "", "friends: b@x, me@x;", "", True, ("a@x", "b@x")),
        ("a@x", "", "undisclosed-recipients:;", "", True, ("a@x", "")),
    ],
)
def test_who_gets_the_answer(sender, reply_to, to, cc, to_all, expected):
    assert reply.recipients(sender, reply_to, to, cc, own={"me@x"}, to_all=to_all) == expected


@pytest.mark.parametrize(
    ("original", "word", "subject"),
    [
        ("Hi", "Re", "Re: Hi"),
        ("Re: Hi", "Re", "Re: Hi"),
        ("RE: Hi", "Re", "RE: Hi"),
        ("AW: Hi", "Re", "Re: Hi"),
        ("Fwd: Hi", "Re", "Re: Fwd: Hi"),
        ("Hi", "Fwd", "Fwd: Hi"),
        ("Fwd: Hi", "Fwd", "Fwd: Hi"),
        ("", "Re", "Re:"),
    ],
)
def test_the_subject_of_an_answer(original, word, subject):
    assert reply.subject(original, word) == subject


def test_a_quotation():
    assert reply.quoted("a\n\n> b\n") == "> a\n>\n>> b"

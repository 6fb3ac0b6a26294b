"""One oddity a file: what tests/mail/*.eml must come out as."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailcore.message import bodies, delivery_status, external_body, partial
from mailcore.message.attachments import name
from mailcore.message.part import load
from mailcore.message.summary import summarize

MAIL = Path(__file__).parents[1] / "mail"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def read(oddity):
    raw = (MAIL / f"{oddity}.eml").read_bytes()
    summary = summarize(raw, NOW)
    root = load(summary.parts)
    return raw, summary, root, lambda start, length: raw[start : start + length]


def tree(part):
    return (part.type, *map(tree, part.children)) if part.children else part.type


TREES = {
    "alternative": ("multipart/alternative", "text/plain", "text/html"),
    "forwarded_message": (
        "multipart/mixed",
        "text/plain",
        ("message/rfc822", ("multipart/mixed", "text/plain", "text/csv")),
    ),
    "digest": ("multipart/digest", ("message/rfc822", "text/plain"), ("message/rfc822", "text/plain")),
    "parallel": ("multipart/parallel", "audio/basic", "image/gif"),
    "unclosed_multipart": ("multipart/mixed", ("multipart/alternative", "text/plain"), "text/plain"),
    "no_boundary_parameter": ("multipart/mixed", "text/plain"),
    "boundary_never_used": ("multipart/mixed", "text/plain"),
    "boundary_with_blanks": ("multipart/mixed", "text/plain"),
    "boundary_prefixes": ("multipart/mixed", ("multipart/mixed", "text/plain"), "text/plain"),
    "empty_parts": ("multipart/mixed", "text/plain", "text/plain", "text/plain"),
    "message_in_base64": "application/octet-stream",
    "junk_content_type": "text/plain",
    "content_type_with_comments": "text/plain",
    "no_header": "text/plain",
    "missing_empty_line": "text/plain",
}


@pytest.mark.parametrize(("oddity", "expected"), TREES.items())
def test_the_tree(oddity, expected):
    assert tree(read(oddity)[2]) == expected


TEXTS = {
    "plain": "Hello Bob,\n\nthis is plain.\n-- \nAnn",
    "no_header": "Only a body.",
    "header_only": "",
    "missing_empty_line": "This message forgot its header altogether.\n\nSecond paragraph.",
    "bare_newlines": "unix\nlines",
    "mbox_from_line": "with a From_ line",
    "no_line_between": "The body begins at once.\n\nAnd goes on.",
    "alternative": "plain words",
    "unclosed_multipart": "inner",
    "no_boundary_parameter": "--x\n\nstill to be read\n--x--",
    "boundary_with_blanks": "first",
    "flowed": "One paragraph that was wrapped.\n> quoted and wrapped\n-- \nAnn",
    "unknown_charset": "nuqneH ü",
    "content_type_with_comments": "ü",
    "html_only": "Dear Bob,\n\nprice €5",
    "chinese_gb18030": "中文邮件",
    "japanese_iso2022": "日本語のメール",
    "calendar": "please come",
    "signed": "signed words",
    "forwarded_message": "look at this",
}


@pytest.mark.parametrize(("oddity", "expected"), TEXTS.items())
def test_the_text(oddity, expected):
    _, _, root, fetch = read(oddity)
    part = bodies.best_text(root)
    assert (bodies.text(part, fetch).strip("\n") if part else "") == expected


ATTACHED = {
    "plain": [],
    "alternative": [],
    "related_with_pictures": [],
    "apple_alternative_with_file": ["report.pdf"],
    "forwarded_message": ["message-2.eml"],
    "signed": [],
    "delivery_report": [],
    "encrypted": ["encrypted.asc"],
    "rfc2231_name": ["€ rates.pdf"],
    "encoded_word_name": ["über.pdf"],
    "unquoted_name_with_blanks": ["my report.pdf"],
    "name_that_climbs": ["evil"],
    "name_that_turns": ["invoicefdp.exe"],
    "uuencoded": ["cat.txt"],
    "unclosed_multipart": ["next.txt"],
    "external_body": ["etc/passwd".rpartition("/")[2]],
    "partial_1": ["message-1.eml"],
    "parallel": ["audio-1.au", "image-2.gif"],
}


@pytest.mark.parametrize(("oddity", "expected"), ATTACHED.items())
def test_the_attachments(oddity, expected):
    _, summary, root, _ = read(oddity)
    assert [name(part) for part in bodies.attachments(root)] == expected
    assert summary.has_attachments == bool(expected)


FIELDS = {
    "plain": {
        "subject": "Plain text",
        "sender": "Ann Lee <ann@example.org>",
        "message_id": "plain@example.org",
    },
    "no_header": {"subject": "", "sender": "", "header_size": 2, "sent": NOW, "preview": "Only a body."},
    "missing_empty_line": {"header_size": 0},
    "mbox_from_line": {"sender": "Ann Lee <ann@example.org>"},
    "raw_utf8_header": {"subject": "Grüße", "sender": "Änn <änn@exämple.org>"},
    "raw_latin1_header": {"subject": "Grüße"},
    "mailsploit": {"sender": '"potus@whitehouse.gov\ufffd" <evil@example.com>'},
    "duplicate_fields": {"subject": "first", "to": "bob@example.org, carol@example.org"},
    "list_message": {
        "is_list": True,
        "base_subject": "TOPIC",
        "is_reply": True,
        "references": ("a@x", "b@x"),
    },
    "delivery_report": {"auto_submitted": True, "preview": "I am sorry."},
    "undisclosed_recipients": {"to": "undisclosed-recipients: ;", "sort_to": "UNDISCLOSED-RECIPIENTS"},
    "tab_folded_and_empty_folds": {"subject": "folded by tab and a blank line", "to": "bob@example.org"},
    "html_only": {"preview": "Dear Bob, price €5"},
    "nul_bytes": {"preview": "before\ufffdafter"},
    "flowed": {"preview": "One paragraph that was wrapped."},
    "japanese_iso2022": {"subject": "日本", "preview": "日本語のメール"},
}


@pytest.mark.parametrize(("oddity", "expected"), FIELDS.items())
def test_the_fields(oddity, expected):
    summary = read(oddity)[1]
    assert {field: getattr(summary, field) for field in expected} == expected


@pytest.mark.parametrize("path", sorted(MAIL.glob("*.eml")), ids=lambda path: path.stem)
def test_every_offset_lies_within_its_parent(path):
    raw, _, root, _ = read(path.stem)
    assert (root.header_start, root.end) == (0, len(raw))
    for part in root.walk():
        assert part.header_start <= part.body_start <= part.end
        for child in part.children:
            assert part.body_start <= child.header_start <= child.end <= part.end


@pytest.mark.parametrize("path", sorted(MAIL.glob("*.eml")), ids=lambda path: path.stem)
def test_every_leaf_is_found_by_its_number(path):
    root = read(path.stem)[2]
    leaves = list(root.leaves())
    assert [root.section(part.number) for part in leaves] == leaves
    assert len({part.number for part in leaves}) == len(leaves)


def test_pictures_belong_to_the_html():
    reading = bodies.reading(read("related_with_pictures")[2])
    assert [part.type for part in reading.bodies] == ["text/html"]
    assert [*reading.inline] == ["pic@x"]


def test_parts_of_apple_mail_are_all_shown():
    reading = bodies.reading(read("apple_alternative_with_file")[2])
    assert [part.number for part in reading.bodies] == ["2.1", "2.3"]
    plain = bodies.reading(read("apple_alternative_with_file")[2], prefer="text/plain")
    assert [part.number for part in plain.bodies] == ["1"]
    assert [part.filename for part in plain.attachments] == ["report.pdf"]


def test_a_calendar_is_told_apart():
    reading = bodies.reading(read("calendar")[2])
    assert [part.type for part in reading.bodies] == ["text/plain"]
    assert [part.parameters["method"] for part in reading.calendars] == ["REQUEST"]


def test_pieces_make_one_message():
    """RFC 2046 §5.2.2.1."""
    raws = {number: read(f"partial_{number}")[0] for number in (2, 1)}
    pieces = [partial.piece(read(f"partial_{number}")[2]) for number in (1, 2)]
    assert pieces == [partial.Piece("ABC@example.org", 1, 2), partial.Piece("ABC@example.org", 2, 2)]
    assert partial.is_complete(pieces)
    assert not partial.is_complete(pieces[:1])
    whole = partial.reassemble(raws)
    summary = summarize(whole, NOW)
    assert (summary.subject, summary.message_id) == ("Audio mail", "anotherid@example.org")
    assert whole.endswith(b"\r\n\r\nfirst half, \r\nsecond half\r\n")
    assert b"X-Inner" not in whole


def test_a_pointer_is_shown_and_not_followed():
    """SECURITY C12."""
    _, _, root, fetch = read("external_body")
    found = external_body.pointer(root, fetch)
    assert (found.access_type, found.location) == ("local-file", "example.org/etc/passwd")
    assert (found.type, found.description) == ("application/postscript", "a paper")
    _, _, root, fetch = read("external_body_url")
    assert external_body.pointer(root, fetch).location == "http://example.org/a/very/long/path.ps"


def test_a_delivery_report_has_a_row_for_each_recipient():
    """RFC 3464."""
    _, _, root, fetch = read("delivery_report")
    part = next(part for part in root.walk() if part.type == "message/delivery-status")
    report = delivery_status.parse(fetch(part.body_start, part.size))
    assert (report.reporting, report.envelope_id) == ("mx.example.org", "abc")
    failed, delayed = report.recipients
    assert (failed.address, failed.original, failed.action, failed.status) == (
        "bob@example.com",
        "bob+x@example.com",
        "failed",
        "5.1.1",
    )
    assert failed.diagnostic == "550 5.1.1 No such user here"
    assert failed.is_failure
    assert (delayed.action, delayed.status, delayed.is_failure) == ("delayed", "4.4.1", False)
    assert delivery_status.parse(b"\0\xff junk\r\n\r\n\r\n: :").recipients == ()

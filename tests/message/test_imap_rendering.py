"""ENVELOPE and BODYSTRUCTURE: RFC 9051 §7.5.2, with the RFC's own examples."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailcore.imap.wire.body_structure import without_extensions
from mailcore.message.summary import summarize

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MAIL = Path(__file__).parents[1] / "mail"


def crlf(text):
    return text.encode().replace(b"\n", b"\r\n")


def test_the_envelope_of_rfc_9051():
    """RFC 9051 §8."""
    raw = crlf("""Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev2 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

x
""")
    assert summarize(raw, NOW).envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" '
        b'(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) '
        b'(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) '
        b'((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL '
        b'"<B27397-0100000@cac.washington.edu>")'
    )


@pytest.mark.parametrize(
    ("header", "position", "rendered"),
    [
        ("", 0, b"NIL"),
        ("Date:\n", 0, b'""'),
        ("Subject: \n", 1, b'""'),
        ('Subject: say "hi" \\o/\n', 1, rb'"say \"hi\" \\o/"'),
        ("Subject: =?utf-8?q?=C3=BC?=\n", 1, b'"=?utf-8?q?=C3=BC?="'),
        ("Subject: ü\n", 1, b'"=?utf-8?q?=C3=BC?="'),
        ("Subject: a\n\tb\n", 1, b'"a b"'),
        ("Subject: a\x00b\x07\n", 1, b'"a?b?"'),
        ("From: a@x\nSender:\n", 3, b'((NIL NIL "a" "x"))'),
        ("From: a@x\nSender: b@x\n", 3, b'((NIL NIL "b" "x"))'),
        ("From: a@x\nReply-To: c@x\n", 4, b'((NIL NIL "c" "x"))'),
        (
            "To: friends: a@x, b@x;\n",
            5,
            b'((NIL NIL "friends" NIL)(NIL NIL "a" "x")(NIL NIL "b" "x")(NIL NIL NIL NIL))',
        ),
        ("To: <@r,@s:a@x>\n", 5, b'((NIL "@r,@s" "a" "x"))'),
        ("To: root\n", 5, b'((NIL NIL "root" ""))'),
        ("To: a@x\nTo: b@x\n", 5, b'((NIL NIL "a" "x")(NIL NIL "b" "x"))'),
        ("Cc:\n", 6, b"NIL"),
        ("To: ü@exämple.org\n", 5, b'((NIL NIL {2}\r\n\xc3\xbc "xn--exmple-cua.org"))'),
        ("To: Ü <a@x>\n", 5, b'(("=?utf-8?q?=C3=9C?=" NIL "a" "x"))'),
        ("In-Reply-To: <a@x>\n", 8, b'"<a@x>"'),
    ],
)
def test_each_field(header, position, rendered):
    envelope = summarize(crlf(header + "\nbody"), NOW).envelope
    assert items(envelope)[position] == rendered


def items(rendered):
    """The top-level items of a list."""
    found, depth, start, at, quoted = [], 0, 1, 1, False
    while at < len(rendered) - 1:
        one = rendered[at : at + 1]
        if quoted:
            at += one == b"\\"
            quoted = one != b'"'
        elif one == b'"':
            quoted = True
        elif one == b"{":
            stop = rendered.index(b"}", at)
            at = stop + 2 + int(rendered[at + 1 : stop])
        elif one in b"()":
            depth += 1 if one == b"(" else -1
        elif one == b" " and not depth:
            found.append(rendered[start:at])
            start = at + 1
        at += 1
    return [*found, rendered[start:-1]]


STRUCTURES = {
    "plain": b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 40 5 NIL NIL NIL NIL)',
    "no_header": b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 14 1 NIL NIL NIL NIL)',
    "alternative": (
        b'(("text" "plain" NIL NIL NIL "7bit" 11 0 NIL NIL NIL NIL)'
        b'("text" "html" NIL NIL NIL "7bit" 24 0 NIL NIL NIL NIL)'
        b' "alternative" ("boundary" "b") NIL NIL NIL)'
    ),
    "digest": (
        b'(("message" "rfc822" NIL NIL NIL "7bit" 21 (NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL)'
        b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL)'
        b'("message" "rfc822" NIL NIL NIL "7bit" 22 (NIL "two" NIL NIL NIL NIL NIL NIL NIL NIL)'
        b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL)'
        b' "digest" ("boundary" "b") NIL NIL NIL)'
    ),
    "rfc2231_name": (
        b'("application" "pdf" ("name*" "utf-8\'\'%E6%97%A5%E6%9C%AC%E8%AA%9E.pdf") NIL NIL "base64" 10 NIL'
        b' ("attachment" ("filename*" "UTF-8\'\'%e2%82%ac%20rates.pdf" "filename" "EURO rates.pdf")) NIL NIL)'
    ),
    "raw_utf8_header": (
        b'("text" "plain" ("charset" "utf-8" "name*" "utf-8\'\'%C3%BC.txt") NIL NIL "7bit" 4 1 NIL NIL NIL NIL)'
    ),
}


@pytest.mark.parametrize(("oddity", "rendered"), STRUCTURES.items())
def test_the_structure(oddity, rendered):
    assert summarize((MAIL / f"{oddity}.eml").read_bytes(), NOW).body_structure == rendered


def test_language_location_and_md5():
    raw = crlf(
        "Content-Type: text/plain\nContent-MD5: abc==\nContent-Language: de, en\nContent-Location: http://x/\n\nhi"
    )
    assert summarize(raw, NOW).body_structure == (
        b'("text" "plain" NIL NIL NIL "7bit" 2 0 "abc==" NIL ("de" "en") "http://x/")'
    )


BODIES = {
    "plain": b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 40 5)',
    "alternative": (
        b'(("text" "plain" NIL NIL NIL "7bit" 11 0)("text" "html" NIL NIL NIL "7bit" 24 0) "alternative")'
    ),
    "digest": (
        b'(("message" "rfc822" NIL NIL NIL "7bit" 21 (NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL)'
        b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0) 2)'
        b'("message" "rfc822" NIL NIL NIL "7bit" 22 (NIL "two" NIL NIL NIL NIL NIL NIL NIL NIL)'
        b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 0) 2)'
        b' "digest")'
    ),
    "rfc2231_name": (
        b'("application" "pdf" ("name*" "utf-8\'\'%E6%97%A5%E6%9C%AC%E8%AA%9E.pdf") NIL NIL "base64" 10)'
    ),
}


@pytest.mark.parametrize(("oddity", "rendered"), BODIES.items())
def test_the_body_is_the_structure_without_extensions(oddity, rendered):
    structure = summarize((MAIL / f"{oddity}.eml").read_bytes(), NOW).body_structure
    assert without_extensions(structure) == rendered


def test_an_envelope_within_survives_the_cut():
    inner = 'Content-Type: message/rfc822\n\nFrom: Ann <a@x>, b@x\nTo: ü@x\nSubject: (")\n\nhi'
    structure = summarize(crlf(inner), NOW).body_structure
    body = without_extensions(structure)
    assert b'(("Ann" NIL "a" "x")(NIL NIL "b" "x"))' in body
    assert b'((NIL NIL {2}\r\n\xc3\xbc "x"))' in body
    assert body.endswith(b"2 0) 4)")


@pytest.mark.parametrize("path", sorted(MAIL.glob("*.eml")), ids=lambda path: path.stem)
def test_all_that_is_rendered_is_balanced_ascii(path):
    summary = summarize(path.read_bytes(), NOW)
    assert len(items(summary.envelope)) == 10
    for rendered in (summary.envelope, summary.body_structure, without_extensions(summary.body_structure)):
        assert rendered.isascii() or b"{" in rendered
        assert b"\0" not in rendered
        items(rendered)

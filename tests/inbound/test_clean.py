"""What is taken out of a header, wherever the network cuts it."""

from __future__ import annotations

import pytest

from mailcore.inbound.clean import MAX_KEPT_FIELD, Cleaner, Noted, Rules
from mailcore.store import blobs

RULES = Rules(("return-path", "x-spam-*", "bcc"), "mx.example.org")

MESSAGES = [
    # what came, what is kept
    (b"Subject: x\r\n\r\nbody\r\n", b"Subject: x\r\n\r\nbody\r\n"),
    (b"Return-Path: <x>\r\nSubject: x\r\n\r\nbody", b"Subject: x\r\n\r\nbody"),
    (b"A: b\r\nBCC: x,\r\n y,\r\n\tz\r\nC: d\r\n\r\nBcc: body\r\n", b"A: b\r\nC: d\r\n\r\nBcc: body\r\n"),
    (b"bcc:x\r\n\r\n", b"\r\n"),
    (b"bcc : x\r\nA: b\r\n\r\n", b"A: b\r\n\r\n"),
    (b"X-Spam-Flag: YES\r\nX-Spammer: keep\r\n\r\n", b"X-Spammer: keep\r\n\r\n"),
    (b"Authentication-Results: MX.example.org; dkim=pass\r\n\r\n", b"\r\n"),
    (b"Authentication-Results: mx.example.org 1; dkim=pass\r\n\r\n", b"\r\n"),
    (
        b"Authentication-Results: other.example; dkim=pass\r\n\r\n",
        b"Authentication-Results: other.example; dkim=pass\r\n\r\n",
    ),
    (b"\r\nBcc: x\r\n", b"\r\nBcc: x\r\n"),
    (b"no header\r\nBcc: x\r\n\r\n", b"no header\r\n\r\n"),
    (b"Bcc: x", b""),
    (b"", b""),
    (b"Subject: x\r\n", b"Subject: x\r\n"),
    (b"A: b\nBcc: x\nC: d\n\nbody\n", b"A: b\nC: d\n\nbody\n"),
    (b"Abcc: x\r\n\r\n", b"Abcc: x\r\n\r\n"),
]


def clean(rules: Rules, *pieces: bytes) -> tuple[bytes, Noted]:
    cleaner = Cleaner(blobs.upload(), rules)
    for piece in pieces:
        if piece:
            cleaner.write(piece)
    stored = cleaner.finish()
    data = bytes(cleaner.buffer())
    assert stored.size == len(data)
    cleaner.close()
    return data, cleaner.noted


@pytest.mark.parametrize("came, kept", MESSAGES, ids=repr)
def test_cleaning_wherever_the_network_cuts(db, came, kept):
    for cut in range(len(came) + 1):
        assert clean(RULES, came[:cut], came[cut:])[0] == kept, cut
    assert clean(RULES, *[came[i : i + 1] for i in range(len(came))])[0] == kept


def test_what_is_noted(db):
    came = (
        b"Received: a\r\nreceived: b\r\n c\r\nDelivered-To: <x@y>\r\nDate: d\r\nMessage-Id: <m>\r\n"
        b"From: a@b,\r\n c@d\r\nSubject: Received: no\r\n\r\nReceived: body\r\n"
    )
    for cut in range(len(came) + 1):
        noted = clean(RULES, came[:cut], came[cut:])[1]
        assert noted.received_count == 2
        assert noted.delivered_to == ["x@y"]
        assert noted.has_date and noted.has_message_id
        assert b"".join(noted.from_field.split()) == b"a@b,c@d"


def test_additions_come_at_the_end_of_the_header(db):
    rules = Rules(("bcc",), additions=lambda noted: b"" if noted.has_date else b"Date: now\r\n")
    for came, kept in [
        (b"A: b\r\n\r\nbody", b"A: b\r\nDate: now\r\n\r\nbody"),
        (b"Bcc: b\r\n\r\nbody", b"Date: now\r\n\r\nbody"),
        (b"Date: b\r\n\r\nbody", b"Date: b\r\n\r\nbody"),
        (b"A: b\r\n", b"A: b\r\nDate: now\r\n\r\n"),
        (b"A: b", b"A: b\r\nDate: now\r\n\r\n"),
        (b"just text\r\nmore\r\n", b"Date: now\r\n\r\njust text\r\nmore\r\n"),
        (b"", b"Date: now\r\n\r\n"),
    ]:
        for cut in range(len(came) + 1):
            assert clean(rules, came[:cut], came[cut:])[0] == kept, (came, cut)


def test_fields_of_any_length_pass_and_go(db):
    long = b"x" * (3 * MAX_KEPT_FIELD)
    folded = b"\r\n ".join([b"y" * 900] * 500)
    came = b"Long: " + long + b"\r\nBcc: " + long + b"\r\nBcc: " + folded + b"\r\nEnd: z\r\n\r\nbody"
    kept = b"Long: " + long + b"\r\nEnd: z\r\n\r\nbody"
    assert clean(RULES, came)[0] == kept
    pieces = [came[i : i + 50_000] for i in range(0, len(came), 50_000)]
    assert clean(RULES, *pieces)[0] == kept


def test_big_headers_take_linear_time(db):
    came = b"".join(b"X-%d: y\r\n" % number for number in range(100_000)) + b"Bcc: x\r\n\r\n"
    assert clean(RULES, *[came[i : i + 65_536] for i in range(0, len(came), 65_536)])[0] == came.replace(
        b"Bcc: x\r\n", b""
    )

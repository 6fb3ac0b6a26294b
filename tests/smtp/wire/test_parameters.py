"""ESMTP parameters and xtext: RFC 5321 §4.1.2, RFC 3461 §4."""

from __future__ import annotations

import pytest

from mailcore.smtp.wire.parameters import ParameterInvalid, original_recipient, parameters, xtext
from mailcore.smtp.wire.reply import reply


@pytest.mark.parametrize(
    "text, values",
    [
        ("", {}),
        ("SIZE=5", {"SIZE": "5"}),
        ("size=5  SMTPUTF8", {"SIZE": "5", "SMTPUTF8": None}),
        ("X-Y=a<b>c", {"X-Y": "a<b>c"}),
    ],
)
def test_parameters(text, values):
    assert parameters(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "=",
        "=5",
        "SIZE=",
        "SIZE=5=6",
        "A=1 A=2",
        "-A=1",
        "A=\t",
        "A" + " A1" * 30,
        " ".join(f"A{n}" for n in range(21)),
    ],
)
def test_malformed_parameters(text):
    with pytest.raises(ParameterInvalid):
        parameters(text)


def test_xtext():
    assert xtext("a+2Bb+3D") == "a+b="
    for text in ("+", "+2", "+2b", "a=b", "a b", "\x7f"):
        with pytest.raises(ParameterInvalid):
            xtext(text)


def test_original_recipient():
    assert original_recipient("rfc822;a+2B@b.example") == "rfc822;a+2B@b.example"
    assert original_recipient("utf-8;j\\x{F6}rg@b.example") == "utf-8;j\\x{F6}rg@b.example"
    for text in ("", ";", "rfc822;", "rfc822", "rf c;a", "rfc822;" + "a" * 500, "rfc822;a b"):
        with pytest.raises(ParameterInvalid):
            original_recipient(text)


def test_replies():
    assert reply(250, "2.0.0", "Ok") == b"250 2.0.0 Ok\r\n"
    assert reply(250, "", "a", "b") == b"250-a\r\n250 b\r\n"
    assert reply(550, "5.0.0", "a\r\n250 forged") == b"550 5.0.0 a??250 forged\r\n"
    assert len(reply(550, "5.0.0", "x" * 5000)) <= 512

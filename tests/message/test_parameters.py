"""RFC 2045 §5.1, RFC 2231."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.parameters import read, render


@pytest.mark.parametrize(
    ("field", "value", "meant"),
    [
        (b" text/plain", "text/plain", {}),
        (b"TEXT/Plain; CharSet=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (
            b'text/plain; charset="utf-8"; format=flowed',
            "text/plain",
            {"charset": "utf-8", "format": "flowed"},
        ),
        (b'a/b; name="a;b=c\\"d"', "a/b", {"name": 'a;b=c"d'}),
        (b"a/b;name = my file.pdf ;x=y", "a/b", {"name": "my file.pdf", "x": "y"}),
        (b'a/b; name="unclosed; x=y', "a/b", {"name": "unclosed; x=y"}),
        (b"a/b;;; ;=x; name", "a/b", {}),
        (b"a/b; x=1; x=2", "a/b", {"x": "1"}),
        (b"a/b; name*=utf-8''%e2%82%ac", "a/b", {"name": "€"}),
        (b"a/b; name*=utf-8'en'%e2%82%ac; name=EURO", "a/b", {"name": "€"}),
        (b"a/b; name*=%e2%82%ac", "a/b", {"name": "€"}),
        (b"a/b; name*0=a; name*1=b; name*3=d", "a/b", {"name": "ab"}),
        (b"a/b; name*1=b; name*0=a", "a/b", {"name": "ab"}),
        (b"a/b; name*0*=iso-8859-1''%fc; name*1=%41", "a/b", {"name": "ü%41"}),
        (b"a/b; name*1=b", "a/b", {}),
        (b'a/b; name="=?utf-8?q?=C3=BC?="', "a/b", {"name": "ü"}),
        ("a/b; name=ü".encode(), "a/b", {"name": "ü"}),
        (b"a/b; name=\xfc", "a/b", {"name": "ü"}),
        (b'a/b; name="x\r\n y"', "a/b", {"name": "x y"}),
        (b"a/b; name*=utf-8''a%0D%0Ab%00", "a/b", {"name": "a b\ufffd"}),
        (b"a/b (c (d)); (e) x=1", "a/b", {"x": "1"}),
        (b'a/b; x="\\"()"', "a/b", {"x": '"()'}),
        (b'a/b; x="(no comment)"', "a/b", {"x": "(no comment)"}),
        (b"a/b; n\xa1me=x; y\x00=z; ok=1", "a/b", {"ok": "1"}),
        (b"", "", {}),
    ],
)
def test_a_field_is_read(field, value, meant):
    found = read(field)
    assert (found.value, found.meant) == (value, meant)


def test_what_stands_there_is_kept_for_imap():
    found = read(b"a/b; name*0*=utf-8''%41; name*1*=%42; charset=\"x\"")
    assert dict(found.written) == {"name*": "utf-8''%41%42", "charset": "x"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200))
def test_what_is_written_is_read(value):
    value = " ".join(value.split()) or "x"
    pieces = render([("filename", value)])
    assert all(len(piece) <= 78 for piece in pieces)
    field = ("attachment; " + ";\r\n ".join(pieces)).encode("ascii")
    assert (
        read(field).meant.get("filename") == read(b"x; filename*=utf-8''" + _percent(value)).meant["filename"]
    )


def _percent(text):
    return "".join(f"%{octet:02X}" for octet in text.encode()).encode()


@pytest.mark.parametrize(
    "field",
    [
        b"a/b" + b"".join(b"; p%d=v" % number for number in range(50_000)),
        b"a/b" + b"".join(b"; name*%d*=%%41" % number for number in range(20_000)),
        b"a/b; name*0=a; name*999999999=b",
        b"a/b; x=" + b'"\\' * 100_000,
        b"a/b" + b";  " * 100_000,
        b"(" * 100_000,
        b'("' * 100_000,
        b"a/b; " + b"*" * 100_000 + b"=x",
    ],
    ids=lambda field: field[:12],
)
def test_hostile_parameters_are_bounded(field):
    """SECURITY C06."""
    began = time.process_time()
    found = read(field)
    assert time.process_time() - began < 2
    assert len(found.written) <= 100
    assert all(len(value) <= 4000 for value in found.meant.values())

"""RFC 5256 §2.1, §2.2."""

from __future__ import annotations

import time

import pytest

from mailcore.message import message_id
from mailcore.message.references import base_subject, message_ids, parents


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@x>", ["a@x"]),
        ("<a@x> <b@x>", ["a@x", "b@x"]),
        ("<a@x><b@x>,<a@x>", ["a@x", "b@x"]),
        ("< a@x >", ["a@x"]),
        ('<"01KF8JCEOCBS0045PS"@xxx.yyy.com>', ["01KF8JCEOCBS0045PS@xxx.yyy.com"]),
        ("a@x", ["a@x"]),
        ("Message from Ann of Friday <a@x>", ["a@x"]),
        ("nothing", []),
        ("<>", []),
        ("<no-at-sign>", ["no-at-sign"]),
        ("", []),
        ("<a\0b@x> <c@x>", ["c@x"]),
        ('<"a\0 b"@x>', ["ab@x"]),
    ],
)
def test_ids(value, ids):
    assert message_ids(value) == ids


def test_references_win_over_in_reply_to():
    assert parents("<a@x> <b@x>", "<c@x>") == ("a@x", "b@x")
    assert parents("junk", "<c@x> <d@x>") == ("c@x",)


def test_of_too_many_the_first_and_the_last_stay():
    """SECURITY C20."""
    found = parents(" ".join(f"<{number}@x>" for number in range(5000)), "")
    assert len(found) == 100
    assert (found[0], found[1], found[-1]) == ("0@x", "4901@x", "4999@x")


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("Hello", "HELLO", False),
        ("Re: Hello", "HELLO", True),
        ("re: RE : Re:Hello", "HELLO", True),
        ("Fwd: Re: Hello", "HELLO", True),
        ("FW: Hello", "HELLO", True),
        ("Hello (fwd)", "HELLO", True),
        ("[fwd: Hello]", "HELLO", True),
        ("[list] Re: [list] Hello", "HELLO", True),
        ("Re: [list] Hello", "HELLO", True),
        ("Re[2]: Hello", "HELLO", True),
        ("Re(2): Hello", "HELLO", True),
        ("[only]", "[ONLY]", False),
        ("[list] Hello", "HELLO", False),
        ("AW: WG: Hallo", "HALLO", True),
        ("回复：你好", "你好", True),
        ("Reply needed", "REPLY NEEDED", False),
        ("Regarding: x", "REGARDING: X", False),
        ("Re:", "", True),
        ("  two \t words ", "TWO WORDS", False),
        ("", "", False),
    ],
)
def test_base_subject(subject, base, is_reply):
    assert base_subject(subject) == (base, is_reply)


@pytest.mark.parametrize(
    "value",
    [
        "<" * 200_000,
        "a" * 200_000,
        "a" * 200_000 + "@",
        "a@" * 100_000,
        '<"\\' * 60_000,
        " " * 200_000,
        "Re:" * 300,
    ],
)
def test_hostile_values_are_linear(value):
    began = time.process_time()
    message_ids(value)
    base_subject(value[:1000])
    assert time.process_time() - began < 2


def test_an_id_is_minted_for_a_domain():
    assert message_id.mint(b"\0" * 16, "example.org") == "aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org"
    assert message_id.mint(b"\0" * 16, "exämple.org").endswith("@xn--exmple-cua.org")
    assert message_id.read("<a@x> <b@x>") == "a@x"

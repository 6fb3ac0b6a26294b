"""Where a list wants its answers."""

from __future__ import annotations

import pytest

from mailcore.message import mailing_list


@pytest.mark.parametrize(
    ("header", "post"),
    [
        ("List-Post: <mailto:type@lists.test>", "type@lists.test"),
        ("List-Post: <mailto:type@lists.test?subject=x> (the list)", "type@lists.test"),
        ("List-Post: <https://lists.test/post>,\r\n <MAILTO:a%2Bb@lists.test>", "a+b@lists.test"),
        ("List-Post: NO (announcements only)", ""),
        ("List-Post: <mailto:not an address>", ""),
        ("List-Post: <mailto:a@x.test%0d%0aBcc:b@x.test>", ""),
        ("Subject: none", ""),
    ],
)
def test_the_address_of_the_list(header, post):
    assert mailing_list.read(f"{header}\r\n\r\n".encode()).post == post


def test_whom_an_answer_to_all_is_for():
    header = b"Mail-Followup-To: =?utf-8?q?Fr=C3=A4nzi?= <f@x.test>,\r\n list@lists.test\r\n\r\n"
    assert mailing_list.read(header).followup_to == "Fränzi <f@x.test>, list@lists.test"

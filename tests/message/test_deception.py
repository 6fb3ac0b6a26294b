"""Who pretends, and who does not: each rule with what it must notice and what it must let pass."""

from __future__ import annotations

import pytest

from mailcore.message import deception
from mailcore.message.deception import Facts, Kind, Reason

READER = "alice@example.org"
CONTACTS = {
    "bob@example.org": "Bob Barker",
    "carol@northwind.example": "Carol Danvers",
    "dan@kitestudio.example": "",
}


def kinds(**facts: object) -> list[str]:
    """The reasons for doubt in a letter to alice, without the note about new senders."""
    known = Facts(**{"sender": "eve@far.test", "reader": READER, "contacts": CONTACTS} | facts)  # type: ignore[arg-type]
    return [reason.kind.value for reason in deception.reasons(known)]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("www.paypal.com", "https://paypal.login.evil.test/"),
        ("https://www.paypal.com/signin", "https://evil.test/signin"),
        ("paypal.com", "http://192.0.2.7/x"),
        ("http://example.org/reset", "https://example.org.evil.test/reset"),
        (" <https://bank.co.uk/> ", "https://other.co.uk/"),
        ("https://mine.github.io/x", "https://yours.github.io/x"),
        ("https://user@paypal.com/", "https://evil.test/"),
        ("my.bank.de", "https://xn--bnk-0na.test/"),
        ("https://PAYPAL.com.", "https://evil.test/?paypal"),
    ],
)
def test_links_that_lie(text: str, target: str):
    assert kinds(links=((text, target),)) == ["lying-link"]


@pytest.mark.parametrize(
    ("text", "target", "more"),
    [
        ("Click here", "https://evil.test/", {}),
        ("www.shop.example", "https://shop.example/?utm_source=x", {}),
        ("shop.example", "https://www.shop.example/", {}),
        ("https://shop.co.uk/sale", "https://click.shop.co.uk/abc", {}),
        ("www.shop.example", "https://shop.us5.list-manage.com/track/click?u=1", {}),
        ("www.shop.example", "https://u123.ct.sendgrid.net/ls/click?upn=x", {}),
        ("www.shop.example", "https://t.counter.test/r?to=https://www.shop.example/", {}),
        ("www.shop.example", "https://t.counter.test/r?to=https%3A%2F%2Fwww%2Eshop%2Eexample%2F", {}),
        (
            "far.test",
            "https://links.mailer.test/c/1",
            {"is_list": True},
        ),  # its own page, its mailer's counter
        ("far.test", "https://links.mailer.test/c/1", {"verdicts": {"dmarc": "pass"}}),
        ("https://github.com/x/y", "https://links.far.test/c/9", {"is_list": True}),  # its own counter
        ("report.pdf", "https://files.test/1", {}),
        ("index.html", "https://files.test/1", {}),
        ("Version 2.0", "https://files.test/1", {}),
        ("3.14", "https://files.test/1", {}),
        ("Node.js", "https://nodejs.test/", {}),
        ("e.g. this", "https://files.test/1", {}),
        ("Save 20% at shop.example today", "https://other.test/", {}),
        ("alice@example.org", "https://unsubscribe.test/", {}),
        ("", "https://evil.test/", {}),
        ("shop.example", "http://[broken", {}),
    ],
)
def test_links_that_do_not(text: str, target: str, more: dict[str, object]):
    assert kinds(links=((text, target),), **more) == []


@pytest.mark.parametrize(
    ("sender", "original"),
    [
        ("bill@paypa1.com", "paypal.com"),
        ("bill@paypai.com", "paypal.com"),
        ("bill@xn--pypal-4ve.com", "paypal.com"),  # Cyrillic а
        ("bill@раураӏ.com", "paypal.com"),
        ("it@rnicrosoft.com", "microsoft.com"),
        ("it@micorsoft.com", "microsoft.com"),
        ("it@microsoftt.com", "microsoft.com"),
        ("boss@examp1e.org", "example.org"),
        ("boss@exarnple.org", "example.org"),
        ("boss@exampel.org", "example.org"),
        ("carol@n0rthwind.example", "northwind.example"),
        ("carol@nortwind.example", "northwind.example"),
        ("x@kite-studio.example", "kitestudio.example"),
        ("x@mail.arnazon.com", "amazon.com"),
    ],
)
def test_senders_that_look_like_another(sender: str, original: str):
    found = deception.reasons(Facts(sender=sender, reader=READER, contacts=CONTACTS))
    assert [(reason.kind, reason.shown) for reason in found] == [(Kind.LOOKALIKE, original)]


@pytest.mark.parametrize(
    "sender",
    [
        "bob@example.org",
        "news@example.com",  # another suffix, and an honest one
        "x@mail.com",
        "x@gmail.com",
        "x@ymail.com",
        "x@email.amazon.com",
        "x@amazon.co.uk",
        "x@paypal.de",
        "x@gitlab.com",
        "x@chess.com",
        "x@northwindow.example",
        "x@sub.kitestudio.example",
        "x@wisely.com",
        "",
        "not an address",
        "x@localhost",
    ],
)
def test_senders_that_only_have_a_name_of_their_own(sender: str):
    assert kinds(sender=sender) == []


def test_letters_beyond_ascii_are_shown_as_they_are():
    reason = deception.reasons(Facts(sender="info@xn--mller-kva.example", reader=READER))
    assert reason == [Reason(Kind.FOREIGN_SCRIPT, "müller.example", "xn--mller-kva.example")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"name": "security@paypal.com"}, ["named-address"]),
        ({"name": "Bob Barker <bob@example.org>"}, ["named-address"]),
        ({"name": "eve@far.test"}, []),
        ({"name": "eve@mail.far.test"}, []),
        ({"name": "Eve at far.test"}, []),
        ({"name": "Bob Barker"}, ["named-contact"]),
        ({"name": "BARKER, Bob"}, ["named-contact"]),
        ({"name": "Bob Barker", "sender": "bob.barker@example.org"}, []),
        ({"name": "Bob Barker", "is_list": True}, []),  # "Bob via list"
        ({"name": "Bob"}, []),
        ({"name": ""}, []),
        ({"name": "Carol Danvers", "sender": "carol@northwind.example"}, []),
        ({"name": "Alice Liddell", "sender": READER}, []),
    ],
)
def test_names(facts: dict[str, object], expected: list[str]):
    assert kinds(**facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"reply_to": "eve@evil.test"}, ["reply-elsewhere"]),
        ({"reply_to": "eve@far.test"}, []),
        ({"reply_to": "help@support.far.test"}, []),
        ({"reply_to": "list@lists.test", "is_list": True}, []),
        ({"reply_to": "bob@example.org"}, []),  # the reader's own people
        ({"reply_to": "carol@northwind.example"}, []),  # a contact
        ({"reply_to": READER}, []),
        ({"reply_to": ""}, []),
    ],
)
def test_answers(facts: dict[str, object], expected: list[str]):
    assert kinds(**facts) == expected


@pytest.mark.parametrize(
    ("verdicts", "is_list", "expected"),
    [
        ({"dmarc": "fail"}, False, ["failed"]),
        ({"dmarc": "fail", "spf": "pass"}, True, ["failed"]),
        ({"spf": "fail", "dkim": "fail"}, False, ["failed"]),
        ({"spf": "fail", "dkim": "fail"}, True, []),  # lists break both
        ({"spf": "fail", "dkim": "pass"}, False, []),  # forwarded
        ({"spf": "softfail"}, False, []),
        ({"dmarc": "pass", "spf": "fail", "dkim": "fail"}, False, []),
        ({"dmarc": "none"}, False, []),
        ({}, False, []),
    ],
)
def test_what_the_senders_domain_says(verdicts: dict[str, str], is_list: bool, expected: list[str]):
    assert kinds(verdicts=verdicts, is_list=is_list) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Authentication-Results: mx.example.org; dmarc=fail header.from=x.test\r\n", {"dmarc": "fail"}),
        (b"authentication-results: MX.example.org 1;\r\n\tspf=pass smtp.mailfrom=a@b;\r\n dkim=fail (bad) header=b\r\n",
         {"spf": "pass", "dkim": "fail"}),
        (b"Authentication-Results: mx.example.org; dkim=fail; dkim=pass\r\n", {"dkim": "pass"}),
        (b"Authentication-Results: mx.example.org; dkim=pass; dkim=fail\r\n", {"dkim": "pass"}),
        (b"Authentication-Results: mx.evil.test; dmarc=pass\r\n", {}),
        (b"Authentication-Results: mx.example.org.evil.test; dmarc=pass\r\n", {}),
        (b"Authentication-Results: mx.example.org; none\r\n", {}),
        (b"Authentication-Results: mx.example.org; spf=fail (dmarc=pass; x)\r\n", {"spf": "fail"}),
        (b"Authentication-Results: mx.example.org; spf=pass\r\nAuthentication-Results: mx.example.org; dmarc=fail\r\n",
         {"spf": "pass"}),
        (b"Authentication-Results:\r\n", {}),
        (b"Subject: dmarc=fail\r\n", {}),
        (b"", {}),
    ],
)  # fmt: skip
def test_only_our_own_word_counts(header: bytes, expected: dict[str, str]):
    assert deception.verdicts(header + b"\r\n", "mx.example.org") == expected


def test_the_worst_stands_first_and_nothing_twice():
    links = (("paypal.com", "https://evil.test/a"), ("paypal.com", "https://evil.test/b")) * 50
    found = kinds(
        sender="x@paypa1.com",
        name="service@paypal.com",
        reply_to="y@evil.test",
        verdicts={"dmarc": "fail"},
        links=links,
        is_first=True,
    )
    assert found == ["failed", "lookalike", "named-address", "lying-link", "reply-elsewhere", "first"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("paypal", "paypal", False),
        ("paypal", "paypl", True),
        ("paypal", "payppal", True),
        ("paypal", "papyal", True),
        ("paypal", "paypol", True),
        ("paypal", "pyapla", False),
        ("paypal", "pay", False),
        ("", "a", True),
    ],
)
def test_one_letter_off(one: str, other: str, expected: bool):
    assert deception.is_one_off(one, other) is expected
    assert deception.is_one_off(other, one) is expected

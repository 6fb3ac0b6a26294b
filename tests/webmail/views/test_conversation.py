"""Reading: the thread, what is open, what it marks; the letter's own document and its walls."""

from __future__ import annotations

import re

import pytest

from mailcore.identity import preferences
from mailcore.models import Entry, Message
from mailcore.models.entry import SEEN
from mailcore.store import mailboxes

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def conversation(alice, appended) -> int:
    return Message.objects.get(account_id=alice.pk, id=appended.message_id).conversation_id


def test_the_thread_oldest_first_the_unread_and_the_last_open(page, deliver, alice):
    deliver("first", headers="Message-ID: <1@t>\r\n", subject="Tea", flags=SEEN)
    deliver("second", headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n", mailbox="\\Sent", flags=SEEN)
    last = deliver("third", headers="Message-ID: <3@t>\r\nReferences: <1@t>\r\n")
    html = page.get(f"/c/{conversation(alice, last)}/").content.decode()
    shown = re.findall(r'<article class="(message[^"]*)" data-message="(\d+)"', html)
    assert [name for name, _ in shown] == [
        "message message--closed",
        "message message--closed",
        "message message--new",
    ]
    assert "third" in html
    assert "row--open" in html


def test_reading_marks_read_everywhere(page, deliver, alice):
    one = deliver(headers="Message-ID: <1@t>\r\n")
    number = conversation(alice, one)
    page.head(f"/c/{number}/")
    assert not Entry.objects.get(account_id=alice.pk, id=one.entry_id).flags & SEEN
    page.get(f"/c/{number}/")
    assert Entry.objects.get(account_id=alice.pk, id=one.entry_id).flags & SEEN
    assert mailboxes.named(alice.pk, "INBOX").unseen == 0


def test_a_fragment_is_the_conversation_alone(page, deliver, alice):
    number = conversation(alice, deliver())
    html = page.get(f"/c/{number}/", headers={"X-Fragment": "1"}).content.decode()
    assert html.startswith('<header class="reading__bar">')


def test_all_of_it_on_paper(page, deliver, alice):
    first = deliver("first of two", headers="Message-ID: <1@t>\r\n", flags=SEEN)
    deliver("second of two", headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n", flags=SEEN)
    number = conversation(alice, first)
    assert f'href="/c/{number}/print/' in page.get(f"/c/{number}/").content.decode()
    html = page.get(f"/c/{number}/print/").content.decode()
    assert html.index("first of two") < html.index("second of two")


def test_what_was_searched_for_is_named_for_the_marks(page, deliver, alice):
    number = conversation(alice, deliver("the tide tables", subject="Harbour"))
    html = page.get(f"/c/{number}/?q=subject:harbour+-subject:x").content.decode()
    assert 'data-needles="[&quot;harbour&quot;]"' in html
    assert "row--open" in html  # and what was found stands beside it
    assert "data-needles" not in page.get(f"/c/{number}/").content.decode()


def test_the_original_says_what_one_looks_for_first(page, deliver):
    one = deliver(headers="Message-ID: <1@t>\r\n", subject="Tea")
    html = page.get(f"/m/{one.message_id}/original/").content.decode()
    assert re.search(r"<dt>Message-ID</dt><dd><bdi>(&lt;)?1@t(&gt;)?</bdi></dd>", html)
    assert 'data-copies="original"' in html


def test_newer_and_older(page, deliver, alice, inbox):
    numbers = [
        conversation(alice, deliver(headers=f"Message-ID: <{n}@t>\r\n", subject=f"S{n}")) for n in range(3)
    ]
    html = page.get(f"/c/{numbers[1]}/?in={inbox.pk}").content.decode()
    assert f'href="/c/{numbers[2]}/?in={inbox.pk}" data-newer' in html
    assert f'href="/c/{numbers[0]}/?in={inbox.pk}" data-older' in html


@pytest.fixture
def everything_of_bobs(deliver, bob) -> list[str]:
    """Every address by which bob reaches his own mail."""
    raw = (
        b"From: a@x.test\r\nTo: bob@example.org\r\nSubject: Secret\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>canary</p>\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=x.txt\r\n\r\ncanary\r\n--b--\r\n"
    )
    one = deliver(raw=raw, account=bob)
    box = mailboxes.named(bob.pk, "INBOX").pk
    return [
        f"/mail/{box}/",
        f"/mail/{box}/rows/?c={conversation(bob, one)}",
        f"/c/{conversation(bob, one)}/",
        f"/c/{conversation(bob, one)}/?in={box}",
        f"/m/{one.message_id}/",
        f"/m/{one.message_id}/body/1/",
        f"/m/{one.message_id}/part/2/",
        f"/m/{one.message_id}/original/",
        f"/m/{one.message_id}/original/?download=1",
        f"/m/{one.message_id}/print/",
    ]


def test_another_account_finds_nothing(client, page, bob, everything_of_bobs):
    """SECURITY D19."""
    client.force_login(bob, backend="mailcore.identity.backend.AddressBackend")
    for url in everything_of_bobs:
        assert client.get(url).status_code == 200, url
        assert page.get(url).status_code == 404, url
        assert page.get(url, headers={"X-Fragment": "1"}).status_code == 404, url
    client.logout()
    for url in everything_of_bobs:
        assert client.get(url).status_code == 302, url


@pytest.mark.parametrize(
    "url", ["/mail/0/", "/mail/99999999999999999999999/", "/c/0/", "/m/0/", "/m/99999999999999999999/"]
)
def test_ids_of_nothing(page, url):
    assert page.get(url).status_code == 404


def test_html_is_a_document_of_its_own(page, html_letter, alice):
    one = html_letter("<p onclick=alert(1)>Hi <script>alert(1)</script><img src=http://e.test/t.gif></p>")
    shown = page.get(f"/m/{one.message_id}/", headers={"X-Fragment": "1"}).content.decode()
    assert "Hi " not in shown.split("message__body")[1]
    frame = re.search(r"<iframe[^>]*>", shown)[0]
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in frame
    assert "allow-scripts" not in frame
    assert "data-show-images" in shown
    answer = page.get(f"/m/{one.message_id}/body/1/")
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'none'", "img-src 'self'", "form-action 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert answer["Referrer-Policy"] == "no-referrer"
    body = answer.content.decode()
    assert "Hi" in body
    assert "alert" not in body
    assert "e.test" not in body


def test_pictures_from_afar_when_asked_and_when_trusted(page, html_letter, alice):
    one = html_letter("<img src='http://e.test/t.gif?a=1&b=2'>")
    url = f"/m/{one.message_id}/body/1/"
    assert "/images/" not in page.get(url).content.decode()
    asked = page.get(f"{url}?images=1").content.decode()
    assert re.search(r'<img src="/images/\?at=http%3A%2F%2Fe\.test%2Ft\.gif[^"]*by=', asked)
    page.post("/trust/", {"address": "bob@example.org", "next": "/"})
    alice.refresh_from_db()
    assert preferences.trusts_images(alice, "bob@example.org")
    assert "/images/" in page.get(url).content.decode()
    assert "data-show-images" not in page.get(f"/m/{one.message_id}/").content.decode()


def related(deliver, kind: str, content: bytes, markup: str = '<img src="cid:pic">') -> int:
    raw = (
        b"From: a@x.test\r\nTo: alice@example.org\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        + markup.encode()
        + b"\r\n--b\r\nContent-Type: "
        + kind.encode()
        + b"\r\nContent-ID: <pic>\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + content
        + b"\r\n--b--\r\n"
    )
    return deliver(raw=raw).message_id


def test_pictures_of_the_letter_itself_are_shown(page, deliver):
    number = related(deliver, "image/png", PNG)
    assert f'<img src="/m/{number}/part/2/?inline=1">' in page.get(f"/m/{number}/body/1/").content.decode()
    answer = page.get(f"/m/{number}/part/2/?inline=1")
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("text/html", b"<script>alert(1)</script>"),
        ("image/png", b"<script>alert(1)</script>"),
        ("image/png; name=x.html", b"<html><script>alert(1)</script>"),
        ("text/css", b"*{}"),
        ("application/javascript", b"alert(1)"),
    ],
)
def test_nothing_else_is_shown_inline(page, deliver, kind, content):
    """SECURITY D14: re-typed by its bytes, or not at all."""
    number = related(deliver, kind, content)
    assert page.get(f"/m/{number}/part/2/?inline=1").status_code == 404


@pytest.mark.parametrize(
    ("kind", "content", "announced", "how"),
    [
        ("text/html", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("image/svg+xml", b"<svg onload=alert(1)>", "application/octet-stream", "attachment"),
        ("text/xml", b"<x/>", "application/octet-stream", "attachment"),
        ("application/xhtml+xml", b"<x/>", "application/octet-stream", "attachment"),
        ("text/javascript", b"alert(1)", "application/octet-stream", "attachment"),
        ("application/pdf", b"<html>", "application/octet-stream", "attachment"),
        ("text/plain", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("image/png", PNG, "image/png", "inline"),
        ("image/png", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("image/gif", PNG, "image/png", "inline"),
    ],
)
def test_attachments_open_only_where_they_are_harmless(page, deliver, kind, content, announced, how):
    """SECURITY D13."""
    number = related(deliver, kind, content)
    answer = page.get(f"/m/{number}/part/2/?open=1")
    assert answer["Content-Type"] == announced
    assert answer["Content-Disposition"].startswith(how)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    saved = page.get(f"/m/{number}/part/2/")
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["Content-Type"] == "application/octet-stream"
    assert b"".join(saved.streaming_content) == content


@pytest.mark.parametrize("number", ["9", "0", "1.1.1", "x", "1" * 500, "..", "-1"])
def test_parts_that_are_not_there(page, deliver, number):
    one = related(deliver, "image/png", PNG)
    assert page.get(f"/m/{one}/part/{number}/").status_code == 404
    assert page.get(f"/m/{one}/body/{number}/").status_code == 404


def test_the_original_byte_for_byte(page, deliver):
    raw = b"From: a@x.test\r\nSubject: <b>raw</b>\r\n\r\n\xff\xfe\x00 <script>alert(1)</script>\r\n"
    one = deliver(raw=raw)
    saved = page.get(f"/m/{one.message_id}/original/?download=1")
    assert b"".join(saved.streaming_content) == raw
    assert saved["Content-Disposition"].startswith("attachment;")
    shown = page.get(f"/m/{one.message_id}/original/").content.decode()
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown


def test_who_wrote_if_the_name_says_otherwise(page, deliver, alice):
    one = deliver(sender='"boss@company.test" <thief@evil.test>', headers="Reply-To: other@else.test\r\n")
    html = page.get(f"/m/{one.message_id}/").content.decode()
    assert "thief@evil.test" in html
    assert "looks like the address boss@company.test" in html
    assert "other@else.test, not to its sender" in html


def test_several_bodies_are_several_documents(page, deliver):
    """SECURITY C22: what one part opens, no other part may close."""
    raw = (
        b"From: a@x.test\r\nSubject: efail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b'--b\r\nContent-Type: text/html\r\n\r\n<p>one <img src="http://e.test/\r\n'
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>secret\r\n"
        b'--b\r\nContent-Type: text/html\r\n\r\n">\r\n--b--\r\n'
    )
    one = deliver(raw=raw)
    html = page.get(f"/m/{one.message_id}/").content.decode()
    assert html.count("<iframe") == 3
    first = page.get(f"/m/{one.message_id}/body/1/").content.decode()
    assert "secret" not in first


def test_a_letter_too_large_for_html_is_shown_as_text(page, html_letter):
    one = html_letter("<div>" * 40_000 + "the point")
    html = page.get(f"/m/{one.message_id}/").content.decode()
    assert "<iframe" not in html
    assert "the point" in html


@pytest.mark.parametrize(
    "raw",
    [b"", b"\r\n", b"\0" * 100, b"Subject\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\n", b"\xff" * 5_000,
     b"From: <>\r\nTo: ,;:\r\nDate: x\r\n\r\nx", b"Content-Type: text/html; charset=nonsense\r\n\r\n<p>\xff"],
)  # fmt: skip
def test_broken_messages_are_shown_all_the_same(page, deliver, alice, raw):
    one = deliver(raw=raw)
    for url in (
        "/",
        f"/c/{conversation(alice, one)}/",
        f"/m/{one.message_id}/",
        f"/m/{one.message_id}/original/",
    ):
        assert page.get(url).status_code == 200


def test_a_delivery_report_is_a_sentence(page, deliver):
    raw = (
        b"From: MAILER-DAEMON@x.test\r\nTo: alice@example.org\r\nSubject: failed\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.x.test\r\n\r\n"
        b"Final-Recipient: rfc822; bob@far.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 <b>No such user</b>\r\n\r\n--b--\r\n"
    )
    html = page.get(f"/m/{deliver(raw=raw).message_id}/").content.decode()
    assert "Not delivered to bob@far.test: 550 5.1.1 &lt;b&gt;No such user&lt;/b&gt;" in html
    assert "notice--danger" in html


def test_what_was_fetched_ahead_is_read_when_it_is_opened(page, deliver, alice, bob):
    first = deliver(headers="Message-ID: <1@t>\r\n")
    number = conversation(alice, first)
    page.get(f"/c/{number}/", headers={"X-Fragment": "ahead"})
    assert mailboxes.named(alice.pk, "INBOX").unseen == 1
    late = deliver(
        headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n"
    )  # after it was fetched: nobody saw it
    assert page.post(f"/c/{number}/opened/", {"until": str(first.message_id)}).status_code == 204
    seen = {entry.message_id: bool(entry.flags & SEEN) for entry in Entry.objects.filter(account_id=alice.pk)}
    assert seen == {first.message_id: True, late.message_id: False}
    for odd in ({}, {"until": "x"}, {"until": "-Infinity"}, {"until": "9" * 30}):
        assert page.post(f"/c/{number}/opened/", odd).status_code == 204
    assert mailboxes.named(alice.pk, "INBOX").unseen == 1
    theirs = conversation(bob, deliver(account=bob))
    assert page.post(f"/c/{theirs}/opened/", {"until": "1"}).status_code == 404
    assert page.get(f"/c/{number}/opened/").status_code == 405

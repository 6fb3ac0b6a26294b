"""Every type of content that mail knows, and what the page makes of it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse

MAIL = Path(__file__).parents[2] / "mail"


def visible(response):
    text = re.sub(r"<(template|script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def shown(page, deliver):
    """A letter of the corpus, opened: the text of the fragment, and its markup."""

    def show(oddity):
        letter = deliver(raw=(MAIL / f"{oddity}.eml").read_bytes())
        response = page.get(reverse("message:show", args=[letter.message_id]), headers={"X-Fragment": "1"})
        assert response.status_code == 200
        return visible(response), response.content.decode(), letter.message_id

    return show


SAYS = {  # oddity: what can be read on the page
    "alternative": ["Show as plain text"],
    "plain": ["this is plain"],
    "digest": ["2 messages in this message"],
    "forwarded_message": ["1 message in this message"],
    "parallel": ["Sound (AU)", "Picture (GIF)"],
    "external_body": ["lies elsewhere", "Nothing is fetched from there"],
    "external_body_url": ["lies elsewhere"],
    "partial_1": ["This is part 1 of 2 of one message. Here so far: 1."],
    "signed": ["Signed (OpenPGP). The signature was not checked."],
    "encrypted": ["This message is encrypted (OpenPGP)", "Download (.eml)"],
    "delivery_report": ["Not delivered to"],
    "disposition_notification": ["bob@example.org has opened your message"],
    "feedback_report": ["A complaint: somebody called a message spam", "user@example.com"],
    "unclosed_multipart": ["damaged or was cut off"],
    "boundary_never_used": ["damaged or was cut off"],
    "winmail": ["Outlook packed part of this message", "Outlook's own format"],
    "video": ["Film (MP4)", "Film (MPG)"],
    "documents": ["PDF document", "PostScript document", "application/x-nobody-knows"],
    "name_that_turns": [],
}


@pytest.mark.parametrize(("oddity", "says"), SAYS.items())
def test_what_the_page_says(shown, oddity, says):
    text, _, _ = shown(oddity)
    for words in says:
        assert words in text


MARKUP = {  # oddity: what is there to press
    "parallel": [r'<audio [^>]*controls preload="none"', r"data-picture"],
    "video": [r'<video [^>]*controls preload="none"[^>]*><source src="[^"]+\?open=1" type="video/mp4"'],
    "documents": [r'href="[^"]+/part/2/\?open=1"[^>]*target="_blank"'],
    "digest": [r'href="/m/\d+/part/1/message/"', r'href="/m/\d+/part/2/message/"'],
    "partial_1": [r"part 1 of"],
}


@pytest.mark.parametrize(("oddity", "patterns"), MARKUP.items())
def test_what_can_be_pressed(shown, oddity, patterns):
    _, markup, _ = shown(oddity)
    for pattern in patterns:
        assert re.search(pattern, markup), pattern


def test_a_digest_opens_letter_by_letter(shown, page):
    _, _, message_id = shown("digest")
    first = visible(page.get(reverse("message:enclosed", args=[message_id, "1"])))
    second = visible(page.get(reverse("message:enclosed", args=[message_id, "2"])))
    assert "first" in first
    assert "second" in second
    assert "first" not in second


def test_a_forwarded_message_has_files_of_its_own(shown, page):
    _, _, message_id = shown("forwarded_message")
    response = page.get(reverse("message:enclosed", args=[message_id, "2"]))
    assert "Nobody checked who wrote it" in visible(response)
    table = re.search(r'href="(/m/\d+/part/[\d.]+/text/)"', response.content.decode())
    assert table
    assert page.get(table[1]).status_code == 200


def test_a_body_within_a_message_within_a_message(page, deliver):
    def wrapped(inner, level):
        return (
            f"From: Level {level} <l{level}@example.org>\r\nSubject: Level {level}\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'
            f"Content-Type: message/rfc822\r\n\r\n{inner}\r\n--b{level}--\r\n"
        )

    inmost = "From: x@example.org\r\nSubject: Inmost\r\nContent-Type: text/html\r\n\r\n<p>Deep <b>down</b>"
    letter = deliver(raw=wrapped(wrapped(inmost, 2), 1).encode())
    response = page.get(reverse("message:enclosed", args=[letter.message_id, "1.1"]))
    assert "Inmost" in visible(response)
    frame = re.search(r'src="(/m/\d+/body/1.1.1/)"', response.content.decode())
    assert frame
    assert b"Deep <b>down</b>" in page.get(frame[1]).content


def test_the_pieces_become_a_message(shown, page, deliver):
    _, _, first = shown("partial_1")
    text, _, second = shown("partial_2")
    assert "This is part 2 of 2 of one message. All parts are here." in text
    assert "Part 1" in text
    for _ in range(2):  # the second time it is found, not made again
        response = page.post(reverse("message:join", args=[second]))
        assert response.status_code == 303
    whole = visible(page.get(response.headers["Location"]))
    assert "first half, second half" in whole
    assert response.headers["Location"] not in (f"/m/{first}/", f"/m/{second}/")


def test_missing_pieces_are_not_put_together(shown, page):
    _, _, message_id = shown("partial_1")
    assert page.post(reverse("message:join", args=[message_id])).status_code == 404


TEXTS = [  # type, name, content → what the page holds
    ("text/csv", "a.csv", "name;price\nTea;3,50\n", ["<th", "Tea", "3,50"]),
    ("application/json", "a.json", '{"b":[1,2]}', ["&quot;b&quot;: ["]),
    ("text/markdown", "a.md", "# Title", ["# Title"]),
    ("text/html", "a.html", "<script>alert(1)</script>", ["&lt;script&gt;", "never type a password"]),
    ("image/svg+xml", "a.svg", "<svg onload=alert(1)>", ["&lt;svg onload"]),
    ("application/octet-stream", "a.py", "print(1)", ["print(1)"]),
    ("text/plain; charset=iso-8859-1", "a.txt", b"caf\xe9", ["café"]),
    ("text/plain", "a.txt", "\ufeffmark".encode("utf-16"), ["mark"]),
]


@pytest.mark.parametrize(("kind", "name", "content", "holds"), TEXTS)
def test_texts_are_text(page, deliver, kind, name, content, holds):
    letter = deliver(
        content,
        headers=f'MIME-Version: 1.0\r\nContent-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment\r\n'
        "Content-Transfer-Encoding: binary\r\n",
    )
    response = page.get(reverse("message:text", args=[letter.message_id, "1"]))
    assert response.status_code == 200
    for words in holds:
        assert words in response.content.decode()
    assert "<script>alert" not in response.content.decode()


def test_long_texts_are_cut(page, deliver):
    letter = deliver(
        "x" * 400_000,
        headers="Content-Type: text/x-log\r\nContent-Disposition: attachment; filename=big.log\r\n",
    )
    response = page.get(reverse("message:text", args=[letter.message_id, "1"]))
    assert "Only its beginning is shown" in visible(response)
    assert len(response.content) < 300_000

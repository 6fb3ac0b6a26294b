"""Lists: what a row says, pages, and that nobody sees another's."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailcore.models.entry import FLAGGED, SEEN
from mailcore.store import mailboxes

pytestmark = pytest.mark.django_db


def rows(html: str) -> list[str]:
    """The conversations of a page, in order."""
    return re.findall(r'<li class="row[^"]*" data-conversation="(\d+)"', html)


def subjects(html: str) -> list[str]:
    return re.findall(r'<span class="row__subject"[^>]*>([^<]*)</span>', html)


def test_home_is_the_inbox(page, deliver):
    deliver(subject="Tea at four")
    answer = page.get("/")
    assert answer.status_code == 200
    assert subjects(answer.content.decode()) == ["Tea at four"]


def test_who_is_not_signed_in_is_sent_to_the_door(client, alice):
    assert client.get("/")["Location"].startswith("/login/")


def test_a_conversation_is_one_row_with_everyone_in_it(page, deliver, alice):
    deliver(headers="Message-ID: <1@t>\r\n", subject="Tea", sender="Ann Lee <ann@x.test>")
    deliver(
        headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n",
        subject="Re: Tea",
        sender="Alice Liddell <alice@example.org>",
        mailbox="\\Sent",
        flags=SEEN,
    )
    deliver(
        headers="Message-ID: <3@t>\r\nReferences: <1@t> <2@t>\r\n",
        subject="Re: Tea",
        sender="Bob <bob@x.test>",
    )
    html = page.get("/").content.decode()
    assert len(rows(html)) == 1
    names = re.search(r'<span class="row__names" dir="ltr">(.*?)</span>', html)[1]
    assert re.findall(r"<bdi>(.*?)</bdi>", names) == ["Ann", "me", "Bob"]
    assert '<span class="row__count" title="Messages">3</span>' in html
    assert subjects(html) == ["Tea"]


@pytest.mark.parametrize(
    ("endless", "pages"),
    [
        ("on", (25, 50, 45)),  # what grows while one scrolls begins with half of it
        ("off", (50, 50, 20)),
    ],
)
def test_newest_first_fifty_at_a_time_each_once(page, deliver, inbox, endless, pages):
    page.cookies["endless"] = endless
    for number in range(120):
        deliver(subject=f"Letter {number}", headers=f"Message-ID: <{number}@t>\r\n")
    # An old conversation with a new answer stands at the top, and nowhere else.
    deliver(subject="Re: Letter 3", headers="Message-ID: <n@t>\r\nReferences: <3@t>\r\n")
    seen: list[str] = []
    url = "/"
    for expected in pages:
        html = page.get(url).content.decode()
        assert len(rows(html)) == expected
        seen += rows(html)
        older = re.search(r'href="([^"]+)" data-list-older', html)
        url = older[1].replace("&amp;", "&") if older else ""
    assert url == ""
    assert len(set(seen)) == 120
    first = page.get("/").content.decode()
    assert subjects(first)[:2] == ["Letter 3", "Letter 119"]


@pytest.mark.parametrize("before", ["x", "1-2-3", "-", "9" * 50 + "-1", "1'--1", ""])
def test_a_strange_cursor_is_the_first_page(page, deliver, before):
    deliver(subject="Tea")
    assert subjects(page.get("/", {"before": before}).content.decode()) == ["Tea"]


def test_unread_only(page, deliver, inbox):
    deliver(subject="Old", flags=SEEN)
    deliver(subject="New")
    html = page.get(f"/mail/{inbox.pk}/?unread=1").content.decode()
    assert subjects(html) == ["New"]
    assert "row--unread" in html


def test_marks(page, deliver):
    deliver(subject="Starred", flags=FLAGGED | SEEN)
    html = page.get("/").content.decode()
    assert "star--on" in html
    assert "row--unread" not in html


def test_letters_in_trash_do_not_show_in_the_inbox(page, deliver):
    deliver(headers="Message-ID: <1@t>\r\n", subject="Tea")
    deliver(headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n", subject="Re: Tea", mailbox="\\Trash")
    assert "row__count" not in page.get("/").content.decode()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "{{7*7}}{% debug %}",
        "${7*7}",
        "&lt;b&gt;",
    ],
)
def test_markup_in_headers_is_text(page, deliver, hostile):
    """SECURITY D11, D30."""
    deliver(subject=hostile, sender=f'"{hostile.replace(chr(34), "")}" <x@x.test>', body=hostile)
    html = page.get("/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "onmouseover='alert" not in html
    assert "49" not in subjects(html)[0]


def test_rows_redrawn_alone(page, deliver, inbox):
    one = deliver(subject="One")
    deliver(subject="Two")
    both = rows(page.get("/").content.decode())
    html = page.get(f"/mail/{inbox.pk}/rows/", {"c": [both[1], "7", "x"]}).content.decode()
    assert rows(html) == [both[1]]
    assert subjects(html) == ["One"]
    assert "<html" not in html
    assert one


def test_fragments(page, deliver, inbox):
    deliver()
    only_list = page.get(f"/mail/{inbox.pk}/", headers={"X-Fragment": "1"}).content.decode()
    only_rows = page.get(f"/mail/{inbox.pk}/", headers={"X-Fragment": "rows"}).content.decode()
    assert only_list.startswith('<section class="list"')
    assert only_rows.startswith('<li class="row')


def test_the_rail_counts(page, deliver, alice):
    deliver()
    deliver(flags=SEEN)
    mailboxes.create(alice.pk, "Projects/Garden")
    html = page.get("/folders/rail/").content.decode()
    assert '<span class="folder__count">1</span>' in html
    assert "folder__place--1" in html
    assert page.get("/").content.decode().count("<title>(1) Inbox · ") == 1


def test_a_page_asks_the_same_few_questions_however_much_there_is(page, deliver):
    """Cost grows with what is asked, not with what is stored."""

    def questions() -> int:
        page.get("/")  # notes now and then that somebody is signed in here
        with CaptureQueriesContext(connection) as asked:
            assert page.get("/").status_code == 200
        return len(asked)

    for number in range(5):
        deliver(headers=f"Message-ID: <{number}@t>\r\n")
    few = questions()
    for number in range(5, 160):
        deliver(headers=f"Message-ID: <{number}@t>\r\n")
    assert questions() == few <= 12


def test_first_load_is_small(page, deliver):
    """Under 100 KB with everything that the page loads."""
    from gzip import compress
    from pathlib import Path

    for number in range(60):
        deliver(subject=f"Letter {number} about the garden", headers=f"Message-ID: <{number}@t>\r\n")
    html = page.get("/").content
    total = len(compress(html))
    static = Path(__file__).parents[3] / "static"
    for name in set(re.findall(rb'(?:href|src)="/static/([^"#]+)[^"]*"', html)):
        data = (static / name.decode()).read_bytes()
        total += len(data) if name.endswith(b"woff2") else len(compress(data))
    modules = [
        "act",
        "reading",
        "rows",
        "selection",
        "frames",
        "events",
        "shortcuts",
        "html",
        "http",
        "toast",
    ]
    total += sum(len(compress((static / f"js/{name}.js").read_bytes())) for name in modules)
    assert total < 100_000


@pytest.mark.parametrize(
    ("sender", "direction"),
    [
        ("Ann Lee <a@x.org>", "ltr"),
        ("=?utf-8?b?15AuINeb15TXnw==?= <k@x.org>", "rtl"),
        ("123 <n@x.org>", "auto"),
    ],
)
def test_names_are_cut_off_where_their_reader_ends(page, deliver, sender, direction):
    deliver(sender=sender)
    assert f'<span class="row__names" dir="{direction}">' in page.get("/").content.decode()

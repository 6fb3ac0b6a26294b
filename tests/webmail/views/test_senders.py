"""Leave a list, block a sender, keep a card."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import reverse

from mailcore.inbound import blocking
from mailcore.message.unsubscribe import Leaving, read
from mailcore.models import Message
from mailcore.people import book
from webmail import outside

ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
FIELDS = [  # the header's fields → what is offered
    ("List-Unsubscribe: <https://x.test/u?a=1>\r\n" + ONE_CLICK, Leaving("https://x.test/u?a=1", True)),
    ("List-Unsubscribe: <https://x.test/u>\r\n", Leaving("https://x.test/u")),
    ("List-Unsubscribe: <http://x.test/u>\r\n" + ONE_CLICK, Leaving("http://x.test/u")),
    (
        "List-Unsubscribe: <mailto:off@x.test?subject=leave%20me&body=now&cc=a@b.c>, <https://x.test/u>\r\n",
        Leaving("https://x.test/u", False, "off@x.test", "leave me", "now"),
    ),
    ("List-Unsubscribe: <http://x.test/a>,\r\n <https://x.test/b>\r\n", Leaving("https://x.test/b")),
    ("List-Unsubscribe: <javascript:alert(1)>, <ftp://x.test/>, <mailto:a@b.c,d@e.f>\r\n", Leaving()),
    ("List-Unsubscribe: <mailto:a@b.c%0d%0aBcc:x@y.z>\r\n", Leaving()),
    ("List-Unsubscribe: <https://user@x.test/>\r\n", Leaving()),
    ("Subject: none\r\n", Leaving()),
]


@pytest.mark.parametrize(("fields", "way"), FIELDS)
def test_how_one_leaves(fields, way):
    assert read(f"{fields}\r\n".encode()) == way


@pytest.fixture
def server():
    """A list's server: takes posts to /ok, refuses the rest."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, body, {name.lower() for name in self.headers}))
            self.send_response({"/ok": 200, "/moved": 302}.get(self.path, 500))
            self.send_header("Location", "/ok")
            self.end_headers()

        def log_message(self, *_):
            """Quiet."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()

    def post(path):
        outside.post(
            f"http://list.test:{listening.server_port}{path}",
            b"List-Unsubscribe=One-Click",
            resolve=lambda _: ["127.0.0.1"],
            allowed=lambda _: True,
            ports=[listening.server_port],
            schemes=["http"],
        )

    post.asked = asked
    yield post
    listening.shutdown()
    listening.server_close()


def test_one_click_posts_once_and_nothing_of_the_reader(server):
    server("/ok")
    path, body, headers = server.asked[0]
    assert (path, body) == ("/ok", b"List-Unsubscribe=One-Click")
    assert not headers & {"cookie", "referer", "authorization"}


@pytest.mark.parametrize("path", ["/moved", "/broken"])
def test_anything_but_yes_is_no(server, path):
    with pytest.raises(outside.Refused):
        server(path)
    assert len(server.asked) == 1  # a redirect is not followed


@pytest.mark.parametrize(
    "address",
    ["http://x.test/", "https://127.0.0.1/", "https://10.0.0.1/u", "https://0x7f.1/", "https://x.test:25/"],
)
def test_nothing_of_ours_is_posted_to(address):
    with pytest.raises(outside.Refused):
        outside.post(address, b"x", resolve=lambda _: ["192.168.0.1"])


def test_a_letter_asks_to_leave(page, deliver, alice):
    letter = deliver(
        headers="List-Unsubscribe: <mailto:off@far.test?subject=leave>\r\nList-Id: <l.far.test>\r\n"
    )
    markup = page.get(reverse("message:show", args=[letter.message_id])).content.decode()
    assert reverse("message:leave", args=[letter.message_id]) in markup
    answer = page.post(reverse("message:leave", args=[letter.message_id]), headers={"X-Fragment": "1"})
    assert "off@far.test" in answer.content.decode()
    sent = Message.objects.filter(account_id=alice.pk).latest("id")
    assert (sent.to, sent.subject) == ("off@far.test", "leave")


def test_a_page_is_only_linked(page, deliver):
    letter = deliver(headers="List-Unsubscribe: <https://far.test/u?x=1&y=2>\r\nList-Id: <l.far.test>\r\n")
    markup = page.get(reverse("message:show", args=[letter.message_id])).content.decode()
    assert (
        'href="https://far.test/u?x=1&amp;y=2" target="_blank" rel="noopener noreferrer nofollow"' in markup
    )
    assert page.post(reverse("message:leave", args=[letter.message_id])).status_code == 404


def test_one_click_that_leads_inside_is_refused(page, deliver):
    fields = "List-Unsubscribe: <https://127.0.0.1/u>\r\nList-Id: <l.far.test>\r\n" + ONE_CLICK
    letter = deliver(headers=fields)
    answer = page.post(reverse("message:leave", args=[letter.message_id]), headers={"X-Fragment": "1"})
    assert answer.status_code == 502


def test_block_and_unblock(page, deliver, alice):
    letter = deliver(sender="Pest <pest@spam.test>")
    answer = page.post(reverse("message:block", args=[letter.message_id]), headers={"X-Fragment": "1"})
    assert "pest@spam.test" in answer.content.decode()
    assert blocking.is_blocked(alice.pk, "pest@spam.test")
    assert "pest@spam.test" in page.get(reverse("blocked")).content.decode()
    page.post(reverse("blocked"), {"unblock": "pest@spam.test"})
    assert not blocking.is_blocked(alice.pk, "pest@spam.test")
    page.post(reverse("blocked"), {"block": "other@spam.test"})
    assert blocking.is_blocked(alice.pk, "other@spam.test")
    assert page.post(reverse("blocked"), {"block": "nonsense"}).status_code == 400


CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dora Card\r\nEMAIL:dora@far.test\r\nTEL:+49 30 1\r\nEND:VCARD\r\n"


def test_a_card_is_shown_and_kept(page, deliver, alice):
    letter = deliver(
        CARD, headers="Content-Type: text/vcard; name=dora.vcf\r\nContent-Disposition: attachment\r\n"
    )
    markup = page.get(reverse("message:show", args=[letter.message_id])).content.decode()
    assert "Dora Card" in markup
    assert "+49 30 1" in markup
    assert "Add to contacts" in markup
    page.post(reverse("message:keep", args=[letter.message_id, "1"]))
    assert book.with_address(alice.pk, "dora@far.test")
    markup = page.get(reverse("message:show", args=[letter.message_id])).content.decode()
    assert "In your contacts" in markup
    assert "Add to contacts" not in markup.partition("visit__name")[2]


def test_a_broken_card_is_a_file(page, deliver):
    letter = deliver("BEGIN:VCARD\r\nnothing", headers="Content-Type: text/vcard; name=x.vcf\r\n")
    assert page.get(reverse("message:show", args=[letter.message_id])).status_code == 200


@pytest.mark.parametrize("name", ["leave", "block", "journey"])
def test_another_accounts_messages_are_not_there(page, deliver, bob, name):
    letter = deliver(account=bob, headers="List-Unsubscribe: <mailto:off@far.test>\r\n")
    url = reverse(f"message:{name}", args=[letter.message_id])
    assert (page.get(url) if name == "journey" else page.post(url)).status_code == 404


def test_another_accounts_card_is_not_there(page, deliver, bob):
    letter = deliver(CARD, headers="Content-Type: text/vcard\r\n", account=bob)
    assert page.post(reverse("message:keep", args=[letter.message_id, "1"])).status_code == 404


def test_a_sent_message_says_where_it_is(page, deliver, alice):
    letter = deliver(headers="List-Unsubscribe: <mailto:off@far.test>\r\nList-Id: <l.far.test>\r\n")
    page.post(reverse("message:leave", args=[letter.message_id]))
    sent = Message.objects.filter(account_id=alice.pk).latest("id")
    assert "Waiting for off@far.test" in page.get(reverse("message:show", args=[sent.id])).content.decode()
    journey = page.get(reverse("message:journey", args=[sent.id])).content.decode()
    assert "off@far.test" in journey
    assert "<svg" in journey
    assert "style=" not in journey

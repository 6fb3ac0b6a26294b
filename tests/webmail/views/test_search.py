"""Searching in the browser: results, what narrows them, what is said about mistakes, suggestions, saved searches."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest

from mailcore.models import Message
from mailcore.people import completion
from mailcore.search import keeping
from mailcore.store import mailboxes

FRAGMENT = {"HTTP_X_FRAGMENT": "1"}


def results(page, query: str, **more: str) -> str:
    answer = page.get("/search/", {"q": query} | more)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def subjects(text: str) -> list[str]:
    found = re.findall(r'<span class="row__subject"[^>]*>(.*?)</span>', text)
    return [re.sub(r"</?mark>", "", one) for one in found]


@pytest.fixture
def mail(deliver):
    """A ferry, a bill, and something in Trash and in Spam."""
    deliver("The crossing takes two hours. " * 20 + "Bring the Crème brûlée.", subject="Ferry tickets")
    deliver("Your ferry bill.", subject="Invoice", sender="Harbour Office <office@harbour.example>")
    deliver("Old ferry news", subject="Thrown away", mailbox="\\Trash")
    deliver("Cheap ferry!!!", subject="Spam ferry", mailbox="\\Junk")


def test_what_is_found_is_marked_where_it_stands(page, mail):
    text = results(page, "creme")
    assert subjects(text) == ["Ferry tickets"]
    assert "…" in text and "<mark>Crème</mark> brûlée" in text


def test_trash_and_spam_are_told_and_a_link_away(page, mail):
    text = results(page, "ferry")
    assert subjects(text) == ["Invoice", "Ferry tickets"]
    assert "Look in Trash and Spam too" in text
    told = unescape(page.get("/search/more/", {"q": "ferry"}).content.decode())
    assert "2 more in Trash and Spam: show" in told and 'data-found="2"' in told
    where = re.search(r'href="([^"]+)"', told)
    assert where and subjects(unescape(page.get(where[1]).content.decode())) == ["Spam ferry", "Thrown away"]
    assert len(subjects(results(page, "ferry in:anywhere"))) == 4
    assert "Look in Trash" not in results(page, "ferry in:anywhere")


def test_the_most_relevant_come_first_when_asked(page, deliver):
    deliver("x", subject="Ferry tickets", headers="Message-ID: <a@x>\r\n")
    for number in range(3):
        deliver("Somewhere in the text: ferry.", subject=f"Lunch {number}")
    assert subjects(results(page, "ferry"))[-1] == "Ferry tickets"
    assert subjects(results(page, "ferry", order="relevant"))[0] == "Ferry tickets"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ferry older_than:banana", "“older_than:banana”: say a number and d, w, m or y"),
        ("ferry larger:huge", "“larger:huge”: say a size"),
        ("ferry before:someday", "“before:someday”: say a day"),
        ("ferry has:drive", "“has:drive”: links to other services"),
        ("ferry is:strange", "“is:strange”: a message is unread"),
        ("ferry category:social", "“category:social”: mail is not sorted into categories"),
    ],
)
def test_a_mistake_is_a_sentence_and_the_rest_is_searched(page, mail, typed, told):
    text = results(page, typed)
    assert told in text
    assert subjects(text) == ["Invoice", "Ferry tickets"]


def test_a_folder_that_is_not_there_is_told(page, mail):
    assert "“nowhere”: there is no folder and no label of that name." in results(page, "ferry in:nowhere")
    assert "no folder" not in results(page, "in:snoozed")


@pytest.mark.parametrize("typed", ["older_than:banana", "-larger:x", "(is:odd)"])
def test_nothing_but_a_mistake_finds_nothing(page, mail, typed):
    text = results(page, typed)
    assert subjects(text) == [] and "Nothing matches" in text


@pytest.mark.parametrize(
    "typed", ["(" * 400, '"', "-", "{a OR", "%00", "\x00", "AROUND 5", "ß" * 500, "thread:99999999999999999"]
)
def test_nothing_typed_breaks_anything(page, mail, typed):
    results(page, typed)
    page.get("/search/suggest/", {"q": typed}, **FRAGMENT)
    page.get("/search/more/", {"q": typed})
    page.get("/search/form/", {"q": typed})


def test_when_nothing_matches_there_are_ways_on(page, mail):
    text = results(page, "fery from:office")
    assert "Nothing matches" in text
    assert (
        "Did you mean" in text and ">Ferry from:office</bdi>" in text
    ) or ">ferry from:office</bdi>" in text
    assert "Search without from:office" in text
    assert "q=fery+from%3Aoffice+in%3Aanywhere" in text


def test_chips_write_operators_and_take_them_away(page, mail):
    text = results(page, "ferry")
    assert "q=ferry+has%3Aattachment" in text
    assert "q=ferry+from%3Aoffice%40harbour.example" in text
    assert "q=ferry+newer_than%3A7d" in text
    text = results(page, "ferry has:attachment newer_than:7d")
    assert 'href="/search/?q=ferry+newer_than%3A7d" aria-current="true"' in text
    assert "Last week" in text


def test_pages_of_results_lead_on(page, deliver):
    for number in range(60):
        deliver(subject=f"Number {number}", body="needle")
    first = page.get("/search/", {"q": "needle"})
    text = unescape(first.content.decode())
    following = re.search(r'href="(/search/\?[^"]*before=[^"]*)"', text)
    assert following
    rest = subjects(unescape(page.get(following[1]).content.decode()))
    assert len(subjects(text)) == 50 and len(rest) == 10 and not set(rest) & set(subjects(text))


def test_rows_alone_for_scripts(page, mail, alice):
    number = Message.objects.get(account_id=alice.pk, subject="Invoice").conversation_id
    text = page.get("/search/rows/", {"q": "ferry", "c": number}, **FRAGMENT).content.decode()
    assert subjects(text) == ["Invoice"]


# --- suggestions ------------------------------------------------------------------------------------


def suggested(page, typed: str) -> str:
    answer = page.get("/search/suggest/", {"q": typed}, **FRAGMENT)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_people_are_suggested(page, alice):
    completion.remember(alice.pk, [("harry@example.org", "Harry Hedgehog")])
    assert f"/search/?q={quote('from:harry@example.org', safe='')}" in suggested(page, "har")
    assert f"/search/?q={quote('invoice to:harry@example.org', safe='').replace('%20', '+')}" in suggested(
        page, "invoice to:hed"
    )


def test_operators_are_suggested_with_what_they_mean(page, alice):
    text = suggested(page, "ha")
    assert "has:attachment" in text and "with a file" in text
    assert 'data-fill="tea filename:"' in suggested(page, "tea file")
    assert 'data-fill="tea -from:"' in suggested(page, "tea -fr")


def test_folders_are_suggested(page, alice):
    mailboxes.create(alice.pk, "Work/Big Plans")
    assert "q=in%3A%22Work%2FBig+Plans%22" in suggested(page, "in:big")
    assert "q=in%3Asent" in suggested(page, "in:sen")


def test_letters_are_suggested_directly(page, mail, alice):
    number = Message.objects.get(account_id=alice.pk, subject="Invoice").conversation_id
    text = suggested(page, "ferry")
    assert f'href="/c/{number}/?q=ferry"' in text and "Harbour Office" in text
    assert "Spam ferry" not in text


def test_recent_searches_are_offered_and_forgotten(page, alice, bob):
    page.post("/search/recent/", {"q": "from:bob   is:unread"}, **FRAGMENT)
    keeping.remember(bob.pk, "secret of bob")
    text = suggested(page, "")
    assert "from:bob is:unread" in text and "secret" not in text
    page.post("/search/recent/", {"forget": ""}, **FRAGMENT)
    assert "from:bob is:unread" not in suggested(page, "")


def test_without_scripts_a_suggestion_is_a_search(page):
    answer = page.get("/search/suggest/", {"q": "tea"})
    assert answer.status_code == 303 and answer["Location"] == "/search/?q=tea"


# --- the form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"sender": "ann"}, "from:ann"),
        ({"sender": "Ann Lee", "to": "me"}, 'from:"Ann Lee" to:me'),
        ({"subject": "big plans", "words": "tea OR coffee"}, 'subject:"big plans" tea OR coffee'),
        ({"avoided": 'spam "cheap ferry"'}, '-spam -"cheap ferry"'),
        ({"size": "5", "size_kind": "smaller", "size_unit": "M"}, "smaller:5M"),
        ({"size": "5", "size_unit": "k"}, "larger:5k"),
        ({"day": "2026-03-10", "within": "3"}, "after:2026/03/07 before:2026/03/14"),
        ({"place": "Work/Big Plans", "has_attachment": "1"}, 'in:"Work/Big Plans" has:attachment'),
        ({"sender": 'x" -y {'}, 'from:"x -y {"'),
    ],
)
def test_the_form_writes_operators(page, fields, query):
    answer = page.get("/search/form/", fields | {"search": "1"})
    assert answer.status_code == 303
    assert answer["Location"] == f"/search/?q={quote(query, safe='').replace('%20', '+')}"


def test_the_form_shows_what_was_searched_for(page):
    text = page.get(
        "/search/form/", {"q": 'from:"Ann Lee" has:attachment tea -bag in:trash'}
    ).content.decode()
    assert 'value="Ann Lee"' in text and 'value="tea -bag"' in text
    assert '<option value="trash" selected>' in text and "checked" in text


def test_what_the_form_cannot_read_it_marks(page):
    answer = page.get("/search/form/", {"day": "someday", "size": "big", "search": "1"})
    assert answer.status_code == 422 and answer.content.count(b'aria-invalid="true"') == 2


# --- saved searches ---------------------------------------------------------------------------------


def test_a_search_is_saved_and_stands_in_the_rail(page, mail, alice):
    answer = page.post("/search/saved/save/", {"name": "Boats", "q": "ferry"})
    assert answer.status_code == 303 and answer["Location"] == "/search/?q=ferry"
    text = page.get("/").content.decode()
    assert 'href="/search/?q=ferry" data-saved=' in text and ">Boats</span>" in text
    counted = page.get("/search/saved/counts/").content.decode()
    assert '<span class="folder__count">2</span>' in counted
    page.post(
        "/actions/",
        {
            "action": "read",
            "conversation": [row.conversation_id for row in Message.objects.filter(account_id=alice.pk)],
        },
    )
    assert "folder__count" not in page.get("/search/saved/counts/").content.decode()
    assert "Save this search" not in results(page, "ferry") and "Save this search" in results(page, "boat")


def test_saved_searches_are_changed_on_their_page(page, alice):
    one, two = keeping.save(alice.pk, "One", "a"), keeping.save(alice.pk, "Two", "b")
    page.post(f"/search/saved/{two.id}/", {"do": "up"})
    page.post(f"/search/saved/{one.id}/", {"name": "Uno", "q": "a b"})
    assert [(row.name, row.query) for row in keeping.saved(alice.pk)] == [("Two", "b"), ("Uno", "a b")]
    assert page.post(f"/search/saved/{one.id}/", {"name": "two", "q": "x"}).status_code == 422
    page.post(f"/search/saved/{two.id}/delete/")
    assert [row.name for row in keeping.saved(alice.pk)] == ["Uno"]
    assert page.get("/search/saved/").status_code == 200


def test_saved_searches_of_others_are_not_there(page, bob):
    theirs = keeping.save(bob.pk, "Mine", "a")
    assert page.post(f"/search/saved/{theirs.id}/", {"name": "x", "q": "y"}).status_code == 404
    assert page.post(f"/search/saved/{theirs.id}/delete/").status_code == 404
    assert [row.name for row in keeping.saved(bob.pk)] == ["Mine"]

"""Searches that are kept, what is remembered of typing, and what was probably meant."""

from __future__ import annotations

import pytest

from mailcore.search import evaluate, fulltext, hits, keeping, spelling, web_syntax
from mailcore.search.errors import SearchRefused
from mailcore.store import conversation_list
from mailcore.store.errors import NotFound
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db


def names(account):
    return [row.name for row in keeping.saved(account.pk)]


def test_searches_are_saved_renamed_arranged_and_deleted(alice):
    first = keeping.save(alice.pk, "  Big   ones ", "larger:5M")
    second = keeping.save(alice.pk, "Bob", "from:bob is:unread")
    assert names(alice) == ["Big ones", "Bob"]
    keeping.change(alice.pk, first.id, name="Huge", query="larger:9M")
    keeping.arrange(alice.pk, [second.id])
    assert [(row.name, row.query) for row in keeping.saved(alice.pk)] == [
        ("Bob", "from:bob is:unread"),
        ("Huge", "larger:9M"),
    ]
    keeping.delete(alice.pk, second.id)
    assert names(alice) == ["Huge"]


def test_a_name_is_taken_once(alice):
    row = keeping.save(alice.pk, "Bob", "from:bob")
    assert keeping.save(alice.pk, "BOB", "from:bob is:unread").id == row.id
    other = keeping.save(alice.pk, "Carol", "from:carol")
    with pytest.raises(SearchRefused):
        keeping.change(alice.pk, other.id, name="bob", query="from:carol")
    for name, query in (("", "x"), ("x", "  ")):
        with pytest.raises(SearchRefused):
            keeping.save(alice.pk, name, query)


def test_they_are_ones_own(alice, bob):
    row = keeping.save(alice.pk, "Bob", "from:bob")
    assert keeping.saved(bob.pk) == []
    with pytest.raises(NotFound):
        keeping.delete(bob.pk, row.id)
    with pytest.raises(NotFound):
        keeping.change(bob.pk, row.id, name="Mine", query="x")
    assert names(alice) == ["Bob"]


def test_the_last_searches_are_remembered(alice, bob):
    for number in range(keeping.MOST_RECENT + 5):
        keeping.remember(alice.pk, f"word{number}")
    keeping.remember(alice.pk, "word10")
    found = keeping.recent(alice.pk)
    assert len(found) == keeping.MOST_RECENT == len(set(found))
    assert "word0" not in found and "word24" in found
    keeping.forget(alice.pk, "word24")
    assert "word24" not in keeping.recent(alice.pk)
    keeping.remember(bob.pk, "mine")
    keeping.forget(alice.pk)
    assert keeping.recent(alice.pk) == [] and keeping.recent(bob.pk) == ["mine"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("harbor", "harbour"),
        ("Jurgens report", "Jürgen report"),
        ("from:ann invoise", "from:ann invoice"),
        ("invoice", ""),
        ("qwxyz", ""),
        ('"invoise"', ""),
        ("", ""),
    ],
)
def test_did_you_mean(alice, typed, meant):
    deliver(alice, message("The harbour invoice report", sender="Jürgen <j@x.org>"))
    assert spelling.suggestion(alice.pk, typed) == meant


def test_excerpts_show_the_words_where_they_stand(alice):
    deliver(
        alice,
        message("Long", body="word " * 300 + "Crème brûlée at the end\r\n"),
        message("No hit", body="x"),
    )
    deliver(alice, message("HTML", body="<p>Cr&egrave;me</p>", content_type="text/html; charset=utf-8"))
    ids = [row.message_id for row in conversation_list.letters(alice.pk, _all(alice))]
    found = hits.excerpts(alice.pk, ids, ["creme"])
    marked = ["".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in found[n]) for n in found]
    assert len(marked) == 2
    assert any("[Crème] brûlée at the end" in text and text.startswith("…") for text in marked)
    assert "[Crème]" in marked


def _all(account):
    return [number for number, _ in evaluate.conversations(account.pk, web_syntax.parse("", _now()))[0]]


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_the_most_relevant_first(alice):
    deliver(
        alice,
        message("Harbour plans", message_id="subject@x"),
        message("Lunch", sender="Harbour Office <h@x>", message_id="name@x"),
        message("Lunch again", body="by the harbour", message_id="body@x"),
        message("Boats", body="The harbourmaster called", message_id="part@x"),
    )
    letters: dict[int, list] = {}
    for letter in conversation_list.letters(alice.pk, _all(alice)):
        letters.setdefault(letter.conversation_id, []).append(letter)
    order = hits.most_relevant(letters, ["harbour"], alice.address, letters[max(letters)][-1].received)
    assert [letters[number][-1].subject for number in order] == [
        "Harbour plans",
        "Lunch",
        "Lunch again",
        "Boats",
    ]


def test_rare_words_are_asked_of_the_index_and_every_page_is_right(alice, monkeypatch):
    monkeypatch.setattr(evaluate, "_CHUNK", 4)
    monkeypatch.setattr(evaluate, "_RARE", 1)
    for number in range(12):
        needle = "needle" if number % 3 == 0 else "hay"
        deliver(alice, message(f"Topic {number}", body=needle, message_id=f"{number}@x"))
    deliver(alice, message("Re: Topic 0", body="needle again", references="<0@x>"))
    fulltext.index_pending()
    tree = web_syntax.parse("needle -xyzzy", _now())
    first = evaluate.page(alice.pk, tree, size=2)
    second = evaluate.page(alice.pk, tree, before=first.next, size=2)
    assert (first.total, second.total, second.next) == (None, 4, None)
    assert evaluate.count(alice.pk, tree, most=10) == 4
    assert evaluate.count(alice.pk, web_syntax.parse("is:unread", _now()), most=10) == 10
    subjects = {row.conversation_id: row.subject for row in conversation_list.letters(alice.pk, _all(alice))}
    assert [subjects[number] for number, _ in first.places + second.places] == [
        "Re: Topic 0",
        "Topic 9",
        "Topic 6",
        "Topic 3",
    ]


def test_folders_that_are_not_there_are_named(alice):
    tree = web_syntax.parse("in:inbox in:nowhere -in:trash {in:else a}", _now())
    assert evaluate.unknown_places(alice.pk, tree) == ["else", "nowhere"]

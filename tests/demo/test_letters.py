"""The demo's mail: the same every time, in the past, and by people who exist."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailcore.demo import letters, newsletters, writer
from mailcore.demo.people import FOLDERS, LOCAL, person
from mailcore.message.summary import summarize

NOW = datetime(2026, 3, 9, 10, 30, tzinfo=UTC)
LETTERS = letters.all_letters(NOW)


def test_a_few_hundred_messages():
    assert 150 < len(LETTERS) + len(newsletters.all_bulletins(NOW)) < 1000


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: f"{letter.conversation} {letter.sender}"[:40])
def test_a_letter_is_by_somebody_to_somebody_in_the_past(letter):
    assert person(letter.sender)
    assert letter.draft or [person(key) for key in (*letter.to, *letter.cc)]
    assert letter.when <= NOW
    assert letter.answers is None or letter.answers.when <= letter.when
    for key, folder in letter.folder.items():
        assert folder in FOLDERS[key]
    assert set(letter.star) | set(letter.unread) | set(letter.junk) <= set(LOCAL)


def test_the_same_bytes_every_time():
    once = [writer.letter_bytes(letter) for letter in LETTERS]
    again = [writer.letter_bytes(letter) for letter in letters.all_letters(NOW)]
    assert once == again
    assert newsletters.all_bulletins(NOW) == newsletters.all_bulletins(NOW)


def test_only_crlf_ends_a_line():
    for raw in [*map(writer.letter_bytes, LETTERS), *(b.raw for b in newsletters.all_bulletins(NOW))]:
        assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")


def test_an_answer_knows_what_it_answers():
    answer = next(letter for letter in LETTERS if len(letter.ancestors) > 2)
    raw = writer.letter_bytes(answer)
    summary = summarize(raw, NOW)
    assert summary.references == tuple(writer.message_id(one)[1:-1] for one in answer.ancestors)
    assert b"wrote:" in raw


def test_the_format():
    text = """
== Tea
from: nora
to: Someone Else <else@example.org>
when: 2d 09:00
attach: menu.pdf, milk.png

At four?
--
from: Someone Else <else@example.org>
to: nora
when: 40m
star: nora

At five.
"""
    first, second = letters.read(text, NOW, "tea")
    assert (first.subject, second.subject) == ("Tea", "Re: Tea")
    assert first.attach == ("menu.pdf", "milk.png")
    assert second.answers is first and second.star == ("nora",)
    assert first.when == datetime(2026, 3, 7, 9, 0, 3, tzinfo=UTC)

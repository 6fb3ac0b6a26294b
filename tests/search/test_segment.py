"""A segment gives back what was put in, and its filter never denies what is there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailcore.search import segment
from mailcore.search.folding import octets
from mailcore.search.segment import SUBJECT, Sieve, Texts

WORD = st.text(alphabet="abcdeé日本 ", max_size=40).map(octets)
TEXTS = st.builds(
    Texts,
    short=st.tuples(*[WORD] * 6),
    headers=WORD.map(lambda value: b"\nx:" + value),
    body=WORD,
)


def packed(*texts):
    return segment.pack(list(enumerate(texts, 1)))


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_what_is_packed_is_unpacked(texts):
    found = packed(*texts)
    assert segment.unpack(found.members, found.short, found.headers, found.bodies) == list(
        enumerate(texts, 1)
    )
    assert found.size == sum(one.size for one in texts)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_the_filter_passes_everything_that_is_there(texts, data):
    grams = packed(*texts).grams
    one = data.draw(st.sampled_from(texts))
    whole = data.draw(st.sampled_from([one.body, one.headers, *one.short]))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert Sieve([whole[start:stop]]).passes(grams)


def test_the_filter_denies_most_of_what_is_not_there():
    grams = packed(Texts((b"",) * 6, b"", b"some words about nothing in particular " * 20)).grams
    assert not Sieve([b"quetzalcoatlus"]).passes(grams)
    assert not Sieve([b"words", b"quetzalcoatlus"]).passes(grams)
    assert not Sieve([b"abcd"]).is_useful


def test_each_source_is_looked_at_on_its_own():
    empty = (b"",) * 6
    found = packed(
        Texts(empty, b"\nsubject:tea\nx-mailer:mutt", b"at four"),
        Texts(tuple(b"tea" if which == SUBJECT else b"" for which in range(6)), b"", b"coffee"),
    )
    assert segment.in_texts(found.bodies, b"four") == {0}
    assert segment.in_texts(found.bodies, b"") == {0, 1}
    assert segment.in_short(found.short, [SUBJECT], b"tea") == {1}
    assert segment.in_short(found.short, [segment.FROM], b"tea") == set()
    assert segment.in_field(found.headers, b"x-mailer", b"mutt") == {0}
    assert segment.in_field(found.headers, b"subject", b"mutt") == set()
    assert segment.in_field(found.headers, b"x-mailer", b"") == {0}


def test_near():
    text = b"the quick brown fox jumps over the lazy dog"
    assert segment.is_near(text, b"quick", b"fox", 1)
    assert segment.is_near(text, b"fox", b"quick", 1)
    assert not segment.is_near(text, b"quick", b"jumps", 1)
    assert not segment.is_near(text, b"quick", b"cat", 100)

"""Threads: RFC 5256 §3, and chains that were made to hurt."""

from __future__ import annotations

import time

import pytest

from mailcore.imap.threads import Message, ordered_subject, references, written


def message(name, subject="S", references="", message_id=None, is_reply=False, sent=None):
    return Message(
        name, sent or name, subject, is_reply, f"m{name}" if message_id is None else message_id, references
    )


@pytest.mark.parametrize(
    "messages, threads",
    [
        ([], b""),
        ([message(1, "a"), message(2, "b")], b"(1)(2)"),
        ([message(1), message(2, references="m1"), message(3, references="m1 m2")], b"(1 2 3)"),
        ([message(1), message(2, references="m1"), message(3, references="m1")], b"(1 (2)(3))"),
        ([message(3), message(6, references="m3"), message(4, references="m3 m6"), message(23, references="m3 m6 m4"),
          message(44, references="m3 m6"), message(7, references="m3 m6 m44"), message(96, references="m3 m6 m44 m7"),
          message(2, "other")], b"(2)(3 6 (4 23)(44 7 96))"),
        ([message(2, references="gone"), message(3, references="gone")], b"((2)(3))"),
        ([message(1, "a", "gone")], b"(1)"),
        ([message(1, "tea"), message(2, "tea", is_reply=True)], b"(1 2)"),
        ([message(1, "tea"), message(2, "tea")], b"((1)(2))"),
        ([message(1, "tea", is_reply=True), message(2, "tea")], b"(2 1)"),
        ([message(1, "a", message_id=""), message(2, "b", message_id="")], b"(1)(2)"),
        ([message(1, "a", message_id="x"), message(2, "b", message_id="x")], b"(1)(2)"),
        ([message(1, "", "m2"), message(2, "", "m1")], b"(2 1)"),
        ([message(1, "", "m1")], b"(1)"),
        ([message(1, "", "m3"), message(2, "", "m1"), message(3, "", "m2")], b"(3 1 2)"),
    ],
)  # fmt: skip
def test_references(messages, threads):
    assert written(references(messages)) == threads


def test_ordered_subject():
    messages = [message(1, "a"), message(2, "b"), message(3, "a"), message(4, "a")]
    assert written(ordered_subject(messages)) == b"(1 (3)(4))(2)"


@pytest.mark.parametrize("step", [1, -1])
def test_a_chain_of_thirty_thousand(step):
    names = range(1, 30_001)[::step]
    start = time.process_time()
    out = written(references([message(n, references=f"m{n - 1}" if n > 1 else "") for n in names]))
    assert out.startswith(b"(1 2 3 4 ") and out.endswith(b"29999 30000)")
    assert time.process_time() - start < 5


def test_everybody_names_everybody():
    ring = " ".join(f"m{n}" for n in range(100))
    start = time.process_time()
    out = written(references([message(n, "", ring) for n in range(1, 2000)]))
    assert sorted(map(int, out.replace(b"(", b" ").replace(b")", b" ").split())) == list(range(1, 2000))
    assert time.process_time() - start < 5

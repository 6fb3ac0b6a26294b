"""Whatever people do in whatever order: the tables say what a simple model says, and the audit finds nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mailcore.changes import change, log
from mailcore.models.entry import DELETED, SEEN
from mailcore.store import audit, flags, mailboxes, messages, upkeep
from mailcore.store.errors import MailboxExists, NotPermitted
from mailcore.store.uidset import Ranges
from tests.builders import message
from tests.store import looks
from tests.store.test_messages import arrival

numbers = count(100)
bits = st.integers(0, 31)
words = st.frozensets(st.sampled_from(["$a", "$b", "c"]), max_size=3)
names = st.sampled_from(["INBOX", "Archive", "Trash", "x", "x/y", "x/y/z", "Läger"])
uid_sets = st.one_of(
    st.none(),
    st.lists(st.integers(1, 12), max_size=6),
    st.tuples(st.integers(1, 9), st.integers(0, 5)).map(lambda pair: Ranges(((pair[0], pair[0] + pair[1]),))),
    st.just(Ranges(((1, 2), (4, 4), (6, 1 << 40)))),
)


@dataclass
class Box:
    """A mailbox as somebody with a pencil would keep it."""

    held: dict[int, tuple[int, frozenset[str], int]] = field(default_factory=dict)  # uid → flags, words, size
    next: int = 1

    def add(self, flags: int, keywords: frozenset[str], size: int) -> int:
        self.held[self.next] = (flags, keywords, size)
        self.next += 1
        return self.next - 1

    def chosen(self, uids: object) -> list[int]:
        if uids is None:
            return [*self.held]
        if isinstance(uids, Ranges):
            return [uid for uid in self.held if any(low <= uid <= high for low, high in uids.pairs)]
        return [uid for uid in self.held if uid in uids]


class Walk(RuleBasedStateMachine):
    """One account and its pencil copy."""

    @initialize()
    def open_account(self) -> None:
        self.account = next(numbers)
        mailboxes.provision(self.account)
        self.boxes = {box.name: Box() for box in mailboxes.listing(self.account)}
        self.modseq = looks.state(self.account).modseq

    def there(self, name: str) -> str:
        return name if name in self.boxes else "INBOX"

    @rule(name=names, some=st.lists(st.tuples(bits, words), min_size=1, max_size=4), reply=st.integers(0, 9))
    def append(self, name, some, reply) -> None:
        name = self.there(name)
        box = mailboxes.named(self.account, name)
        raws = [
            message(f"{n}", message_id=f"{reply}.{n}@x", references=f"<{reply - 1}.{n}@x> <{n}.0@x>")
            for n in range(len(some))
        ]
        jobs = [arrival(box, raw, flags=f, keywords=k) for raw, (f, k) in zip(raws, some, strict=True)]
        answers = messages.append(jobs)
        assert [a.uid for a in answers] == [
            self.boxes[name].add(f, k, len(raw)) for raw, (f, k) in zip(raws, some, strict=True)
        ]

    @rule(source=names, into=names, uids=uid_sets, is_move=st.booleans())
    def copy_or_move(self, source, into, uids, is_move) -> None:
        source, into = self.there(source), self.there(into)
        ours, theirs = self.boxes[source], self.boxes[into]
        verb = messages.move if is_move else messages.copy
        old = ours.chosen(uids)
        done = verb(mailboxes.named(self.account, source), uids, mailboxes.named(self.account, into))
        assert done.old_uids == old
        assert done.new_uids == [theirs.add(*ours.held[uid]) for uid in old]
        if is_move:
            for uid in old:
                del ours.held[uid]

    @rule(name=names, uids=uid_sets, is_forced=st.booleans())
    def expunge(self, name, uids, is_forced) -> None:
        name = self.there(name)
        box = self.boxes[name]
        gone = [uid for uid in box.chosen(uids) if is_forced or box.held[uid][0] & DELETED]
        verb = messages.remove if is_forced else messages.expunge
        assert verb(mailboxes.named(self.account, name), uids).uids == gone
        for uid in gone:
            del box.held[uid]

    @rule(name=names, uids=uid_sets, verb=st.sampled_from(["add", "remove", "replace"]), f=bits, k=words)
    def store(self, name, uids, verb, f, k) -> None:
        name = self.there(name)
        box = self.boxes[name]
        changed = getattr(flags, verb)(mailboxes.named(self.account, name), uids, f, k)
        expected = []
        for uid in box.chosen(uids):
            old_flags, old_words, size = box.held[uid]
            new = {
                "add": (old_flags | f, old_words | k),
                "remove": (old_flags & ~f, old_words - k),
                "replace": (f, k),
            }[verb]
            box.held[uid] = (*new, size)
            if new != (old_flags, old_words):
                expected.append((uid, new[0], " ".join(sorted(new[1]))))
        assert changed.entries == expected

    @rule(name=names)
    def create(self, name) -> None:
        if name in self.boxes:
            with pytest.raises(MailboxExists):
                mailboxes.create(self.account, name)
            return
        mailboxes.create(self.account, name)
        levels = name.split("/")
        for depth in range(1, len(levels) + 1):
            self.boxes.setdefault("/".join(levels[:depth]), Box())

    @precondition(lambda self: len(self.boxes) > 1)
    @rule(name=names)
    def delete(self, name) -> None:
        if name == "INBOX" or name not in self.boxes:
            return
        mailboxes.delete(self.account, name)
        del self.boxes[name]

    @rule(old=names, new=st.sampled_from(["moved", "x/moved", "x", "Läger"]))
    def rename(self, old, new) -> None:
        if old not in self.boxes or old == "INBOX":
            return
        try:
            mailboxes.rename(self.account, old, new)
        except (MailboxExists, NotPermitted):
            return
        moving = [name for name in self.boxes if name == old or name.startswith(old + "/")]
        for name in moving:
            self.boxes[new + name[len(old) :]] = self.boxes.pop(name)
        if "/" in new:
            self.boxes.setdefault(new.partition("/")[0], Box())

    @rule()
    def time_goes_by(self) -> None:
        upkeep.forget_expunged(self.account)
        upkeep.forget_tombstones(self.account)

    @invariant()
    def tables_say_what_the_pencil_says(self) -> None:
        if not hasattr(self, "account"):
            return
        listed = {box.name: box for box in mailboxes.listing(self.account)}
        assert set(listed) == set(self.boxes)
        for name, box in listed.items():
            pencil = self.boxes[name]
            assert {
                e.uid: (e.flags, frozenset(e.keywords.split()), e.size) for e in looks.live(box)
            } == pencil.held
            assert (box.total, box.unseen, box.bytes, box.uidnext) == (
                len(pencil.held),
                sum(not f & SEEN for f, _, _ in pencil.held.values()),
                sum(size for _, _, size in pencil.held.values()),
                pencil.next,
            )
        now = looks.state(self.account).modseq
        assert now - self.modseq <= 1  # one step takes at most one
        assert {item.modseq for item in log.since(self.account, self.modseq)} == (
            {now} if now > self.modseq else set()
        )
        self.modseq = now

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        assert list(audit.contradictions(self.account, read_octets=True)) == []
        told = replay(self.account)
        for box in mailboxes.listing(self.account):
            assert told.get(box.id, set()) == set(looks.uids(box))


def replay(account_id: int) -> dict[int, set[int]]:
    """Mailbox id → UIDs, from the change log alone."""
    held: dict[int, set[int]] = {}
    for item in log.since(account_id, 0, limit=10_000):
        if item.kind in (change.ADDED, change.EXPUNGED):
            box = held.setdefault(item.mailbox_id, set())
            touched = {uid for low, high in change.read_uids(item.detail) for uid in range(low, high + 1)}
            assert touched.isdisjoint(box) if item.kind == change.ADDED else touched <= box
            held[item.mailbox_id] = box ^ touched
    return held


@pytest.mark.django_db
def test_a_random_walk_leaves_no_contradiction():
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )

"""Several clients do at random what clients do; what each believes is always what the protocol told it.

A model of the client's side listens to every response: EXISTS, EXPUNGE, VANISHED, FETCH. A number may never mean
another message than the one the client knows by it, no EXPUNGE may come where RFC 9051 §7.5.1 forbids it, and
after a NOOP everybody agrees with the store.
"""

from __future__ import annotations

import random
import re
from collections import OrderedDict

import pytest

from mailcore.imap.selected import Selected
from mailcore.models import Entry
from mailcore.models.entry import FLAG_NAMES
from tests.builders import mailbox_of
from tests.imap.conftest import signed_in
from tests.transcript import Wire

pytestmark = pytest.mark.django_db

SILENT_ON_EXPUNGE = ("FETCH", "STORE", "SEARCH", "SORT")


class Client:
    """One client and what it was told: a UID (None: not yet known) for each number, flags for each UID."""

    def __init__(self, account, rng: random.Random, *, qresync: bool) -> None:
        self.wire = Wire(signed_in(account))
        self.rng = rng
        self.uids: list[int | None] = []
        self.flags: dict[int, frozenset[str]] = {}
        self.qresync = qresync
        self.serial = 0
        if qresync:
            self.say("ENABLE QRESYNC")
        self.say("SELECT INBOX")

    def say(self, command: str) -> str:
        self.serial += 1
        tag = f"t{self.serial}"
        self.wire.send(f"{tag} {command}\r\n".encode())
        said = bytes(self.wire.outbox).decode()
        self.wire.outbox.clear()
        lines = said.split("\r\n")
        assert lines[-2].startswith(f"{tag} OK"), (command, said)
        if command.startswith("SELECT"):
            self.uids = []
        for line in lines[:-2]:
            self.hear(command, line)
        return said

    def hear(self, command: str, line: str) -> None:
        if found := re.match(r"\* (\d+) EXISTS", line):
            assert int(found[1]) >= len(self.uids), "EXISTS never shrinks a mailbox"
            self.uids += [None] * (int(found[1]) - len(self.uids))
        elif found := re.match(r"\* (\d+) EXPUNGE", line):
            assert not command.startswith(SILENT_ON_EXPUNGE), f"EXPUNGE while {command}"
            del self.uids[int(found[1]) - 1]
        elif found := re.match(r"\* VANISHED (\S+)", line):
            assert self.qresync and not command.startswith(SILENT_ON_EXPUNGE)
            for part in found[1].split(","):
                for uid in self.spread(part):
                    del self.uids[self.place_of(uid)]
        elif found := re.match(r"\* (\d+) FETCH \((.*)\)", line):
            number, rest = int(found[1]), found[2]
            assert number <= len(self.uids), "FETCH for a message that was never announced"
            if uid := re.search(r"UID (\d+)", rest):
                known = self.uids[number - 1]
                assert known in (None, int(uid[1])), f"number {number} was UID {known}, now {uid[1]}"
                self.uids[number - 1] = int(uid[1])
                if flags := re.search(r"FLAGS \(([^)]*)\)", rest):
                    self.flags[int(uid[1])] = frozenset(flags[1].split()) - {"\\Recent"}

    def place_of(self, uid: int) -> int:
        """Where a UID stands, or must stand if it was announced and never asked for."""
        if uid in self.uids:
            return self.uids.index(uid)
        below = max((n for n, known in enumerate(self.uids) if known is not None and known < uid), default=-1)
        assert self.uids[below + 1] is None, f"UID {uid} vanished and was never announced"
        return below + 1

    @staticmethod
    def spread(part: str) -> range:
        low, _, high = part.partition(":")
        return range(int(low), int(high or low) + 1)

    def some(self) -> str:
        picks = sorted(
            self.rng.sample(range(1, len(self.uids) + 1), min(len(self.uids), self.rng.randint(1, 4)))
        )
        return ",".join(map(str, picks)) if self.rng.random() < 0.7 else f"{picks[0]}:*"

    def act(self) -> None:
        if None in self.uids:
            self.say(f"FETCH {self.uids.index(None) + 1}:* (UID FLAGS)")
        roll = self.rng.random()
        if not self.uids or roll < 0.2:
            self.say("APPEND INBOX {6+}\r\na: b\r\n")
        elif roll < 0.35:
            self.say(f"STORE {self.some()} +FLAGS (\\Deleted)")
        elif roll < 0.45:
            self.say(f"STORE {self.some()} {self.rng.choice('+-')}FLAGS.SILENT (\\Flagged $Work)")
        elif roll < 0.5:
            self.say(f"STORE {self.some()} FLAGS (\\Answered)")
        elif roll < 0.65:
            self.say(f"FETCH {self.some()} (UID FLAGS)")
        elif roll < 0.72:
            self.say(f"FETCH {self.some()} (UID BODY[TEXT])")
        elif roll < 0.8:
            said = self.say("SEARCH ALL")
            numbers = [int(n) for n in re.search(r"\* SEARCH(.*)", said)[1].split()]
            assert set(numbers) <= set(range(1, len(self.uids) + 1))
        elif roll < 0.88:
            self.say("EXPUNGE")
        elif roll < 0.92:
            self.say(f"COPY {self.some()} INBOX")
        elif roll < 0.96:
            self.say(f"MOVE {self.some()} Archive")
        else:
            self.say("SELECT INBOX")

    def agrees(self, truth: dict[int, frozenset[str]]) -> None:
        self.say("NOOP")
        self.flags.clear()
        self.say("FETCH 1:* (UID FLAGS)") if self.uids else None
        assert self.uids == sorted(truth)
        assert self.flags == truth


def truth_of(account) -> dict[int, frozenset[str]]:
    from mailcore.store import mailboxes

    inbox = mailboxes.named(account.pk, "INBOX")
    live = Entry.objects.filter(account_id=account.pk, mailbox_id=inbox.pk, expunged=False)
    assert inbox.total == live.count()
    return {
        entry.uid: frozenset(
            [*entry.keywords.split(), *(n for bit, n in FLAG_NAMES.items() if entry.flags & bit)]
        )
        for entry in live
    }


@pytest.mark.parametrize("seed", range(6))
def test_beliefs_follow_what_was_told(alice, seed, monkeypatch):
    monkeypatch.setattr(
        "mailcore.imap.selected._LEAST_LOAD", 3
    )  # so that small mailboxes are loaded piecewise too
    monkeypatch.setattr("mailcore.imap.commands.fetch.FEW_RUNS", seed % 3)
    monkeypatch.setattr("mailcore.imap.uid_maps.WORTH_KEEPING", seed % 2 * 2000 + 1)
    monkeypatch.setattr("mailcore.imap.uid_maps._kept", OrderedDict())
    rng = random.Random(seed)
    mailbox_of(alice, 8)
    clients = [Client(alice, rng, qresync=number == 2) for number in range(3)]
    for step in range(120):
        client = rng.choice(clients)
        client.act()
        if rng.random() < 0.1 and client.wire:
            forget(client)
        if step % 15 == 14:
            for each in clients:
                each.agrees(truth_of(alice))


def forget(client: Client) -> None:
    """IDLE gives the map back; what the session believes must not change by that."""
    client.wire.send(b"i IDLE\r\n")
    client.wire.send(b"DONE\r\n")
    lines = bytes(client.wire.outbox).decode().split("\r\n")
    client.wire.outbox.clear()
    for line in lines:
        client.hear("IDLE", line)


def test_the_map_is_loaded_only_as_far_as_a_command_looks(alice, play):
    from mailcore.imap import believed
    from mailcore.store import mailboxes

    inbox = mailbox_of(alice, 40)
    inbox = mailboxes.named(alice.pk, "INBOX")
    now = believed.counters(alice.pk, inbox.pk)
    assert now is not None
    selected = Selected(alice.pk, inbox.pk, "INBOX", now, is_read_only=True)
    assert len(selected._uids) == 0 and selected.count == 40
    import mailcore.imap.selected as module

    least, module._LEAST_LOAD = module._LEAST_LOAD, 5
    try:
        assert selected.uid_of(38) == 38 and len(selected._uids) == 5
        assert selected.number_of(37) == 37 and len(selected._uids) == 5
        assert selected.number_of(20) == 20 and len(selected._uids) == 21
        assert selected.numbers_of([1, 2, 99]) == [1, 2]
    finally:
        module._LEAST_LOAD = least

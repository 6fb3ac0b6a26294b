"""Stored files that no row names: what a crash leaves between the file and its row."""

from __future__ import annotations

import os
import time

from django.core.files.storage import default_storage

from mailcore.store import blobs

DAY = 86_400


def stored_file(fill: bytes) -> blobs.Stored:
    return blobs.put(fill * 100_000)


def aged(place: str) -> None:
    os.utime(default_storage.path(place), (time.time() - 2 * DAY,) * 2)


def test_an_old_file_without_a_row_is_removed(db):
    orphan = stored_file(b"o")
    aged(orphan.place)
    assert blobs.collect_orphans() == 1
    assert not default_storage.exists(orphan.place)


def test_a_young_one_may_still_wait_for_its_row(db):
    waiting = stored_file(b"w")
    assert blobs.collect_orphans() == 0
    assert default_storage.exists(waiting.place)


def test_a_named_file_stays_and_the_loser_of_a_race_goes(db):
    winner, loser = stored_file(b"r"), stored_file(b"r")
    blobs.record([winner], int(time.time()))
    blobs.record([loser], int(time.time()))
    aged(winner.place)
    aged(loser.place)
    assert blobs.collect_orphans() == 1
    assert default_storage.exists(winner.place)
    assert not default_storage.exists(loser.place)

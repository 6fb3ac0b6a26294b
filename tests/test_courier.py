"""One thread carries off what is handed over: in order, in bundles, and whatever happens on the way."""

from __future__ import annotations

import subprocess
import sys
import threading

from mailcore.courier import Courier
from tests.architecture.tree import ROOT


def test_what_comes_on_the_way_leaves_together():
    bundles: list[list[int]] = []
    leave = threading.Event()

    def carry(items: list[int]) -> None:
        bundles.append(items)
        leave.wait(5)

    courier = Courier("test", carry)
    courier.hand(0)
    while not bundles:
        pass
    for n in range(1, 50):
        courier.hand(n)
    leave.set()
    assert courier.flush(5)
    assert bundles == [[0], list(range(1, 50))]


def test_a_bundle_has_its_most():
    bundles: list[list[int]] = []
    enough = threading.Event()
    courier = Courier("test", lambda items: (enough.wait(5), bundles.append(items))[1], most=3)
    for n in range(10):
        courier.hand(n)
    enough.set()
    assert courier.flush(5)
    assert [n for bundle in bundles for n in bundle] == list(range(10))
    assert max(map(len, bundles)) == 3


def test_one_bad_journey_is_not_the_last(caplog):
    seen: list[int] = []

    def carry(items: list[int]) -> None:
        if 1 in items:
            raise ValueError("lost")
        seen.extend(items)

    courier = Courier("test", carry)
    for n in (1, 2):
        courier.hand(n)
        assert courier.flush(5)
    assert seen == [2]
    assert "courier-failed name=test items=1" in caplog.text


def test_it_rests_when_nothing_comes():
    rested = threading.Event()
    courier = Courier("test", lambda items: None, rest=rested.set, rest_seconds=0.01)
    courier.hand(1)
    assert rested.wait(5)
    courier.hand(2)
    assert courier.flush(5)


def test_the_end_of_the_process_waits_for_what_was_handed_over():
    program = (
        "import time; from mailcore.courier import Courier\n"
        "Courier('test', lambda items: (time.sleep(0.2), print(*items))).hand('last words')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "last words\n"

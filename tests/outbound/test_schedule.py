"""When to try again, to warn, to give up: RFC 5321 §4.5.4.1."""

from __future__ import annotations

import pytest

from mailcore.outbound.schedule import Schedule

DAY = 86_400
LAW = Schedule((60, 300, 900, 1800, 3600, 7200, 14400, 28800), 5 * DAY)


def test_delays_grow_and_the_last_one_repeats():
    assert [LAW.delay(n) for n in (0, 1, 2, 3, 8, 9, 100)] == [60, 60, 300, 900, 28800, 28800, 28800]


def test_a_message_lives_five_days():
    age, attempts = 0, 0
    while not LAW.is_over(age, attempts):
        attempts += 1
        age += LAW.delay(attempts)
    assert 5 * DAY <= age < 5 * DAY + 28800
    assert attempts > 15


@pytest.mark.parametrize("attempts", [1, 2, 7])
def test_a_clock_that_jumps_a_year_expires_nothing(attempts):
    """SECURITY F16."""
    assert not LAW.is_over(365 * DAY, attempts)


def test_a_short_life_needs_no_more_tries_than_fit_into_it():
    assert Schedule((60,), 60).is_over(61, 1)
    assert Schedule((1, 1, 1, 1), 2).is_over(2, 2)
    assert not Schedule((1, 1, 1, 1), 2).is_over(2, 1)


def test_the_sender_hears_of_a_delay_after_four_hours():
    assert not LAW.is_late(3600, 5)
    assert LAW.is_late(4 * 3600, 7)
    assert not LAW.is_late(4 * 3600, 1)

"""Those who are ready at the same moment are written together, and each hears its own answer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailcore.store.errors import MailError, NotFound
from mailcore.store.group_commit import CommitGroup

# Whether a transaction is open is asked of the connection, so pytest-django wants to hear of a database.
pytestmark = pytest.mark.django_db


def submit_all(group: CommitGroup[int, int], jobs: list[int]) -> list[object]:
    def one(job: int) -> object:
        try:
            return group.submit(job)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


def test_who_comes_while_a_group_is_written_forms_the_next():
    sizes = []

    def write(jobs: list[int]) -> list[int | MailError]:
        sizes.append(len(jobs))
        time.sleep(0.05)
        return [job * 2 for job in jobs]

    assert submit_all(CommitGroup(write), list(range(30))) == [n * 2 for n in range(30)]
    assert sum(sizes) == 30
    assert len(sizes) <= 5


def test_a_group_has_an_upper_size():
    sizes = []

    def write(jobs: list[int]) -> list[int | MailError]:
        sizes.append(len(jobs))
        time.sleep(0.02)
        return list(jobs)

    submit_all(CommitGroup(write, most=4), list(range(20)))
    assert max(sizes) <= 4


def test_each_job_gets_its_own_refusal():
    def write(jobs: list[int]) -> list[int | MailError]:
        time.sleep(0.02)
        return [NotFound(str(job)) if job % 3 == 0 else job for job in jobs]

    answers = submit_all(CommitGroup(write), list(range(12)))
    assert [str(answer) for answer in answers] == [str(n) for n in range(12)]
    assert [isinstance(answer, NotFound) for answer in answers] == [n % 3 == 0 for n in range(12)]


def test_when_a_group_fails_each_is_tried_alone():
    def write(jobs: list[int]) -> list[int | MailError]:
        time.sleep(0.02)
        if 7 in jobs:
            raise RuntimeError("seven")
        return list(jobs)

    answers = submit_all(CommitGroup(write), list(range(12)))
    assert [n for n, answer in enumerate(answers) if isinstance(answer, RuntimeError)] == [7]


def test_after_a_failure_the_next_is_served():
    broken = True

    def write(jobs: list[int]) -> list[int | MailError]:
        if broken:
            raise RuntimeError
        return list(jobs)

    group = CommitGroup(write)
    with pytest.raises(RuntimeError):
        group.submit(1)
    broken = False
    assert submit_all(group, [2, 3]) == [2, 3]


def test_one_alone_does_not_wait_for_company():
    group: CommitGroup[int, int] = CommitGroup(lambda jobs: list(jobs))
    started = time.monotonic()
    for n in range(100):
        assert submit_all(group, [n]) == [n]
    assert time.monotonic() - started < 2

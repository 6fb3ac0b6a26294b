"""Which processes make up the service on one machine, and the command line of each."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings

from mailcore.supervisor import redis
from mailcore.supervisor.ports import Sockets
from mailcore.supervisor.processes import Program

# Celery warns of root, because it might be fed pickles; ours reads JSON alone.
CELERY = (
    *(sys.executable, "-W", "ignore:You're running the worker with superuser"),
    *("-m", "celery", "-A", "webmail.celery:app", "--quiet"),
)


UPKEEP_THREADS = 2


def programs(sockets: Sockets) -> list[Program]:
    """All of them; Redis first, because the others look for it."""
    plan = []
    if path := embedded_redis():
        plan.append(Program("redis", redis.command(path), last=True))
    if sockets.web is not None:
        descriptor = sockets.web.fileno()
        plan.append(Program("web", web(descriptor), (descriptor,)))
    for number, doors in enumerate(sockets.listeners):
        descriptors = {name: opened.fileno() for name, opened in doors.items()}
        command = listen(number, len(sockets.listeners), descriptors)
        plan.append(Program(f"listen-{number}", command, tuple(descriptors.values())))
    plan.append(Program("worker", worker("celery", settings.MAIL_WORKER_THREADS)))
    # Apart, because indexing takes the processor and the interpreter's lock from whoever relays mail beside it.
    plan.append(Program("upkeep", worker("upkeep", UPKEEP_THREADS), nice=10))
    plan.append(Program("beat", beat()))
    return plan


def embedded_redis() -> Path | None:
    """The socket of our own Redis; None: REDIS_URL names another."""
    own: Path = settings.MAIL_DATA_DIR / "run" / "redis.sock"
    return own if f"unix://{own}" == settings.REDIS_URL else None


def listen(number: int, of: int, descriptors: dict[str, int]) -> list[str]:
    """One listener with the sockets it inherits."""
    sockets = ",".join(f"{name}={descriptor}" for name, descriptor in descriptors.items())
    return _manage("listen", f"--number={number}", f"--of={of}", f"--sockets={sockets}")


def web(descriptor: int) -> list[str]:
    """The pages, on a socket it inherits."""
    return _manage("web", f"--socket={descriptor}")


def _manage(*words: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def worker(queues: str, threads: int) -> list[str]:
    """A worker for some of the queues, separated by commas."""
    return [
        *(*CELERY, "worker", "--queues", queues, "--hostname", f"{queues}@%h"),
        *("--pool", "threads", "--concurrency", str(threads)),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--loglevel", settings.MAIL_LOG_LEVEL),
    ]


def beat() -> list[str]:
    """The clock that rings due tasks."""
    schedule = str(settings.MAIL_DATA_DIR / "run" / "beat")
    return [*CELERY, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", settings.MAIL_LOG_LEVEL]

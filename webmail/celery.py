"""The Celery application: relay, sweeping, upkeep. State is in rows; Redis only carries bells.

JSON and nothing else (no pickle). Tasks are acknowledged late: a worker that dies gives its bell back, and a bell that
is rung twice finds nothing due. No task waits for longer than it works, so a visibility timeout can do no harm either.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmail.settings")

import django
from django.conf import settings
from django.db import close_old_connections

from mailcore.doorbell import broker_url

# The clock only rings names: without the tasks and all that they import it is half as big.
IS_CLOCK = "celery" in sys.argv[0] and "beat" in sys.argv
if not IS_CLOCK:
    django.setup()

SWEEP_SECONDS = 10.0  # the clock of each worker rings in time: this is for bells that were lost
INDEX_SECONDS = 3.0
UPKEEP_SECONDS = 3600.0

UPKEEP = (
    "upkeep"  # the queue of what has time: a worker of its own does it, with the processor that others leave
)

# Without Celery's Django fixup, which would close the database after each task: ours are kept, and checked.
app = Celery(
    "webmail",
    broker=broker_url(settings.REDIS_URL),
    include=[] if IS_CLOCK else ["mailcore.tasks"],
    fixups=[],
)
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_queues={"celery": {}, UPKEEP: {}},  # a worker that names none takes from both
    task_routes={name: {"queue": UPKEEP} for name in ("search.*", "store.*", "transfer.*")},
    worker_concurrency=settings.MAIL_WORKER_THREADS,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    },
    timezone="UTC",
    beat_schedule={
        "sweep the queue": {
            "task": "outbound.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": 10 * SWEEP_SECONDS},
        },
        "index texts": {
            "task": "search.index",
            "schedule": INDEX_SECONDS,
            "options": {"expires": 10 * INDEX_SECONDS},
        },
        "tidy the index": {
            "task": "search.tidy",
            "schedule": UPKEEP_SECONDS,
            "options": {"expires": UPKEEP_SECONDS},
        },
        "tidy the store": {
            "task": "store.upkeep",
            "schedule": UPKEEP_SECONDS,
            "options": {"expires": UPKEEP_SECONDS},
        },
    },
)


def check_database(**_: Any) -> None:
    """A connection that broke is replaced; a good one is kept."""
    close_old_connections()


def start_clock(sender: Any, **_: Any) -> None:
    """From now on this worker rings for what becomes due."""
    from mailcore.later import clock

    if "celery" in sender.app.amqp.queues.consume_from:
        clock.start()


def finish_soon(**_: Any) -> None:
    """SIGTERM: relays finish the letter at hand and give the others back; so do imports."""
    from mailcore.later import clock
    from mailcore.outbound import relay
    from mailcore.transfer import run as transfer

    clock.stop(0)
    relay.stopping.set()
    transfer.stopping.set()


signals.worker_ready.connect(start_clock)
signals.worker_shutting_down.connect(finish_soon)
signals.task_prerun.connect(check_database)
signals.task_postrun.connect(check_database)

"""Run the queue worker: Celery with a pool of threads."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from mailcore.supervisor import plan


class Command(BaseCommand):
    help = "Relay outgoing mail and do the upkeep; SIGTERM lets running tasks finish."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queues",
            default="celery,upkeep",
            help="What it takes from: celery (relaying, and what cannot wait), upkeep (indexing, tidying)",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        command = plan.worker(options["queues"], settings.MAIL_WORKER_THREADS)
        os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted

"""Run the queue worker: Celery with a pool of threads."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mailcore.supervisor import plan


class Command(BaseCommand):
    help = "Relay outgoing mail and do the upkeep; SIGTERM lets running tasks finish."
    requires_system_checks = ()

    def handle(self, *arguments: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, plan.worker())  # noqa: S606 - no shell is wanted

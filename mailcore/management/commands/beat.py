"""Run the clock that rings due tasks: Celery beat."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mailcore.supervisor import plan


class Command(BaseCommand):
    help = "Ring the tasks that are due; one for each service."
    requires_system_checks = ()

    def handle(self, *arguments: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, plan.beat())  # noqa: S606 - no shell is wanted

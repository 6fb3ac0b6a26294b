"""Run the pages: Django under uvicorn."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mailcore.supervisor import plan


class Command(BaseCommand):
    help = "Serve the pages and event streams on MAIL_BIND:MAIL_PORT_WEB."
    requires_system_checks = ()

    def handle(self, *arguments: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, plan.web())  # noqa: S606 - no shell is wanted

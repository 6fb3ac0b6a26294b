"""Look at everything that can be wrong, and say what to do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mailcore.supervisor import diagnosis
from mailcore.supervisor.diagnosis import Grade


class Command(BaseCommand):
    help = "Check database, blobs, Redis, ports, certificate, clock, disk and DNS; exit code 1 on faults."
    requires_system_checks = ()

    def handle(self, *arguments: Any, **options: Any) -> None:
        faults = 0
        for finding in diagnosis.examine():
            faults += finding.grade is Grade.FAULT
            self.stdout.write(str(finding))
        if faults:
            raise CommandError(f"{faults} faults.")

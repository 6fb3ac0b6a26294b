"""Try again now what waits in the queue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.outbound import queue


class Command(BaseCommand):
    help = "Make due now: these recipients (their numbers in show_queue), everything for a domain, or everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, metavar="ID")
        parser.add_argument("--domain", default="", help="what is for this domain, held or not")
        parser.add_argument("--all", action="store_true", help="everything, held or not")

    def handle(self, *arguments: Any, **options: Any) -> None:
        ids: list[int] = options["ids"]
        if not ids and not options["domain"] and not options["all"]:
            raise CommandError("Say which: numbers from show_queue, --domain NAME, or --all.")
        if not ids:
            ids = list(queue.waiting(options["domain"]).values_list("id", flat=True))
        self.stdout.write(f"due now: {queue.retry(ids)}")

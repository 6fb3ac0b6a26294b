"""What waits to leave, and what was said to whom about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.models import OutboundMessage
from mailcore.outbound import queue


class Command(BaseCommand):
    help = "List what waits in the queue, one recipient a line; or the conversations about one MESSAGE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("message", nargs="?", type=int, help="the number after message= in the list")
        parser.add_argument("--domain", default="", help="only what is for this domain")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["message"] is not None:
            self._conversations(options["message"])
            return
        for row in queue.waiting(options["domain"]).iterator():
            due = datetime.fromtimestamp(row.next_attempt, UTC).isoformat(timespec="seconds")
            self.stdout.write(
                f"{row.id} {row.state} next={due} attempts={row.attempts} to=<{row.address}>"
                f" from=<{row.outbound.sender}> message={row.outbound_id} said={row.last_reply or '-'}"
            )

    def _conversations(self, number: int) -> None:
        message = OutboundMessage.objects.filter(account_id=number >> 32, id=number).first()
        if message is None:
            raise CommandError(f"There is no message {number} in the queue.")
        for one in queue.transcripts(message):
            when = datetime.fromtimestamp(one.happened, UTC).isoformat(timespec="seconds")
            self.stdout.write(f"{when} {one.target} {one.tls or 'in the clear'}")
            for line in one.transcript.splitlines():
                self.stdout.write(f"  {line}")

"""Receive mail for a domain."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import domains
from mailcore.store.errors import MailError
from mailcore.supervisor import published


class Command(BaseCommand):
    help = "Receive mail for NAME, sign its mail, and print the DNS records to publish."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            domain = domains.add(options["name"])
        except MailError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"domain {domain.name}")
        self.stdout.write("Publish these records in its DNS zone:")
        for record in published.records(domain):
            self.stdout.write(str(record))

"""Walk the mail of every account and report what contradicts itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import accounts
from mailcore.models import Account
from mailcore.store import audit


class Command(BaseCommand):
    help = "Report contradictions in the store, one a line; exit code 1 if there are any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="*", help="only these accounts")
        parser.add_argument("--octets", action="store_true", help="also read every message, check its digest")

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = [accounts.named(address) for address in options["address"]]
        if None in found:
            raise CommandError("One of those accounts does not exist.")
        chosen = [account.pk for account in found if account] or Account.objects.order_by("pk").values_list(
            "pk", flat=True
        )
        faults = 0
        for account_id in chosen:
            for fault in audit.contradictions(account_id, read_octets=options["octets"]):
                faults += 1
                self.stdout.write(fault)
        self.stdout.write(f"accounts {len(chosen)}")
        self.stdout.write(f"faults {faults}")
        if faults:
            raise CommandError("The store contradicts itself.")

"""Throw the text index away and make it again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import accounts
from mailcore.models import Account
from mailcore.search import fulltext


class Command(BaseCommand):
    help = "Index all mail anew; searches answer all the while, only slower."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="*", help="only these accounts")

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = [accounts.named(address) for address in options["address"]]
        if None in found:
            raise CommandError("One of those accounts does not exist.")
        chosen = [account.pk for account in found if account]
        for account_id in chosen or Account.objects.order_by("pk").values_list("pk", flat=True):
            fulltext.rebuild([account_id])
            self.stdout.write(
                f"account {account_id} indexed {fulltext.index_account(account_id, limit=1 << 30)}"
            )

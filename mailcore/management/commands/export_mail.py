"""Write an account's mail to files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import accounts
from mailcore.store import exporting
from mailcore.store.errors import MailError


class Command(BaseCommand):
    help = "Write every mailbox of ADDRESS below PATH, which must be new or empty."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", choices=("maildir", "mbox", "eml"), default="maildir")

    def handle(self, *arguments: Any, **options: Any) -> None:
        folder: Path = options["path"]
        try:
            account = accounts.named(options["address"])
            if account is None:
                raise CommandError(f"There is no account {options['address']}.")
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty.")
            total = exporting.write_all(account.pk, folder, options["format"], self._say)
        except (MailError, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"exported {total}")

    def _say(self, mailbox: str, count: int) -> None:
        self.stdout.write(f"mailbox {mailbox!r} {count}")

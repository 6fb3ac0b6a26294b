"""Take mail in from mbox, Maildir, .eml files, or a folder of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import accounts
from mailcore.store import importing, mail_files
from mailcore.store.errors import MailError
from mailcore.store.importing import Tally
from mailcore.store.mail_files import NotMail


class Command(BaseCommand):
    help = "Append every message of PATH to ADDRESS's mailboxes, octet for octet, with flags and dates."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument("path", type=Path, help="an mbox, a Maildir, an .eml file, or a folder of these")
        parser.add_argument("--mailbox", default="INBOX", help="where messages go that stand in no subfolder")
        parser.add_argument(
            "--skip-known", action="store_true", help="leave out what the mailbox has already"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        tally = Tally()

        def progress(now: Tally) -> None:
            nonlocal tally
            tally = now

        try:
            account = accounts.named(options["address"])
            if account is None:
                raise CommandError(f"There is no account {options['address']}.")
            importing.take(
                account.pk,
                mail_files.find(options["path"]),
                top=options["mailbox"],
                skip_known=options["skip_known"],
                progress=progress,
            )
        except (NotMail, MailError, OSError) as problem:
            raise CommandError(f"{problem} ({tally.taken} messages were imported.)") from None
        self.stdout.write(f"imported {tally.taken}")
        self.stdout.write(f"octets {tally.octets}")
        if tally.known:
            self.stdout.write(f"known {tally.known}")

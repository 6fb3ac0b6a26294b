"""Open an account."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.identity import accounts
from mailcore.store.errors import MailError


class Command(BaseCommand):
    help = "Open the account ADDRESS; its password is read from standard input, or made and printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--name", default="", help="the person's name, shown to others")
        parser.add_argument("--admin", action="store_true", help="may administer the service")
        parser.add_argument("--quota-megabytes", type=int, help="room for mail; 0: no limit")

    def handle(self, *arguments: Any, **options: Any) -> None:
        given = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        password = given or secrets.token_urlsafe(12)
        megabytes = options["quota_megabytes"]
        try:
            account = accounts.create(
                options["address"],
                password,
                name=options["name"],
                is_superuser=options["admin"],
                quota_bytes=None if megabytes is None else megabytes << 20,
            )
        except MailError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"account {account.address}")
        if not given:
            self.stdout.write(f"password {password}")

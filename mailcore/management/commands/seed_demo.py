"""Two companies, seven accounts and a few hundred messages: a mailbox to look at."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from mailcore.demo import seed
from mailcore.models import Account


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", help="for all demo accounts; made and printed when left out")

    def handle(self, *args: object, password: str | None = None, **options: object) -> None:
        if Account.objects.filter(address=seed.FIRST).exists():
            self.stdout.write(f"The demo is here already: {seed.FIRST}")
            return
        chosen = password or secrets.token_urlsafe(9)
        planted = seed.plant(chosen)
        for address in planted.accounts:
            self.stdout.write(f"account {address}")
        self.stdout.write(f"messages {planted.messages}")
        self.stdout.write(f"password {chosen}")

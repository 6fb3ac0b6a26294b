"""Run one listener process: SMTP, submission, IMAP, POP3."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.listener import process
from mailcore.listener.server import CannotOpen
from mailcore.listener.tls import CertificateUnusable


class Command(BaseCommand):
    help = "Serve mail clients and mail servers on every port that is switched on; SIGTERM drains."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--number", type=int, default=0, help="which of the listeners of this machine it is"
        )
        parser.add_argument("--of", type=int, default=1, help="how many listeners this machine has")
        parser.add_argument("--sockets", default="", help="open sockets it inherits: smtp=5,imap=6")

    def handle(self, *arguments: Any, **options: Any) -> None:
        pairs = (pair.partition("=") for pair in options["sockets"].split(",") if pair)
        inherited = {name: int(descriptor) for name, _, descriptor in pairs}
        try:
            process.run(inherited, options["number"], options["of"])
        except (CannotOpen, CertificateUnusable) as problem:
            raise CommandError(str(problem)) from None

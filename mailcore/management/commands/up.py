"""Run the whole service on this machine with one command."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.supervisor import flags, service
from mailcore.supervisor.problems import CannotStart


class Command(BaseCommand):
    help = (
        "Start everything: Redis, pages, listeners, worker, beat. Makes what is missing, restarts what dies, "
        "drains on Ctrl-C and SIGTERM. Every flag is also a variable of the environment."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        # For --help alone: manage.py has turned them into environment before Django read its settings.
        for flag in flags.FLAGS:
            text = f"{flag.help} [{flag.variable}]" if flag.variable else flag.help
            if flag.metavar:
                parser.add_argument(flag.name, metavar=flag.metavar, help=text)
            else:
                parser.add_argument(flag.name, action="store_true", help=text)

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            service.run(self.say)
        except CannotStart as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted before everything was started.", returncode=130) from None

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

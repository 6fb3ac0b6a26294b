"""Run the pages: Django under uvicorn."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailcore.listener.server import BACKLOG, CannotOpen, open_socket


class Command(BaseCommand):
    help = "Serve the pages and event streams on MAIL_BIND:MAIL_PORT_WEB."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--socket", type=int, help="an open socket it inherits")

    def handle(self, *arguments: Any, **options: Any) -> None:
        module, _, attribute = settings.ASGI_APPLICATION.rpartition(".")
        config = uvicorn.Config(
            f"{module}:{attribute}",
            loop="uvloop",
            http="webmail.http_guard:GuardedProtocol",  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            backlog=BACKLOG,
            access_log=False,
            server_header=False,
            log_config=None,
            # Event streams never end by themselves; browsers come back to the next process.
            timeout_graceful_shutdown=3,
        )
        try:
            # Not uvicorn's --fd: it takes every inherited socket for a unix socket, and would leave Nagle on.
            opened = self._socket(options["socket"])
        except CannotOpen as problem:
            raise CommandError(str(problem)) from None
        uvicorn.Server(config).run(sockets=[opened])

    def _socket(self, descriptor: int | None) -> socket.socket:
        if descriptor is not None:
            return socket.socket(fileno=descriptor)
        return open_socket(settings.MAIL_BIND, settings.MAIL_PORT_WEB, "web")

"""The engine as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class MailcoreConfig(AppConfig):
    """Registers the checks of our settings."""

    name = "mailcore"
    verbose_name = "Mail"

    def ready(self) -> None:
        from mailcore import system_checks  # noqa: F401 - registers itself

"""The engine as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class MailcoreConfig(AppConfig):
    name = "mailcore"
    verbose_name = "Mail"

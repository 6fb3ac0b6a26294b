"""The browser's side as Django apps."""

from __future__ import annotations

from django.contrib.admin import apps


class OfficeConfig(apps.AdminConfig):
    """Django's admin with our own front door."""

    default = False  # named in INSTALLED_APPS; `webmail` itself needs no configuration
    default_site = "webmail.office.Office"

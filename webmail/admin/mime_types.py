"""Types of files: the site's own, which count before the system's table."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from mailcore.models import MimeType
from mailcore.store import mime_types
from webmail.admin.base import VerbAdmin


@admin.register(MimeType)
class MimeTypeAdmin(VerbAdmin):
    list_display = ("type", "extensions", "description")
    search_fields = ("type", "extensions", "description")
    fields = ("type", "extensions", "description")

    def write(self, request: HttpRequest, row: MimeType, form: Any, change: bool) -> MimeType:
        """add or change."""
        given = form.cleaned_data
        if not change:
            return mime_types.add(given["type"], given["extensions"], given["description"])
        known = MimeType.objects.get(pk=row.pk)
        return mime_types.change(
            known, type=given["type"], extensions=given["extensions"], description=given["description"]
        )

    def erase(self, request: HttpRequest, row: MimeType) -> None:
        """remove."""
        mime_types.remove(row)

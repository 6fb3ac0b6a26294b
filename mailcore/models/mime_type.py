"""MimeType: a type of file that this site knows beside the system's table."""

from __future__ import annotations

from django.db import models


class MimeType(models.Model):
    """One type and the extensions that stand for it; for these it goes before the system's word.

    Of the site, not of an account: it decides what files are called, and nothing of anybody's mail.
    """

    type = models.CharField(max_length=127, unique=True)  # lower case: RFC 6838 §4.2
    extensions = models.CharField(max_length=300)  # without dots, separated by blanks, the usual one first
    description = models.CharField(max_length=100, blank=True)  # "Drawing", for people

    class Meta:
        ordering = ["type"]
        verbose_name = "MIME type"

    def __str__(self) -> str:
        return self.type

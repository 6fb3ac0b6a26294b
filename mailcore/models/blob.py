"""Blob: raw octets, named by their digest, never changed."""

from __future__ import annotations

from django.db import models


class Blob(models.Model):
    """Small ones keep their octets in the row; for bigger ones `place` names a file in Django's storage.

    `touched` (seconds since 1970) moves whenever somebody stores the same octets again: the collector leaves
    what was touched lately alone, so it can never race with a delivery that counts on the row.
    """

    digest = models.BinaryField(max_length=32, primary_key=True)  # BLAKE2b-256
    size = models.BigIntegerField()
    touched = models.BigIntegerField()
    place = models.CharField(max_length=120, blank=True, default="")
    content = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"{bytes(self.digest).hex()} ({self.size} octets)"

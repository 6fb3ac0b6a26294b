"""DkimKey: a signing key of a domain (RFC 6376, RFC 8463)."""

from __future__ import annotations

from django.db import models


class DkimKey(models.Model):
    """One private key under one selector; encrypted with a key that is not in the database."""

    class Algorithm(models.TextChoices):
        RSA = "rsa", "RSA-2048"
        ED25519 = "ed25519", "Ed25519"

    domain = models.ForeignKey("mailcore.Domain", on_delete=models.CASCADE, related_name="dkim_keys")
    selector = models.CharField(max_length=63)
    algorithm = models.CharField(max_length=16, choices=Algorithm.choices)
    secret = models.TextField(editable=False)
    public = models.TextField(editable=False)  # the value of the TXT record
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["domain", "selector"]
        constraints = [models.UniqueConstraint(fields=["domain", "selector"], name="dkim_one_selector")]

    def __str__(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

"""Route: the next hop of a domain when it is not its MX (a transport map)."""

from __future__ import annotations

from django.db import models


class Route(models.Model):
    """Mail for `domain` ('*': for everything else) goes to `host:port`."""

    class Tls(models.TextChoices):
        OPPORTUNISTIC = "opportunistic", "STARTTLS when offered"
        REQUIRED = "required", "STARTTLS, verified, or not at all"
        IMPLICIT = "implicit", "TLS from the first octet, verified"
        NONE = "none", "never"

    domain = models.CharField(max_length=253, unique=True, help_text="A domain, or * for all others")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=25)
    tls = models.CharField(max_length=16, choices=Tls.choices, default=Tls.OPPORTUNISTIC)
    username = models.CharField(max_length=254, blank=True)
    secret = models.TextField(blank=True, editable=False)  # encrypted: see identity.vault
    is_gateway = models.BooleanField(
        default=False, help_text="Accept mail for this domain from anyone and pass it on"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return f"{self.domain} via {self.host}:{self.port}"

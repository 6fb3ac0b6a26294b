"""Domain: what we receive mail for. Alias: an address that stands for others."""

from __future__ import annotations

from django.db import models


class Domain(models.Model):
    """A domain whose mail ends here. `name` is lower case, as A-label (RFC 5890)."""

    name = models.CharField(max_length=253, unique=True)
    is_active = models.BooleanField(default=True)
    catch_all = models.ForeignKey(
        "mailcore.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="catches_all_of"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """An address that is delivered elsewhere: to one account, to several, or to the outside world."""

    address = models.CharField(max_length=254, unique=True)
    target = models.TextField(help_text="Addresses, separated by commas")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["address"]
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return self.address

    @property
    def targets(self) -> list[str]:
        """The addresses it stands for."""
        return [item.strip() for item in self.target.split(",") if item.strip()]

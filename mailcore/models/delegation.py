"""Delegation: an account that another person may use as well."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mailcore.models.account import Account


class Delegation(models.Model):
    """`delegate` reads, and moves, and with `may_send` also writes the mail of `owner`, once they accepted it."""

    owner = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="gives")
    delegate = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="is_given")
    may_send = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    accepted = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["owner__address", "delegate__address"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "delegate"], name="delegation_pair"),
            models.CheckConstraint(condition=~Q(owner=F("delegate")), name="delegation_not_to_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} to {self.delegate}"

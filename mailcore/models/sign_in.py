"""SignIn: a browser in which somebody is signed in."""

from __future__ import annotations

from django.db import models

from mailcore.models.account import Account


class SignIn(models.Model):
    """Stands beside a session, so that people see where they are signed in and can end it from afar."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=300, blank=True)  # what it calls itself
    peer = models.CharField(max_length=45, blank=True)
    began = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account} from {self.peer}"

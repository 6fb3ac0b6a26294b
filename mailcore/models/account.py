"""Account: a person (or a role) that signs in by mail address. AppPassword: a second key for one device."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class AccountManager(BaseUserManager["Account"]):
    """Looks accounts up; creating them is `identity.accounts.create`."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(address=(username or "").lower())


class Account(AbstractBaseUser, PermissionsMixin):
    """Someone with mailboxes. `address` is the primary address, lower case, domain as A-label."""

    address = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    scram = models.CharField(  # "iterations$salt$StoredKey$ServerKey", base64 (RFC 5803)
        max_length=300, blank=True, editable=False
    )
    quota_bytes = models.BigIntegerField(default=15 << 30)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    signature = models.TextField(blank=True, max_length=10_000)
    preferences = models.JSONField(default=dict, blank=True)

    login_proof = ""  # what let this one in (identity.credentials); of the object, never stored

    objects = AccountManager()

    USERNAME_FIELD = "address"
    EMAIL_FIELD = "address"

    class Meta:
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]

    def get_full_name(self) -> str:
        """Django's admin asks for it."""
        return self.name or self.address

    def get_short_name(self) -> str:
        """Django's admin asks for it."""
        return self.name.split(" ")[0] if self.name else self.address.partition("@")[0]


class AppPassword(models.Model):
    """A generated password for one client; shown once, stored hashed, revoked by deleting the row."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="app_passwords")
    label = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=128)
    scopes = models.JSONField(default=list)  # of "imap", "pop3", "smtp"; empty: all of them
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.account}"

    def allows(self, protocol: str) -> bool:
        """Whether this password opens that protocol."""
        scopes: list[Any] = self.scopes
        return not scopes or protocol in scopes

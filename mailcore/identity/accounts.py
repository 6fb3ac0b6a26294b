"""Accounts: open, change, close."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from mailcore.identity import addresses, credentials, domains, scram, watching
from mailcore.identity.errors import AddressTaken, PasswordInvalid
from mailcore.models import Account, AppPassword
from mailcore.store import mailboxes, quota, writing

APP_PASSWORD_ALPHABET = "abcdefghijkmnopqrstuvwxyz23456789"
APP_PASSWORD_LETTERS = 20  # 100 bits


def create(
    address: str,
    password: str,
    *,
    name: str = "",
    is_superuser: bool = False,
    is_staff: bool = False,
    quota_bytes: int | None = None,
) -> Account:
    """Open an account with its mailboxes; the domain must be one of ours."""
    own = addresses.for_new(address)
    domains.named(own.rpartition("@")[2])
    account = Account(
        address=own,
        name=name.strip(),
        is_superuser=is_superuser,
        is_staff=is_staff or is_superuser,
        quota_bytes=settings.MAIL_DEFAULT_QUOTA_BYTES if quota_bytes is None else quota_bytes,
    )
    _put_password(account, password)
    try:
        with writing.exclusive(), transaction.atomic():
            account.save(force_insert=True)
            mailboxes.provision(account.pk, account.quota_bytes)
    except IntegrityError as problem:
        raise AddressTaken(f"{own} has an account already") from problem
    addresses.forget()
    return account


def named(address: str) -> Account | None:
    """The account with that address, if there is one."""
    return credentials.find(addresses.canonical(address))


def set_password(account: Account, password: str) -> None:
    """Give a new password: its argon2 hash, and a SCRAM verifier made from the same text."""
    _put_password(account, password)
    with writing.exclusive():
        account.save(update_fields=["password", "scram"])
    watching.look_again(account.pk)  # open pages of other sessions end


def change(account: Account, **values: Any) -> Account:
    """Change `name`, `signature`, `quota_bytes`, `is_staff`, `is_superuser`."""
    unknown = values.keys() - {"name", "signature", "quota_bytes", "is_staff", "is_superuser"}
    if unknown:
        raise TypeError(f"accounts.change() does not change {', '.join(sorted(unknown))}")
    for field, value in values.items():
        setattr(account, field, value)
    with writing.exclusive(), transaction.atomic():
        account.save(update_fields=list(values))
        if "quota_bytes" in values:
            quota.allow(account.pk, account.quota_bytes)
    return account


def close(account: Account) -> None:
    """No more logins and no more mail; what is there stays until somebody deletes the account."""
    _switch(account, is_active=False)


def reopen(account: Account) -> None:
    """As if it had never been closed."""
    _switch(account, is_active=True)


def add_app_password(account: Account, label: str, scopes: Sequence[str] = ()) -> str:
    """A generated password for one client, for "imap", "pop3", "smtp" (none named: all); shown this once."""
    letters = "".join(secrets.choice(APP_PASSWORD_ALPHABET) for _ in range(APP_PASSWORD_LETTERS))
    with writing.exclusive():
        AppPassword.objects.create(
            account=account,
            label=label.strip()[:100],
            secret_hash=credentials.app_password_hash(letters),
            scopes=list(scopes),
        )
    return "-".join(letters[start : start + 5] for start in range(0, APP_PASSWORD_LETTERS, 5))


def revoke_app_password(account: Account, app_password_id: int) -> bool:
    """Take it back; whether there was one."""
    with writing.exclusive():
        deleted, _ = AppPassword.objects.filter(account=account, pk=app_password_id).delete()
    return deleted > 0


def _switch(account: Account, *, is_active: bool) -> None:
    account.is_active = is_active
    with writing.exclusive():
        account.save(update_fields=["is_active"])
    addresses.forget()
    watching.look_again(account.pk)


def _put_password(account: Account, password: str) -> None:
    secret = credentials.prepared(password)
    if not credentials.is_possible(secret):
        raise PasswordInvalid("That cannot be a password: empty, too long, or not text")
    account.set_password(secret)
    account.scram = str(scram.derive(secret))

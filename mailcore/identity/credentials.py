"""Is this the password? The one place where the answer is given, for every door.

Argon2 is slow on purpose, and IMAP clients sign in often. So a password that was right is remembered in
this process as a keyed hash, together with the stored hash it was right for (a new password forgets the
old) and the network it came from. Somebody who comes from where they came before with what was right before
is let in without argon2 and without asking the throttle; one miss from there, and every further try takes
the long way for a while.

Unknown and closed accounts cost the same time as wrong passwords and get the same answer.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from functools import lru_cache
from typing import TypeGuard, TypeVar

from django.contrib.auth import hashers
from django.utils import timezone

from mailcore.identity import addresses, scram, throttle
from mailcore.identity.errors import AddressInvalid, BadCredentials, Throttled
from mailcore.models import Account, AppPassword
from mailcore.store import writing

__all__ = ["BadCredentials", "Throttled", "check", "find", "forget", "prepared", "remember"]

MAX_PASSWORD_OCTETS = 4_096
REMEMBERED = 50_000
SUSPECT_SECONDS = 600.0

prepared = scram.prepared
Login = tuple[int, str]  # an account and the `login_proof` that opened it
Key = TypeVar("Key")
Value = TypeVar("Value")

_process_key = secrets.token_bytes(32)
_lock = threading.Lock()
_right: OrderedDict[tuple[int, bytes], str] = OrderedDict()  # (account, keyed hash) → what proved it
_familiar: OrderedDict[tuple[int, str], None] = OrderedDict()  # (account, network) that were let in
_suspects: OrderedDict[tuple[str, str], float] = OrderedDict()  # (address, network) → until when
# Many connections that sign in at once with the same password: one looks, the others have its answer.
_looking = tuple(threading.Lock() for _ in range(256))
_hashing = threading.BoundedSemaphore(os.cpu_count() or 1)  # argon2 takes a core and 19 MiB each


def check(address: str, password: str, *, protocol: str, peer: str) -> Account:
    """The account, if `password` is its own or one of its app passwords for `protocol`; raises `LoginRefused`."""
    name = _canonical(address)
    where = throttle.network(peer)
    secret = prepared(password)
    if not is_possible(secret):
        throttle.attempt(name, peer)
        raise BadCredentials
    account = find(name)
    if _is_let_in(account, secret, protocol, name, where):
        return account
    with _looking[_keyed(secret)[0]]:
        if _is_let_in(account, secret, protocol, name, where):
            return account
        return _look(account, secret, protocol, name, peer)


def _look(account: Account | None, secret: str, protocol: str, name: str, peer: str) -> Account:
    """The long way: ask the throttle, compare, and say what that means."""
    where = throttle.network(peer)
    look = throttle.attempt(name, peer)
    proof = _proof(account, secret, protocol)
    if account is None or not proof or not account.is_active:
        _bounded(_suspects, (name, where), time.monotonic() + SUSPECT_SECONDS)
        raise BadCredentials
    look.succeeded()
    _note_use(account, secret, proof)
    remember(account, secret, proof, where)
    account.login_proof = proof
    return account


def is_possible(secret: str) -> bool:
    """Whether anybody could have that password: of sane length, and text that UTF-8 can write."""
    try:
        return 0 < len(secret.encode()) <= MAX_PASSWORD_OCTETS and "\0" not in secret
    except UnicodeEncodeError:
        return False


def find(name: str) -> Account | None:
    """The account of a canonical address, closed ones included."""
    if not name.isprintable():  # NUL, lone surrogates: nobody is called that, and databases choke on it
        return None
    return Account.objects.filter(address=name).first()


def revoked(logins: Collection[Login]) -> set[Login]:
    """Which of these logins would not be let in any more: account closed, password changed, app password revoked."""
    accounts = dict(
        Account.objects.filter(pk__in={account_id for account_id, _ in logins}, is_active=True).values_list(
            "pk", "password"
        )
    )
    keys = {int(proof[4:]) for _, proof in logins if proof.startswith("app:")}
    app_passwords = (
        set(AppPassword.objects.filter(pk__in=keys).values_list("account_id", "pk")) if keys else set()
    )
    return {
        (account_id, proof)
        for account_id, proof in logins
        if account_id not in accounts
        or (
            (account_id, int(proof[4:])) not in app_passwords
            if proof.startswith("app:")
            else proof != accounts[account_id]
        )
    }


def forget() -> None:
    """Forget every password that was right (tests)."""
    with _lock:
        _right.clear()
        _familiar.clear()
        _suspects.clear()


def remember(account: Account, secret: str, proof: str, where: str) -> None:
    """Keep in mind that `secret` was right, and from where."""
    _bounded(_right, (account.pk, _keyed(secret)), proof)
    _bounded(_familiar, (account.pk, where), None)


def app_password_hash(secret: str) -> str:
    """What is stored of a generated password; 100 random bits need no slow hash."""
    compact = "".join(character for character in secret.lower() if character.isalnum())
    return hashlib.sha256(b"app-password:" + compact.encode()).hexdigest()


def _canonical(address: str) -> str:
    try:
        return addresses.canonical(address)
    except AddressInvalid:
        return address[:1_000].lower()


def _proof(account: Account | None, secret: str, protocol: str) -> str:
    """What makes the password right: an app password's name, or the stored hash; '' if nothing does."""
    if protocol != "web":
        found = _app_password(account, secret, protocol)  # asks for nobody's too: it would show in the time
        if found is not None:
            return f"app:{found.pk}"
    with _hashing:
        if account is None or not account.has_usable_password():
            hashers.check_password(secret, _nobodys_hash(type(hashers.get_hasher()).__name__))
            return ""
        return account.password if account.check_password(secret) else ""


def _note_use(account: Account, secret: str, proof: str) -> None:
    """What a successful login changes now and then: when an app password was used, a SCRAM verifier not yet made."""
    if proof.startswith("app:"):
        with writing.exclusive():
            AppPassword.objects.filter(pk=int(proof[4:])).update(last_used=timezone.now())
    elif not account.scram:
        account.scram = str(scram.derive(secret))
        with writing.exclusive():
            account.save(update_fields=["scram"])


def _app_password(account: Account | None, secret: str, protocol: str) -> AppPassword | None:
    wanted = app_password_hash(secret)
    for candidate in AppPassword.objects.filter(account_id=account.pk if account is not None else 0):
        if hmac.compare_digest(candidate.secret_hash, wanted) and candidate.allows(protocol):
            return candidate
    return None


@lru_cache(maxsize=4)
def _nobodys_hash(hasher: str) -> str:
    """A hash that nothing fits, as costly as everybody's; made once for each hasher in use."""
    return hashers.make_password(secrets.token_urlsafe(16))


def _is_let_in(
    account: Account | None, secret: str, protocol: str, name: str, where: str
) -> TypeGuard[Account]:
    """Whether this was right before, from there; then the account knows what proved it."""
    if account is None or not _is_remembered(account, secret, protocol, name, where):
        return False
    account.login_proof = _right[account.pk, _keyed(secret)]
    return True


def _is_remembered(account: Account, secret: str, protocol: str, name: str, where: str) -> bool:
    key = (account.pk, _keyed(secret))
    proof = _right.get(key)
    if proof is None or (account.pk, where) not in _familiar or not account.is_active:
        return False
    if _suspects.get((name, where), 0.0) > time.monotonic():
        return False
    if proof.startswith("app:"):
        return protocol != "web" and _app_password(account, secret, protocol) is not None
    return hmac.compare_digest(proof.encode(), account.password.encode())


def _keyed(secret: str) -> bytes:
    return hmac.digest(_process_key, secret.encode(), "sha256")


def _bounded(memory: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    with _lock:
        memory[key] = value
        memory.move_to_end(key)
        if len(memory) > REMEMBERED:
            memory.popitem(last=False)

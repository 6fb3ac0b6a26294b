"""Which account an address leads to: aliases, plus-tags, catch-all.

Addresses are compared in their canonical form: the local part in NFC (RFC 6530 §10.1) and without case (RFC
5321 §2.4 lets the receiving host decide), the domain in lower-case A-labels (RFC 5890 §2.3.2.1). New
addresses are stricter than what we look up: nobody gets one that looks like another's by full-width letters
or invisible characters.

Answers that found somebody are remembered for a few seconds, those that did not never are: a new account
can be written to at once, and a closed one takes mail for `CACHE_SECONDS` longer at most.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

import idna

from mailcore.identity.errors import AddressInvalid
from mailcore.models import Account, Alias, Domain

CACHE_SECONDS = 3.0
AT_HAND_SECONDS = 1.0  # what is promised to be at hand stays so for long enough to be used
CACHE_ENTRIES = 20_000
MAX_ALIAS_DEPTH = 10
MAX_TARGETS = 1_000
TAG = "+"

_LOCAL = re.compile(
    r"[a-z0-9!#$&'*=?^_`{|}~\u0080-\U0010ffff-]+(?:[.][a-z0-9!#$&'*=?^_`{|}~\u0080-\U0010ffff-]+)*"
)
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)

# The old ways to write somebody else's address into our own local parts: never worth a catch-all.
_ROUTING_CHARACTERS = frozenset('%!@:/\\"<>,;()[] \0')


class Kind(Enum):
    """What an address leads to."""

    ACCOUNT = "account"
    REMOTE = "remote"
    UNKNOWN = "unknown"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Target:
    """One place where mail for an address goes; `detail` is the plus-tag it was written with."""

    kind: Kind
    address: str
    account_id: int | None = None
    detail: str = ""


def canonical(text: str) -> str:
    """The one form in which addresses are compared and stored."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or len(text) > 1_000 or not local.isprintable():
        raise AddressInvalid("An address looks like name@example.org")
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{_canonical_local(local)}@{canonical_domain(domain)}"


def _canonical_local(local: str) -> str:
    if local.isascii():
        return local.lower()
    # Not `casefold`: it would make groß@ and gross@ one person.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())


def canonical_domain(text: str) -> str:
    """A domain name in lower-case A-labels."""
    name = text.strip().lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as problem:
            raise AddressInvalid(f"{text!r} is not a domain name") from problem
    if not _DOMAIN.fullmatch(name):
        raise AddressInvalid(f"{text!r} is not a domain name")
    return name


def for_new(text: str) -> str:
    """The canonical form of an address that somebody is going to get; refuses what could pass for another's."""
    address = canonical(text)
    local = address.rpartition("@")[0]
    if not _LOCAL.fullmatch(local) or local.startswith("-") or len(local.encode()) > 64 or len(address) > 254:
        raise AddressInvalid("The part before the @ may hold letters, digits, dots and hyphens")
    if unicodedata.normalize("NFKC", local) != local or any(
        unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp")
        for character in local
    ):
        raise AddressInvalid("The part before the @ has characters that look like others")
    return address


# --- looking up ---------------------------------------------------------------------------------------------

_Value = TypeVar("_Value")


class _Remembered(Generic[_Value]):
    """A few seconds of memory for answers that found something; the oldest make room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: dict[str, tuple[float, _Value]] = {}
        self._clock = clock

    def get(self, key: str, for_seconds: float = 0.0) -> _Value | None:
        entry = self._entries.get(key)
        return entry[1] if entry and entry[0] > self._clock() + for_seconds else None

    def put(self, key: str, value: _Value) -> None:
        if len(self._entries) >= CACHE_ENTRIES:
            self._entries.clear()
        self._entries[key] = (self._clock() + CACHE_SECONDS, value)

    def clear(self) -> None:
        self._entries.clear()


_resolved: _Remembered[tuple[Target, ...]] = _Remembered()
_senders: _Remembered[bool] = _Remembered()
_names: _Remembered[frozenset[str]] = _Remembered()


def forget() -> None:
    """Empty what was remembered: the directory changed."""
    _resolved.clear()
    _senders.clear()
    _names.clear()


def resolve(address: str) -> list[Target]:
    """Where mail for `address` goes: never empty, never twice the same place."""
    try:
        key = canonical(address)
    except AddressInvalid:
        return [Target(Kind.UNKNOWN, address)]
    found = _resolved.get(key)
    if found is None:
        found = tuple(_unique(_follow(key, "", frozenset())))
        if all(target.kind in (Kind.ACCOUNT, Kind.REMOTE) for target in found):
            _resolved.put(key, found)
    return list(found)


def remembered(address: str) -> list[Target] | None:
    """The answer of `resolve` if it is at hand without asking the database."""
    try:
        found = _resolved.get(canonical(address), AT_HAND_SECONDS)
    except AddressInvalid:
        return None
    return list(found) if found else None


def postmaster() -> str | None:
    """Whom `<Postmaster>` without a domain means (RFC 5321 §4.5.1): the alias or account of that name, or an admin."""
    for domain in Domain.objects.filter(is_active=True).order_by("id")[:20]:
        address = f"postmaster@{domain.name}"
        if all(target.kind in (Kind.ACCOUNT, Kind.REMOTE) for target in resolve(address)):
            return address
    admin = Account.objects.filter(is_active=True, is_superuser=True).order_by("id").first()
    return admin.address if admin else None


def _follow(address: str, detail: str, seen: frozenset[str]) -> list[Target]:
    """One step: a domain of others, an alias, an account, a plus-tag, a catch-all, or nobody."""
    local, _, domain_name = address.rpartition("@")
    domain = Domain.objects.filter(name=domain_name).first()
    if domain is None:
        return [Target(Kind.REMOTE, address)]
    if not domain.is_active:
        return [Target(Kind.DISABLED, address)]
    found = _named(address, detail, seen)
    if found is None:
        head, plus, tag = local.partition(TAG)
        found = _named(f"{head}@{domain_name}", detail or tag, seen) if head and plus else None
    if found is None and local == "postmaster":
        found = _administrator()
    if found is None and domain.catch_all_id and not _ROUTING_CHARACTERS.intersection(local):
        catcher = domain.catch_all
        if catcher is not None and catcher.is_active:
            return [Target(Kind.ACCOUNT, catcher.address, catcher.pk, detail)]
    return found or [Target(Kind.UNKNOWN, address)]


def _named(address: str, detail: str, seen: frozenset[str]) -> list[Target] | None:
    """Who has exactly that address; an alias goes first, and one that names itself means the account behind it."""
    if address not in seen and len(seen) < MAX_ALIAS_DEPTH:
        alias = Alias.objects.filter(address=address, is_active=True).first()
        if alias is not None:
            return _through(alias, detail, seen | {address})
    account = Account.objects.filter(address=address).only("id", "address", "is_active").first()
    if account is None:
        return None
    kind = Kind.ACCOUNT if account.is_active else Kind.DISABLED
    return [Target(kind, account.address, account.pk, detail)]


def _through(alias: Alias, detail: str, seen: frozenset[str]) -> list[Target]:
    """Everybody whom an alias stands for; targets that lead nowhere do not spoil those that lead somewhere."""
    targets: list[Target] = []
    for text in alias.targets[:MAX_TARGETS]:
        try:
            targets += _follow(canonical(text), detail, seen)
        except AddressInvalid:
            continue
    alive = [target for target in targets if target.kind in (Kind.ACCOUNT, Kind.REMOTE)]
    return (alive or targets or [Target(Kind.UNKNOWN, alias.address)])[:MAX_TARGETS]


def _administrator() -> list[Target] | None:
    """RFC 5321 §4.5.1: every domain has a postmaster, even one who never made the alias."""
    admin = Account.objects.filter(is_active=True, is_superuser=True).order_by("id").first()
    return [Target(Kind.ACCOUNT, admin.address, admin.pk)] if admin else None


def _unique(targets: list[Target]) -> list[Target]:
    seen: dict[object, Target] = {}
    for target in targets:
        seen.setdefault(target.account_id or target.address, target)
    return list(seen.values())


# --- speaking for -------------------------------------------------------------------------------------------


def may_send_as(account: Account, address: str) -> bool:
    """Whether mail may leave in that name: the own address (plus-tags too), an alias or catch-all that leads here."""
    try:
        wanted = canonical(address)
    except AddressInvalid:
        return False
    if wanted == account.address:
        return True
    key = f"{account.pk} {wanted}"
    if _senders.get(key):
        return True
    is_ours = any(
        target.kind is Kind.ACCOUNT and target.account_id == account.pk for target in resolve(wanted)
    )
    if is_ours:
        _senders.put(key, True)
    return is_ours


def names_of(account: Account) -> frozenset[str]:
    """The account's own address and the aliases that lead to it: what it may put into From."""
    key = str(account.pk)
    names = _names.get(key)
    if names is None:
        aliases = Alias.objects.filter(target__icontains=account.address, is_active=True).values_list(
            "address", flat=True
        )
        names = frozenset(
            [account.address, *(alias for alias in aliases[:1_000] if may_send_as(account, alias))]
        )
        _names.put(key, names)
    return names

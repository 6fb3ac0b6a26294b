"""How somebody wants the browser's pages to be: one table, kept in one JSON column of Account, written here alone.

A preference is a field of `Preferences`: its name, type, default and the values it may have. What is stored and makes
no sense (an older version, a hand in the database) counts as the default; what somebody asks for and does not exist
is refused.
"""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings

from mailcore.identity import addresses
from mailcore.identity.errors import AddressInvalid
from mailcore.models import Account
from mailcore.store import writing

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
ACCENTS = ("petrol", "blue", "violet", "rose", "amber", "green")
FONT_SIZES = ("normal", "large", "larger")
RAILS = ("wide", "narrow")
PANES = ("right", "below", "none")
DATE_FORMATS = ("auto", "dmy", "mdy", "ymd")
TIME_FORMATS = ("24", "12")
PAGE_SIZES = (25, 50, 100)
MARK_READ_SECONDS = (0, 3, 10, -1)  # -1: never by itself
UNDO_SECONDS = (None, 0, 5, 10, 20, 30)  # None: as the service is set up (MAIL_UNDO_SECONDS)
RECEIPTS = ("ask", "never", "always")
SHORTCUTS = ("gmail", "outlook", "off")
SWIPES = ("archive", "snooze", "delete", "read", "star", "nothing")
NOTIFY = ("all", "people", "none")
HOURS = tuple(range(24))
MOST_TRUSTED = 1_000


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """Where one may be: "" is wherever the browser says, then region and city."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("", *sorted(names), "UTC")


def languages() -> tuple[str, ...]:
    """What pages can speak: "" is whatever the browser asks for."""
    return ("", *(code for code, _ in settings.LANGUAGES))


def _one_of(default: Any, choices: Sequence[Any] | Callable[[], Sequence[Any]]) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, slots=True)
class Preferences:
    """The table."""

    language: str = _one_of("", languages)
    time_zone: str = _one_of("", time_zones)
    date_format: str = _one_of("auto", DATE_FORMATS)
    time_format: str = _one_of("24", TIME_FORMATS)
    page_size: int = _one_of(50, PAGE_SIZES)
    endless: bool = True  # the list goes on by itself at its end
    pane: str = _one_of("right", PANES)
    rail: str = _one_of("wide", RAILS)  # the folders, or their icons alone
    mark_read_seconds: int = _one_of(0, MARK_READ_SECONDS)
    theme: str = _one_of("auto", THEMES)
    accent: str = _one_of("petrol", ACCENTS)
    density: str = _one_of("comfortable", DENSITIES)
    font_size: str = _one_of("normal", FONT_SIZES)
    rich_text: bool = True  # how a new message begins
    reply_all: bool = False  # what "Reply" means when there were several recipients
    undo_seconds: int | None = _one_of(None, UNDO_SECONDS)
    receipts: str = _one_of("ask", RECEIPTS)  # whether senders who want to know are told (RFC 8098 §2.1)
    remote_images: bool = False  # show what HTML mail loads from afar without being asked
    notify: str = _one_of(
        "all", NOTIFY
    )  # of which mail a browser tells; "people": written to this one by a person
    notify_content: bool = True  # sender and subject are in it
    quiet_from: int = _one_of(-1, (-1, *HOURS))  # -1: never quiet
    quiet_until: int = _one_of(7, HOURS)
    shortcuts: str = _one_of("gmail", SHORTCUTS)
    swipe_on: str = _one_of("archive", SWIPES)  # a finger along the line of text
    swipe_back: str = _one_of("snooze", SWIPES)  # and against it
    trusted_senders: tuple[str, ...] = ()  # whose remote pictures are always shown
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # own shortcuts: action, its keys


LISTS = ("trusted_senders", "keys")  # not one of a few choices; their pages check them
FIELDS = {item.name: item for item in dataclasses.fields(Preferences)}


def choices(name: str) -> tuple[Any, ...]:
    """What a preference may be; KeyError for one that does not exist."""
    found = FIELDS[name].metadata.get("choices")
    if found is not None:
        return tuple(found() if callable(found) else found)
    return (True, False) if isinstance(FIELDS[name].default, bool) else ()


def of(account: Account) -> Preferences:
    """What was chosen; the default for everything that is missing or makes no sense."""
    stored: dict[str, Any] = account.preferences if isinstance(account.preferences, dict) else {}
    good = {name: value for name, value in stored.items() if name in FIELDS and _is_possible(name, value)}
    trusted = stored.get("trusted_senders")
    good["trusted_senders"] = tuple(map(str, trusted)) if isinstance(trusted, list) else ()
    own = stored.get("keys")
    good["keys"] = (
        {name: tuple(map(str, keys)) for name, keys in own.items() if isinstance(keys, list)}
        if isinstance(own, dict)
        else {}
    )
    return Preferences(**good)


def change(account: Account, **values: Any) -> Preferences:
    """Change some of them; TypeError for one that does not exist, ValueError for a value it cannot have."""
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"There is no preference {name!r}")
        if name not in LISTS and not _is_possible(name, value):
            raise ValueError(f"{name} cannot be {value!r}")
    chosen = replace(of(account), **values)
    # What is as usual is not stored: a better default later is for everybody who never chose.
    usual = asdict(Preferences())
    kept = {name: value for name, value in asdict(chosen).items() if value != usual[name]}
    account.preferences = _others(account) | kept
    with writing.exclusive():
        account.save(update_fields=["preferences"])
    return chosen


def read(name: str, text: str) -> Any:
    """What a form says, as the value of that preference. KeyError, ValueError."""
    possible = choices(name)
    if name in LISTS or not possible:
        raise KeyError(name)
    for value in possible:
        if written(value) == text:
            return value
    raise ValueError(f"{name} cannot be {text[:50]!r}")


def written(value: Any) -> str:
    """A value as a form says it; `read` understands it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "default" if value is None else str(value)


def trusts_images(account: Account, address: str) -> bool:
    """Whether remote pictures of this sender are shown without asking."""
    chosen = of(account)
    return chosen.remote_images or _canonical(address) in chosen.trusted_senders


def trust_images(account: Account, address: str) -> None:
    """Show remote pictures of this sender from now on."""
    name = _canonical(address)
    kept = [one for one in of(account).trusted_senders if one != name]
    if name:
        change(account, trusted_senders=(*kept, name)[-MOST_TRUSTED:])


def distrust_images(account: Account, address: str) -> None:
    """Ask again from now on."""
    name = _canonical(address)
    change(account, trusted_senders=tuple(one for one in of(account).trusted_senders if one != name))


def _is_possible(name: str, value: Any) -> bool:
    # 1 == True and 50 == 50.0: what is stored must be of the very type.
    return any(value == one and type(value) is type(one) for one in choices(name))


def _others(account: Account) -> dict[str, Any]:
    """What a newer version stored: a step back does not lose it."""
    stored = account.preferences if isinstance(account.preferences, dict) else {}
    return {name: value for name, value in stored.items() if name not in FIELDS}


def _canonical(address: str) -> str:
    try:
        return addresses.canonical(address)
    except AddressInvalid:
        return ""

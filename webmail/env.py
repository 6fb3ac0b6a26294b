"""Typed readers of the environment: the only place that touches `os.environ`.

A secret may also come from a file: `NAME_FILE` holds its path, which keeps it out of process listings.
A malformed value stops the start with the name of the variable.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The value as it stands."""
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool) -> bool:
    """1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no")


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """One of a few words."""
    value = text(name, default).upper()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(allowed)}")
    return value


def number(name: str, default: int, minimum: int = 0, maximum: int = 1 << 62) -> int:
    """A whole number within its bounds."""
    value = text(name)
    if not value:
        return default
    try:
        parsed = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a number") from None
    if not minimum <= parsed <= maximum:
        raise ImproperlyConfigured(f"{name}={value!r} is not between {minimum} and {maximum}")
    return parsed


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(name: str, default: str) -> tuple[int, ...]:
    """A list of durations such as `5m,15m,1h,1d`, in seconds."""
    value = text(name, default)
    found = []
    for item in value.split(","):
        item = item.strip()
        unit = _UNITS.get(item[-1:])
        digits = item[:-1] if unit else item
        if not digits.isdigit():
            raise ImproperlyConfigured(f"{name}: {item!r} is not a duration such as 90s, 15m, 4h or 5d")
        found.append(int(digits) * (unit or 1))
    return tuple(found)


def words(name: str, default: str = "") -> tuple[str, ...]:
    """A comma-separated list."""
    return tuple(item.strip() for item in text(name, default).split(",") if item.strip())


def path(name: str, default: Path) -> Path:
    """A path, made absolute."""
    value = text(name)
    return (Path(value).expanduser() if value else default).resolve()


def secret(name: str, fallback: Path | None = None) -> str:
    """A secret from NAME, from the file that NAME_FILE names, or from `fallback`; '' if there is none."""
    if value := text(name):
        return value
    source = text(f"{name}_FILE")
    candidate = Path(source) if source else fallback
    if candidate is None:
        return ""
    try:
        return candidate.read_text().strip()
    except FileNotFoundError:
        if source:
            raise ImproperlyConfigured(f"{name}_FILE: {candidate} does not exist") from None
        return ""
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}: {candidate} cannot be read ({problem.strerror})") from None

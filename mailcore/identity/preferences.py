"""How a reader wants the browser's pages to be: one JSON column of Account, read and written here alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from mailcore.identity import addresses
from mailcore.identity.errors import AddressInvalid
from mailcore.models import Account
from mailcore.store import writing

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
MOST_TRUSTED = 1_000


@dataclass(frozen=True, slots=True)
class Preferences:
    theme: str = "auto"
    density: str = "comfortable"
    remote_images: bool = False  # show what HTML mail loads from afar without being asked
    rich_text: bool = True  # how a new message begins
    trusted_senders: tuple[str, ...] = ()  # whose remote pictures are always shown


def of(account: Account) -> Preferences:
    """What was chosen; the default for everything that is missing or makes no sense."""
    stored: dict[str, Any] = account.preferences if isinstance(account.preferences, dict) else {}
    theme, density = stored.get("theme"), stored.get("density")
    trusted = stored.get("trusted_senders")
    return Preferences(
        theme=theme if theme in THEMES else "auto",
        density=density if density in DENSITIES else "comfortable",
        remote_images=stored.get("remote_images") is True,
        rich_text=stored.get("rich_text") is not False,
        trusted_senders=tuple(map(str, trusted)) if isinstance(trusted, list) else (),
    )


def change(account: Account, **values: Any) -> Preferences:
    """Change some of them; TypeError for one that does not exist, ValueError for a value it cannot have."""
    chosen = replace(of(account), **values)
    if chosen.theme not in THEMES or chosen.density not in DENSITIES:
        raise ValueError("No such choice")
    account.preferences = asdict(chosen) | {"trusted_senders": list(chosen.trusted_senders)}
    with writing.exclusive():
        account.save(update_fields=["preferences"])
    return chosen


def trusts_images(account: Account, address: str) -> bool:
    """Whether remote pictures of this sender are shown without asking."""
    chosen = of(account)
    return chosen.remote_images or _canonical(address) in chosen.trusted_senders


def trust_images(account: Account, address: str) -> None:
    """Always show this sender's remote pictures; the oldest choice goes when there are too many."""
    name = _canonical(address)
    kept = [one for one in of(account).trusted_senders if one != name]
    if name:
        change(account, trusted_senders=(*kept, name)[-MOST_TRUSTED:])


def distrust_images(account: Account, address: str) -> None:
    """Ask again from now on."""
    name = _canonical(address)
    change(account, trusted_senders=tuple(one for one in of(account).trusted_senders if one != name))


def _canonical(address: str) -> str:
    try:
        return addresses.canonical(address)
    except AddressInvalid:
        return ""

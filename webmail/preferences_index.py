"""The index of the settings: every page of them, in the order people look for things. An entry shows once it works."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as the index shows it."""

    name: str  # of its address
    url: str
    label: Words
    icon: str


# Heading, and what stands under it: name of the address, label, icon.
INDEX: tuple[tuple[Words, tuple[tuple[str, Words, str], ...]], ...] = (
    (
        _("Reading and writing"),
        (
            ("preferences", _("General"), "settings"),
            ("preferences-appearance", _("Appearance"), "sun"),
            ("identities", _("Identities and signatures"), "pencil"),
            ("templates", _("Templates"), "file"),
            ("label:index", _("Labels"), "label"),
            ("folders:index", _("Folders"), "folder"),
            ("shortcuts", _("Keyboard shortcuts"), "keyboard"),
            ("push:show", _("Notifications"), "bell"),
        ),
    ),
    (
        _("Privacy and safety"),
        (
            ("preferences-privacy", _("Images and privacy"), "eye-off"),
            ("blocked", _("Blocked senders"), "junk"),
            ("password", _("Password and sign-ins"), "lock"),
            ("delegation", _("Shared mailboxes"), "people"),
        ),
    ),
    (
        _("Your data"),
        (
            ("preferences-storage", _("Storage"), "archive"),
            ("transfer", _("Mail, in and out"), "download"),
            ("contacts:import", _("Contacts, in and out"), "people"),
            ("preferences-programs", _("Mail programs"), "phone"),
        ),
    ),
)


def parts() -> list[tuple[Words, list[Entry]]]:
    """What there is now, under its headings."""
    found = []
    for heading, lines in INDEX:
        entries = [
            Entry(name, url, label, icon) for name, label, icon in lines if (url := _url(name)) is not None
        ]
        if entries:
            found.append((heading, entries))
    return found


def _url(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None

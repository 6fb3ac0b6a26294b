"""What the settings pages say about each preference; and a new password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.auth.password_validation import validate_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from mailcore.identity import credentials, preferences
from mailcore.identity.errors import LoginRefused
from mailcore.identity.preferences import Preferences
from mailcore.models import Account
from webmail.rendering import when

Words = str | Promise

# name: label, hint
WORDS: dict[str, tuple[Words, Words]] = {
    "language": (_("Language"), _("Of these pages. Mail stays as it was written.")),
    "time_zone": (_("Time zone"), ""),
    "date_format": (_("Dates"), ""),
    "time_format": (_("Clock"), ""),
    "page_size": (_("Conversations on a page"), ""),
    "endless": (_("Endless list"), _("More is loaded as you come to the end. Without it there are pages.")),
    "pane": (_("Where mail opens"), ""),
    "mark_read_seconds": (_("Mark as read"), ""),
    "theme": (_("Light or dark"), ""),
    "accent": (_("Colour"), _("Every one keeps text readable, in light and in dark.")),
    "density": (_("Lists"), ""),
    "font_size": (_("Text size"), ""),
    "rich_text": (_("Begin with formatted text"), _("Otherwise new messages are plain text.")),
    "reply_all": (_("Answer everybody"), _("“Reply all” stands first, when there are several recipients.")),
    "undo_seconds": (_("Undo sending"), _("How long a message waits, so that you can take it back.")),
    "swipe_on": (_("Swipe forwards"), _("On a touch screen, along the line: what it does to a conversation.")),
    "swipe_back": (_("Swipe back"), _("Against the line.")),
    "receipts": (_("Read receipts"), _("When a sender asks to be told that you read a message.")),
    "remote_images": (
        _("Show pictures from other servers"),
        _(
            "They come through this server, so that the sender never sees where you are."
            " But the sender may learn that you opened the message."
        ),
    ),
    "notify": (_("Tell me of"), _("New mail in the inbox. Spam and other folders stay silent.")),
    "notify_content": (_("Show sender and subject"), _("Otherwise only that there is new mail.")),
    "quiet_from": (_("Quiet from"), ""),
    "quiet_until": (_("Quiet until"), ""),
}  # fmt: skip
_SWIPES: dict[Any, Words] = {
    "archive": _("Archive"), "snooze": _("Snooze"), "delete": _("Delete"), "read": _("Read or unread"),
    "star": _("Star"), "nothing": _("Nothing"),
}  # fmt: skip
LABELS: dict[str, dict[Any, Words]] = {
    "date_format": {
        "auto": _("As usual in the language"), "dmy": "31.12.2026", "mdy": "12/31/2026", "ymd": "2026-12-31",
    },
    "time_format": {"24": "14:05", "12": "2:05 pm"},
    "pane": {"right": _("Beside the list"), "below": _("Below the list"), "none": _("In place of the list")},
    "mark_read_seconds": {
        -1: _("Never by itself"), 0: _("At once"), 3: _("After 3 seconds"), 10: _("After 10 seconds"),
    },
    "theme": {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")},
    "accent": {
        "petrol": _("Petrol"), "blue": _("Blue"), "violet": _("Violet"), "rose": _("Rose"), "amber": _("Amber"),
        "green": _("Green"),
    },
    "density": {"comfortable": _("Comfortable"), "compact": _("Compact")},
    "font_size": {"normal": _("Normal"), "large": _("Large"), "larger": _("Larger")},
    "notify": {
        "all": _("All new mail"), "people": _("What people write to me, no newsletters or lists"), "none": _("Nothing"),
    },
    "swipe_on": _SWIPES,
    "swipe_back": _SWIPES,
    "receipts": {"ask": _("Ask me each time"), "never": _("Never send one"), "always": _("Always send one")},
}  # fmt: skip

# Page: heading → preferences, in order.
PAGES: dict[str, tuple[tuple[Words, tuple[str, ...]], ...]] = {
    "preferences": (
        (_("Language and time"), ("language", "time_zone", "date_format", "time_format")),
        (_("Reading"), ("mark_read_seconds",)),
        (_("Writing"), ("rich_text", "reply_all", "undo_seconds")),
    ),
    "preferences-appearance": (
        (_("Colours"), ("theme", "accent")),
        (_("Size"), ("density", "font_size")),
        (_("Reading"), ("pane", "endless", "page_size")),
        (_("Touch"), ("swipe_on", "swipe_back")),
    ),
    "preferences-privacy": ((_("Pictures"), ("remote_images",)), (_("Receipts"), ("receipts",))),
    "push:show": (
        (_("What is told"), ("notify", "notify_content")),
        (_("Quiet hours"), ("quiet_from", "quiet_until")),
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value as the page offers it."""

    value: str
    label: Words
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One preference on its page."""

    name: str
    label: Words
    hint: Words
    kind: str  # switch, swatches, choice
    choices: tuple[Choice, ...] = ()
    is_on: bool = False


def lines(page: str, chosen: Preferences) -> list[tuple[Words, list[Line]]]:
    """The cards of a page."""
    return [(heading, [_line(name, chosen) for name in names]) for heading, names in PAGES[page]]


def names(page: str) -> list[str]:
    """The preferences of a page."""
    return [name for _heading, found in PAGES[page] for name in found]


def posted(page: str, form: Mapping[str, str]) -> dict[str, Any]:
    """A page sent without scripts: every preference of it. ValueError for what cannot be."""
    found = {}
    for name in names(page):
        is_switch = isinstance(preferences.FIELDS[name].default, bool)
        text = form.get(name, "no" if is_switch else None)
        if text is not None:
            found[name] = preferences.read(name, text)
    return found


def _line(name: str, chosen: Preferences) -> Line:
    label, hint = WORDS[name]
    value = getattr(chosen, name)
    if isinstance(value, bool):
        return Line(name, label, hint, "switch", is_on=value)
    offered = tuple(
        Choice(preferences.written(one), text, one == value)
        for one, text in _labelled(name, preferences.choices(name))
    )
    return Line(name, label, hint, "swatches" if name == "accent" else "choice", offered)


def _labelled(name: str, values: Iterable[Any]) -> Iterable[tuple[Any, Words]]:
    known = LABELS.get(name, {})
    languages = dict(settings.LANGUAGES)
    for value in values:
        if name == "language":
            yield value, _own_name(value, languages) if value else _("As the browser asks")
        elif name == "time_zone":
            yield value, value.replace("_", " ") if value else _("As the browser says")
        elif name == "undo_seconds":
            if value is not None:
                yield value, _seconds(value) if value else _("Send at once")
            else:
                yield value, _("As usual here (%s s)") % settings.MAIL_UNDO_SECONDS
        elif name in ("quiet_from", "quiet_until"):
            yield value, when.clock(datetime(2000, 1, 1, value)) if value >= 0 else _("Never")
        elif name == "page_size":
            yield value, str(value)
        else:
            yield value, known[value]


def _own_name(code: str, languages: Mapping[str, str]) -> str:
    """A language in itself: nobody looks for Deutsch under "German"."""
    own = LANG_INFO.get(code, {}).get("name_local")
    return str(own or languages[code])


def _seconds(count: int) -> Words:
    return ngettext_lazy("%d second", "%d seconds", count) % count


class NameForm(forms.Form):
    """Who one is, as others see it."""

    name = forms.CharField(label=_("Your name"), max_length=200, required=False)

    def clean_name(self) -> str:
        """One line, and no address in disguise."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if any(character in name for character in "<>@\0"):
            raise forms.ValidationError(_("A name has no @, < or >."))
        return name


class PasswordForm(forms.Form):
    """The old password, and the new one twice (SECURITY D24)."""

    old = forms.CharField(label=_("Password now"), max_length=4096, strip=False)
    new = forms.CharField(label=_("New password"), max_length=4096, strip=False)
    again = forms.CharField(label=_("New password again"), max_length=4096, strip=False)

    def __init__(self, *args: object, account: Account, peer: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._account, self._peer = account, peer

    def clean_old(self) -> str:
        """Throttled like every other look at a password."""
        old = str(self.cleaned_data["old"])
        try:
            credentials.check(self._account.address, old, protocol="web", peer=self._peer)
        except LoginRefused as refusal:
            raise forms.ValidationError(_("That is not your password now.")) from refusal
        return old

    def clean_new(self) -> str:
        """Not too short, not everybody's, not your own name."""
        new = str(self.cleaned_data["new"])
        validate_password(new, self._account)
        return new

    def clean(self) -> dict[str, object]:
        """Both times the same."""
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", _("The two are not the same."))
        return given

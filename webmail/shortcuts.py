"""The keyboard: one table of everything a key can do, and what each preset binds to it.

A key is written as the sheet shows it: `j`, `#`, `Shift+Enter`, `Ctrl+Enter` (Command on a Mac), or one after
another with a blank between: `g i`. Upper case is Shift: `I`. The page carries the keys of its reader as JSON
(`keys`), static/js/shortcuts.js turns a key into the name of an action, and whoever knows the action does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mailcore.identity.preferences import Preferences

MOST_KEYS = 4  # of one action
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key can do."""

    name: str
    label: str | Promise
    gmail: tuple[str, ...]
    outlook: tuple[str, ...]


def _row(name: str, label: str | Promise, gmail: str, outlook: str = "") -> Action:
    """Alternatives stand with " | " between them."""
    return Action(name, label, _keys(gmail), _keys(outlook))


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | ")) if text else ()


GROUPS: tuple[tuple[str | Promise, tuple[Action, ...]], ...] = (
    (_("Moving about"), (
        _row("next", _("Next conversation"), "j", "Ctrl+."),
        _row("previous", _("Previous conversation"), "k", "Ctrl+,"),
        _row("message-next", _("Next message"), "n", "."),
        _row("message-previous", _("Previous message"), "p", ","),
        _row("open", _("Open"), "o", "o | Enter"),
        _row("back", _("Back to the list"), "u", ""),
        _row("close", _("Close, or select nothing"), "Escape", "Escape"),
        _row("older", _("Older page"), "g n", ""),
        _row("newer", _("Newer page"), "g p", ""),
        _row("expand-all", _("Show all messages"), ";", "x"),
        _row("collapse-all", _("Fold all messages"), ":", "Shift+X"),
        _row("refresh", _("Look for new mail"), "N", "F9"),
        _row("toolbar", _("To the toolbar"), ",", "Ctrl+F6"),
    )),
    (_("Going to"), (
        _row("search", _("Search"), "/", "/ | Alt+q"),
        _row("go-inbox", _("Inbox"), "g i", "g i | Ctrl+Shift+i"),
        _row("go-starred", _("Starred"), "g s", "g f"),
        _row("go-snoozed", _("Snoozed"), "g b", "g b"),
        _row("go-sent", _("Sent"), "g t", "g s"),
        _row("go-drafts", _("Drafts"), "g d", "g d"),
        _row("go-archive", _("Archive"), "g a", "g a"),
        _row("go-spam", _("Spam"), "g !", "g j"),
        _row("go-trash", _("Trash"), "g #", "g Delete"),
        _row("go-contacts", _("Contacts"), "g c", "g p"),
        _row("go-folder", _("The list of folders and labels"), "g l", "g l"),
        _row("go-settings", _("Settings"), "g ,", "g ,"),
    )),
    (_("Selecting"), (
        _row("select", _("Select"), "x", "Space"),
        _row("select-all", _("Select all"), "* a", "Ctrl+a"),
        _row("select-none", _("Select none"), "* n", "* n"),
        _row("select-read", _("Select the read ones"), "* r", "* r"),
        _row("select-unread", _("Select the unread ones"), "* u", "* u"),
        _row("select-starred", _("Select the starred ones"), "* s", "* s"),
        _row("select-unstarred", _("Select those without a star"), "* t", "* t"),
    )),
    (_("Acting"), (
        _row("archive", pgettext_lazy("verb", "Archive"), "e | y", "e | Backspace"),
        _row("archive-next", _("Archive, and on to the next"), "] | }", "]"),
        _row("archive-previous", _("Archive, and back to the one before"), "[ | {", "["),
        _row("delete", _("Delete"), "# | Delete", "Delete"),
        _row("spam", _("Spam, or not spam"), "!", "j"),
        _row("read", _("Mark as read"), "I", "q"),
        _row("unread", _("Mark as unread"), "U", "u"),
        _row("unread-here", _("Mark as unread from this message on"), "_", "Alt+u"),
        _row("star", _("Star"), "s", "Insert"),
        _row("important", _("Important"), "+ | =", "+"),
        _row("unimportant", _("Not important"), "-", "-"),
        _row("label", _("Labels"), "l", "c"),
        _row("move", _("Move to"), "v", "v"),
        _row("snooze", _("Snooze"), "b", "b"),
        _row("more", _("More actions"), ".", "Shift+F10"),
        _row("undo", _("Undo"), "z", "Ctrl+z"),
    )),
    (_("Writing"), (
        _row("compose", _("New message"), "c", "n"),
        _row("compose-window", _("New message in its own window"), "d", "N"),
        _row("reply", _("Reply"), "r", "r"),
        _row("reply-all", _("Reply to all"), "a", "R"),
        _row("forward", _("Forward"), "f", "F"),
        _row("reply-window", _("Reply in its own window"), "R", ""),
        _row("reply-all-window", _("Reply to all in its own window"), "A", ""),
        _row("forward-window", _("Forward in its own window"), "F", ""),
        _row("send", _("Send"), "Ctrl+Enter", "Ctrl+Enter | Alt+s"),
        _row("choose-from", _("Choose who writes"), "Ctrl+Shift+F", "Ctrl+Shift+F"),
        _row("add-cc", _("Add Cc"), "Ctrl+Shift+C", "Ctrl+Shift+C"),
        _row("add-bcc", _("Add Bcc"), "Ctrl+Shift+B", "Ctrl+Shift+B"),
    )),
    (_("Help"), (_row("help", _("This sheet"), "?", "?"),)),
)  # fmt: skip

ACTIONS: dict[str, Action] = {action.name: action for _heading, actions in GROUPS for action in actions}


class KeyInvalid(ValueError):
    """No key is called that."""


class KeyTaken(ValueError):
    """Another action has it."""

    def __init__(self, key: str, action: Action) -> None:
        super().__init__(key)
        self.key, self.action = key, action


def bound(chosen: Preferences) -> dict[str, tuple[str, ...]]:
    """The keys of every action, as this reader has them."""
    if chosen.shortcuts == "off":
        return dict.fromkeys(ACTIONS, ())
    own = chosen.keys
    return {name: tuple(own.get(name, preset(action, chosen.shortcuts))) for name, action in ACTIONS.items()}


def preset(action: Action, name: str) -> tuple[str, ...]:
    """The keys of an action in a preset; none when shortcuts are off."""
    return {"gmail": action.gmail, "outlook": action.outlook}.get(name, ())


def keys(chosen: Preferences) -> str:
    """For the page: {key: action} as JSON, "<" escaped, for a data block."""
    if not chosen.keys:
        return _preset_keys(chosen.shortcuts)
    return _written(bound(chosen))


@lru_cache(maxsize=4)
def _preset_keys(name: str) -> str:
    return _written({each.name: preset(each, name) for each in ACTIONS.values()})


def _written(table: Mapping[str, tuple[str, ...]]) -> str:
    by_key = {key: name for name, all_keys in table.items() for key in all_keys}
    return json.dumps(by_key, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


_MODIFIERS = r"(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?"
_NAMED = r"Enter|Escape|Space|Tab|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Arrow(?:Up|Down|Left|Right)|F\d\d?"
_KEY = re.compile(rf"{_MODIFIERS}(?:{_NAMED}|[^\s\x00-\x1f])\Z")


def read(text: str) -> str:
    """A key as somebody pressed or typed it. KeyInvalid."""
    strokes = text.split()
    if not 0 < len(strokes) <= 3 or len(text) > LONGEST or not all(map(_KEY.match, strokes)):
        raise KeyInvalid(text[:LONGEST])
    return " ".join(strokes)


def rebound(
    chosen: Preferences, name: str, wanted: tuple[str, ...], *, take: bool = False
) -> dict[str, list[str]]:
    """The reader's own keys with `wanted` for an action. KeyTaken when another has one, unless `take` takes it away.

    `g` alone and `g i` cannot both be: the first would never be finished.
    """
    now = bound(chosen)
    own = {action: list(all_keys) for action, all_keys in chosen.keys.items() if action in ACTIONS}
    for key in wanted:
        for other, all_keys in now.items():
            clashes = [one for one in all_keys if other != name and _clash(one, key)]
            if clashes and not take:
                raise KeyTaken(clashes[0], ACTIONS[other])
            if clashes:
                own[other] = [one for one in all_keys if one not in clashes]
    own[name] = list(dict.fromkeys(wanted))[:MOST_KEYS]
    if tuple(own[name]) == preset(ACTIONS[name], chosen.shortcuts):
        del own[name]
    return own


def _clash(one: str, other: str) -> bool:
    return one == other or f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} ")

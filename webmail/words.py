"""What scripts say: a small table of sentences that every signed-in page carries in the reader's language.

static/js/words.js reads it. Most sentences of a script are rendered by the template it works on, where they are
seen without scripts too; this table is for what appears by itself: a lost connection, a count that grows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_noop as noop

Counted = Callable[[int], str]

WORDS: dict[str, str] = {  # {name} is filled in by the script
    "close": noop("Close"),
    "no-connection": noop("No connection. Nothing was changed; please try again."),
    "not-kept": noop("No connection, and this was not kept on this device."),
    "outbox-refused": noop("A message of the outbox could not be sent. It is a draft now."),
    "sign-out-offline": noop(
        "What was kept here is deleted. Please sign out again when there is a connection."
    ),
    "offline": noop("You are offline. What you see was kept on this device."),
    "online": noop("You are online again."),
    "rescue": noop("This browser holds words that were never saved:"),
    "rescue-drop": noop("Throw away: {subject}"),
    "rescue-untitled": noop("(no subject)"),
}
COUNTED: dict[str, Counted] = {  # %(count)s becomes {count}
    "outbox": lambda n: ngettext(
        "%(count)s message waits to be sent.", "%(count)s messages wait to be sent.", n
    ),
    "outbox-lost": lambda n: ngettext(
        "%(count)s message was not sent yet and will be lost. Sign out?",
        "%(count)s messages were not sent yet and will be lost. Sign out?",
        n,
    ),
    "outbox-sent": lambda n: ngettext(
        "%(count)s message of the outbox was sent.", "%(count)s messages of the outbox were sent.", n
    ),
    "unread": lambda n: ngettext("%(count)s unread message", "%(count)s unread messages", n),
}
# A number of each kind of CLDR's plural rules, wherever the kind exists; Intl.PluralRules names the kind.
_EXAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


@lru_cache(maxsize=64)
def table(language: str) -> str:
    """The sentences of one language as JSON; a counted one is an object of plural kinds."""
    with override(language):
        said: dict[str, str | dict[str, str]] = {key: gettext(text) for key, text in WORDS.items()}
        for key, counted in COUNTED.items():
            said[key] = _kinds(counted)
    # For a <script type="application/json">: no "</script>" and no comment may end it early.
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _kinds(counted: Counted) -> dict[str, str]:
    forms = {kind: counted(number).replace("%(count)s", "{count}") for kind, number in _EXAMPLES.items()}
    return {kind: text for kind, text in forms.items() if kind == "other" or text != forms["other"]}

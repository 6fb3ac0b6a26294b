"""Labels: make, rename, colour, hide, delete; which of them wait unread; what other programs have set.

Applying one is `flags.add` with its keyword. Keywords that a desktop client has invented become labels as soon as
an entry carries them; the marks that programs keep for themselves ($Forwarded, NonJunk, …) never do.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Protocol

from django.db import connection

from mailcore.models import Label
from mailcore.models.label import COLOURS
from mailcore.store import flags, mailboxes, writing
from mailcore.store.errors import MailError, NameInvalid, NotFound, NotPermitted

MOST_LABELS = 500
MOST_ADOPTED = 100  # of what other programs have set
LONGEST_NAME, LONGEST_KEYWORD = 100, 60
BATCH = 2_000

# Thunderbird's five, which Roundcube and others share.
KNOWN = {
    "$label1": ("Important", "red"),
    "$label2": ("Work", "orange"),
    "$label3": ("Personal", "green"),
    "$label4": ("To Do", "blue"),
    "$label5": ("Later", "violet"),
}
# What programs note for themselves; so does everything else that begins with "$".
_MARKS = (
    "junk nonjunk notjunk junkrecorded spam nonspam forwarded redirected mdnsent"
    " seen answered flagged deleted draft recent"
)
_NOT_LABELS = frozenset(_MARKS.split())
_NO_ATOM = re.compile(r"[^a-z0-9_-]+")

# Word for word the condition of the indexes `entry_keywords` and `entry_keywords_unseen`.
KEYWORDED = "NOT expunged AND NOT (keywords = '') AND length(keywords) < 1000"
_UNSEEN = f"{KEYWORDED} AND (flags & 1) = 0"


class Keyworded(Protocol):
    """A label, or as much of it as counting needs."""

    @property
    def id(self) -> int: ...
    @property
    def keyword(self) -> str: ...


class LabelNotFound(NotFound):
    """The account has no such label."""


class LabelExists(MailError):
    """The name is taken."""


def listing(account_id: int) -> list[Label]:
    """Every label of the account, in the reader's order, then by name."""
    found = Label.objects.filter(account_id=account_id)
    return sorted(found, key=lambda label: (label.position, label.name.casefold(), label.id))


def one(account_id: int, label_id: int) -> Label:
    """Raises LabelNotFound."""
    found = Label.objects.filter(account_id=account_id, id=label_id).first()
    if found is None:
        raise LabelNotFound("No such label")
    return found


def named(account_id: int, name: str) -> Label | None:
    """The label that somebody means who types its name: case does not count, nor does "-" instead of a space."""
    wanted = _typed(name)
    labels = listing(account_id)
    return next((label for label in labels if _typed(label.name) == wanted), None) or next(
        (label for label in labels if label.keyword.lower() == name.strip().lower()), None
    )


def create(account_id: int, name: str, colour: str = "") -> Label:
    """A new label; without a colour, in the one that is used least. Raises LabelExists, NameInvalid."""
    name = _checked(name)
    with writing.account(account_id) as write:
        labels = listing(account_id)
        if any(_typed(label.name) == _typed(name) for label in labels):
            raise LabelExists("There is a label of that name already")
        if len(labels) >= MOST_LABELS:
            raise NotPermitted("Too many labels")
        taken = {label.keyword.lower() for label in labels} | {
            word.lower() for text in _texts(account_id) for word in text.split()
        }
        label = Label(
            id=write.new_id(),
            account_id=account_id,
            name=name,
            keyword=_keyword(name, taken),
            colour=colour if colour in COLOURS else _least_used(labels),
        )
        label.save(force_insert=True)
        return label


def rename(account_id: int, label_id: int, name: str) -> Label:
    """Call it something else; its keyword stays, so every other program still knows it."""
    name = _checked(name)
    with writing.account(account_id):
        label = one(account_id, label_id)
        others = (other for other in listing(account_id) if other.id != label_id)
        if any(_typed(other.name) == _typed(name) for other in others):
            raise LabelExists("There is a label of that name already")
        label.name = name
        label.save(update_fields=["name"])
        return label


def recolour(account_id: int, label_id: int, colour: str) -> Label:
    """One of COLOURS. Raises NotPermitted for another."""
    if colour not in COLOURS:
        raise NotPermitted("There is no such colour")
    return _change(account_id, label_id, colour=colour)


def hide(account_id: int, label_id: int, is_hidden: bool = True) -> Label:
    """Keep it out of the rail, or show it there again."""
    return _change(account_id, label_id, is_hidden=is_hidden)


def _change(account_id: int, label_id: int, **values: str | bool) -> Label:
    with writing.account(account_id):
        label = one(account_id, label_id)
        for name, value in values.items():
            setattr(label, name, value)
        label.save(update_fields=list(values))
        return label


def delete(account_id: int, label_id: int) -> list[tuple[int, list[int]]]:
    """Take it off everything, a batch at a time, then forget it; mailbox ids and UIDs that carried it.

    Interrupted, it is still there with fewer entries, and can be deleted again.
    """
    label = one(account_id, label_id)
    word = frozenset([label.keyword])
    taken: list[tuple[int, list[int]]] = []
    for mailbox in mailboxes.listing(account_id):
        uids = _carriers(account_id, mailbox.id, label.keyword)
        for start in range(0, len(uids), BATCH):
            flags.remove(mailbox, uids[start : start + BATCH], 0, word)
        if uids:
            taken.append((mailbox.id, uids))
    with writing.account(account_id):
        Label.objects.filter(account_id=account_id, id=label_id).delete()
    return taken


def restore(account_id: int, name: str, keyword: str, colour: str) -> Label:
    """Undo a deletion, as far as the label itself goes; harmless if somebody has made it again."""
    with writing.account(account_id) as write:
        known = Label.objects.filter(account_id=account_id, keyword=keyword).first()
        if known is not None:
            return known
        label = Label(id=write.new_id(), account_id=account_id, name=name, keyword=keyword, colour=colour)
        label.save(force_insert=True)
        return label


def _carriers(account_id: int, mailbox_id: int, keyword: str) -> list[int]:
    # The mailbox is read through: entries with more keywords than the index holds carry it too.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid, keywords FROM mailcore_entry"
            " WHERE account_id = %s AND mailbox_id = %s AND NOT expunged AND keywords <> '' ORDER BY uid",
            [account_id, mailbox_id],
        )
        return [uid for uid, text in cursor.fetchall() if keyword.lower() in text.lower().split()]


# --- what entries carry -----------------------------------------------------------------------------


def texts_with(account_id: int, keyword: str) -> list[str]:
    """The distinct keyword texts of live entries in which the keyword stands, whatever its case."""
    lowered = keyword.lower()
    return [text for text in _texts(account_id) if lowered in text.lower().split()]


def unseen(account_id: int, labels: Iterable[Keyworded], hidden: Collection[int] = ()) -> dict[int, int]:
    """Label id → entries with it that are unread, not counting those in `hidden` mailboxes (Trash, Junk)."""
    by_keyword = {label.keyword.lower(): label.id for label in labels}
    if not by_keyword:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT keywords, mailbox_id, count(*) FROM mailcore_entry WHERE account_id = %s AND {_UNSEEN}"
            " GROUP BY keywords, mailbox_id",
            [account_id],
        )
        counted: Counter[int] = Counter()
        for text, mailbox_id, count in cursor.fetchall():
            if mailbox_id in hidden:
                continue
            for word in {word.lower() for word in text.split()} & by_keyword.keys():
                counted[by_keyword[word]] += count
    return dict(counted)


def adopt(account_id: int, known: Iterable[Label]) -> list[Label]:
    """Make labels of keywords that other programs have set and nobody has named yet; those it made."""
    names = {label.keyword.lower() for label in known}
    words: dict[str, str] = {}
    for text in _texts(account_id):
        for word in text.split():
            if word.lower() not in names and is_label(word):
                words.setdefault(word.lower(), word)
    if not words:
        return []
    with writing.account(account_id) as write:
        labels = listing(account_id)
        names = {label.keyword.lower() for label in labels}
        made: list[Label] = []
        for lowered, word in sorted(words.items()):
            if lowered in names or len(labels) + len(made) >= MOST_ADOPTED:
                continue
            name, colour = KNOWN.get(lowered, (word[:LONGEST_NAME], _least_used([*labels, *made])))
            label = Label(id=write.new_id(), account_id=account_id, name=name, keyword=word, colour=colour)
            label.save(force_insert=True)
            made.append(label)
        return made


def is_label(keyword: str) -> bool:
    """Whether people call such a keyword a label: not what programs note for themselves."""
    lowered = keyword.lower()
    if lowered.startswith("$"):
        return lowered in KNOWN
    return lowered not in _NOT_LABELS and len(keyword) <= LONGEST_NAME


def _texts(account_id: int) -> list[str]:
    """Every distinct text of keywords: from one to the next along the index, however many entries carry each."""
    following = f"SELECT min(keywords) FROM mailcore_entry WHERE account_id = %s AND {KEYWORDED}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE texts(one) AS ({following} UNION ALL"
            f" SELECT ({following} AND keywords > texts.one) FROM texts WHERE texts.one IS NOT NULL)"
            " SELECT one FROM texts WHERE one IS NOT NULL",
            [account_id, account_id],
        )
        return [row[0] for row in cursor.fetchall()]


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise NameInvalid("A label needs a name of at most 100 characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise NameInvalid("A label's name holds a character that names cannot have")
    return name


def _typed(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().replace("-", " ").replace("_", " ").strip()


def _keyword(name: str, taken: Collection[str]) -> str:
    """An atom that reminds of the name, as desktop clients make theirs; nobody else's yet (RFC 9051 §9)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = _NO_ATOM.sub("_", plain).strip("_-")[:LONGEST_KEYWORD] or "label"
    number = 1
    keyword = stem
    while keyword in taken or not is_label(keyword) or keyword == "label":
        number += 1
        keyword = f"{stem}_{number}"
    return keyword


def _least_used(labels: Iterable[Label]) -> str:
    used = Counter(label.colour for label in labels)
    return min(COLOURS[1:], key=lambda colour: used[colour])

"""Gmail's labels, of which some are what others call folders and flags.

Google Takeout writes them into each message of its mbox, in the language of the account
(`X-Gmail-Labels: Inbox,Unread,"Plans, big ones"`); over IMAP they are X-GM-LABELS (`\\Inbox "Plans"`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailcore.message.encoded_words import decode
from mailcore.models.entry import DRAFT, FLAGGED

FIELD = re.compile(rb"^X-Gmail-Labels:((?:[^\n]*\n(?=[ \t]))*[^\n]*)", re.MULTILINE | re.IGNORECASE)
MOST = 100  # labels of one message

# What it is → what Gmail calls it: over IMAP, in English, German, French, Spanish, Portuguese, Italian.
_NAMES = {
    "inbox": "inbox/posteingang/boîte de réception/recibidos/caixa de entrada/posta in arrivo",
    "sent": "sent/sent mail/gesendet/messages envoyés/enviados/e-mails enviados/posta inviata",
    "drafts": "drafts/draft/entwürfe/brouillons/borradores/rascunhos/bozze",
    "trash": "trash/bin/papierkorb/corbeille/papelera/lixeira/cestino",
    "spam": "spam/junk/correo no deseado",
    "starred": "starred/flagged/markiert/suivis/messages suivis/destacados/com estrela/speciali",
    "unread": "unread/ungelesen/non lus/non lu/no leídos/não lidas/não lidos/da leggere/non letti",
    "": (
        "opened/geöffnet/ouvert/abierto/aberto/aperto/archived/archiviert/archivé/archivados/arquivado/archiviato"
        "/important/wichtig/importante/importanti/all/all mail/alle nachrichten/chat/chats/muted"
    ),
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names.split("/")}
_CATEGORY = re.compile(r"(?:category|kategorie|catégorie|categoría|categoria)\b", re.IGNORECASE)
# A letter that one sent oneself lies in the inbox; what was thrown away lies nowhere else.
_MAILBOXES = (
    ("trash", "Trash"),
    ("spam", "Junk"),
    ("drafts", "Drafts"),
    ("inbox", "INBOX"),
    ("sent", "Sent"),
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """What the labels of a message mean here."""

    mailbox: str
    flags: int
    labels: tuple[str, ...]
    is_unread: bool


def in_header(head: bytes) -> Sorted | None:
    """Of a message's header fields; None: it does not come from Takeout."""
    found = FIELD.search(head)
    if found is None:
        return None
    # Each folded line is an encoded word of its own, and a word may be cut anywhere (RFC 2047 §6.2 joins them).
    text = decode(re.sub(r"\r?\n[ \t]+", " ", found[1].decode("utf-8", "replace")).strip())
    return meant(next(csv.reader([text], skipinitialspace=True), []))


def meant(words: Iterable[str]) -> Sorted:
    """Folders, flags and labels apart."""
    roles: set[str] = set()
    labels: list[str] = []
    for word in list(words)[:MOST]:
        word = " ".join(word.split())
        role = _ROLES.get(word.removeprefix("\\").casefold())
        if role is not None:
            roles.add(role)
        elif word and not _CATEGORY.match(word) and word not in labels:
            labels.append(word)
    mailbox = next((name for role, name in _MAILBOXES if role in roles), "Archive")
    flags = (FLAGGED if "starred" in roles else 0) | (DRAFT if "drafts" in roles else 0)
    return Sorted(mailbox, flags, tuple(labels), "unread" in roles)

"""Who a reply goes to and what it quotes: RFC 5322 §3.6.2, §3.6.3."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mailcore.message import addresses
from mailcore.message.addresses import Mailbox
from mailcore.message.references import base_subject

MAX_SUBJECT = 500


def recipients(
    sender: str,
    reply_to: str,
    to: str,
    cc: str,
    *,
    own: Collection[str],
    to_all: bool,
    followup_to: str = "",
) -> tuple[str, str]:
    """To and Cc of an answer. `own` are the writer's addresses: nobody writes to himself, unless there is nobody else.

    An answer to one's own message goes where that went. Mail-Followup-To, where a list member asks for it, is for all.
    """
    mine = {address.lower() for address in own}
    authors = _mailboxes(reply_to) or _mailboxes(sender)
    is_mine = bool(authors) and all(mailbox.key in mine for mailbox in authors)
    if to_all and followup_to:
        return _show(_others(_mailboxes(followup_to), mine, set())), ""
    if is_mine:
        first = _mailboxes(to) or authors
        chosen = _others(first, mine, set()) or first[:1]
    else:
        chosen = authors
    seen = {mailbox.key for mailbox in chosen}
    if not to_all:
        return _show(_unique(chosen)), ""
    also = [] if is_mine else _others(_mailboxes(to), mine, seen)
    copies = _others(_mailboxes(cc), mine, seen | {mailbox.key for mailbox in also})
    return _show(_unique(chosen)), _show([*also, *copies])


def _mailboxes(value: str) -> list[Mailbox]:
    return [
        mailbox for mailbox in addresses.mailboxes(addresses.parse(value)) if mailbox.local and mailbox.domain
    ]


def _others(found: Iterable[Mailbox], mine: Collection[str], seen: set[str]) -> list[Mailbox]:
    return [mailbox for mailbox in _unique(found) if mailbox.key not in mine and mailbox.key not in seen]


def _unique(found: Iterable[Mailbox]) -> list[Mailbox]:
    return list({mailbox.key: mailbox for mailbox in reversed(list(found))}.values())[::-1]


def _show(found: Iterable[Mailbox]) -> str:
    return ", ".join(map(str, found))


def subject(original: str, word: str) -> str:
    """`Re: …` or `Fwd: …`, once: an answer to an answer stays one."""
    original = " ".join(original.split())[:MAX_SUBJECT]
    if word.lower() == "re" and original[:3].lower() == "re:":
        return original
    if word.lower() != "re" and original[:4].lower() in ("fwd:", "fw: "):
        return original
    if word.lower() == "re" and base_subject(original)[1]:
        _, colon, rest = original.partition(":")
        if colon and not base_subject(rest)[1] and _is_reply_word(original):
            original = rest.strip()  # "AW: x" becomes "Re: x", not "Re: AW: x"
    return f"{word}: {original}" if original else f"{word}:"


def _is_reply_word(text: str) -> bool:
    return text.partition(":")[0].strip().lower() in (
        "aw",
        "antw",
        "sv",
        "odp",
        "rif",
        "ynt",
        "回复",
        "答复",
        "返信",
    )


def quoted(text: str) -> str:
    """Each line behind a ">": RFC 3676 §4.5."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}" if line else ">" for line in lines)

"""The way back: what a button did, as steps in a signed note that its answer carries. The server keeps no state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from django.core import signing
from django.utils.translation import gettext as _

from mailcore.changes.change import read_uids
from mailcore.store import errors, flags, labels, mailboxes, messages

SECONDS = 3_600
_SALT = "webmail.undo"
_SALT_OF_SEVERAL = "webmail.undo-several"

Step = tuple[str, int, str, int | str]  # verb, mailbox, UIDs, operand


class TooLate(Exception):
    """The note is not ours, not this account's, or too old."""


def token(account_id: int, steps: Sequence[Step]) -> str:
    """The note; empty if nothing was done that could be undone."""
    return signing.dumps([account_id, list(steps)], salt=_SALT, compress=True) if steps else ""


def read(account_id: int, text: str) -> list[Step]:
    """The steps of a note. Raises TooLate."""
    try:
        owner, steps = signing.loads(text, salt=_SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError) as problem:
        raise TooLate(_("It is too late to undo that.")) from problem
    if owner != account_id:
        raise TooLate(_("It is too late to undo that."))
    return [(verb, mailbox_id, uids, operand) for verb, mailbox_id, uids, operand in steps]


def token_of_several(person_id: int, steps: Sequence[tuple[int, Sequence[Step]]]) -> str:
    """The note for what one person did in several accounts."""
    done = [(account_id, list(own)) for account_id, own in steps if own]
    return signing.dumps([person_id, done], salt=_SALT_OF_SEVERAL, compress=True) if done else ""


def read_several(person_id: int, text: str) -> list[tuple[int, list[Step]]]:
    """The steps of such a note, account by account. Raises TooLate."""
    try:
        owner, done = signing.loads(text, salt=_SALT_OF_SEVERAL, max_age=SECONDS)
    except (signing.BadSignature, ValueError) as problem:
        raise TooLate(_("It is too late to undo that.")) from problem
    if owner != person_id:
        raise TooLate(_("It is too late to undo that."))
    return [(account_id, [(*step,) for step in steps]) for account_id, steps in done]


def perform(account_id: int, steps: Sequence[Step]) -> None:
    """Go back, the last step first. What has changed since is left as it is."""
    for verb, mailbox_id, text, operand in reversed(steps):
        uids = [uid for low, high in read_uids(text) for uid in range(low, high + 1)]
        VERBS[verb](account_id, mailbox_id, uids, operand)


def _move(account_id: int, mailbox_id: int, uids: list[int], target: int | str) -> None:
    source = mailboxes.fresh(account_id, mailbox_id)
    messages.move(source, uids, mailboxes.fresh(account_id, int(target)))


def _refill(account_id: int, mailbox_id: int, uids: list[int], name: int | str) -> None:
    source = mailboxes.fresh(account_id, mailbox_id)
    messages.move(source, uids, mailboxes.named(account_id, str(name)))


def _make(account_id: int, _mailbox_id: int, _uids: list[int], name: int | str) -> None:
    try:
        mailboxes.create(account_id, str(name))
    except errors.MailboxExists:
        return  # somebody was faster


def _make_label(account_id: int, _mailbox_id: int, _uids: list[int], what: int | str) -> None:
    name, keyword, colour = json.loads(str(what))
    labels.restore(account_id, name, keyword, colour)


def _add(account_id: int, mailbox_id: int, uids: list[int], bit: int | str) -> None:
    flags.add(mailboxes.fresh(account_id, mailbox_id), uids, int(bit))


def _remove(account_id: int, mailbox_id: int, uids: list[int], bit: int | str) -> None:
    flags.remove(mailboxes.fresh(account_id, mailbox_id), uids, int(bit))


def _add_keyword(account_id: int, mailbox_id: int, uids: list[int], keyword: int | str) -> None:
    flags.add(mailboxes.fresh(account_id, mailbox_id), uids, 0, frozenset([str(keyword)]))


def _remove_keyword(account_id: int, mailbox_id: int, uids: list[int], keyword: int | str) -> None:
    flags.remove(mailboxes.fresh(account_id, mailbox_id), uids, 0, frozenset([str(keyword)]))


VERBS: dict[str, Callable[[int, int, list[int], int | str], None]] = {
    "move": _move,
    "refill": _refill,  # back into a folder that was removed and made again: by its name
    "make": _make,
    "make-label": _make_label,
    "add": _add,
    "remove": _remove,
    "add-keyword": _add_keyword,
    "remove-keyword": _remove_keyword,
}

"""Plant the demo: domains, accounts, folders, then every letter where it would be by now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailcore.demo import letters, newsletters, writer
from mailcore.demo.letters import Letter
from mailcore.demo.newsletters import Bulletin
from mailcore.demo.people import ALIASES, DOMAINS, FOLDERS, LOCAL, PEOPLE, Person, person
from mailcore.identity import accounts, aliases, domains
from mailcore.message.summary import summarize
from mailcore.models.entry import ANSWERED, DRAFT, FLAGGED, SEEN
from mailcore.models.mailbox import DRAFTS, INBOX, JUNK, SENT
from mailcore.people import completion
from mailcore.store import blobs, mailboxes, messages

FIRST = PEOPLE["nora"].address
AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Copy:
    """One message in one mailbox of one person."""

    owner: str
    mailbox: str  # a name, or a special use
    when: datetime
    raw: bytes
    prefix: bytes = b""
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Planted:
    accounts: list[str]
    messages: int


def plant(password: str, now: datetime | None = None) -> Planted:
    """Raises identity's errors where the demo, or something of its name, lives already."""
    now = now or datetime.now(UTC)
    for domain in DOMAINS:
        domains.add(domain)
    ids = {key: _account(key, password) for key in LOCAL}
    for address, members in ALIASES.items():
        aliases.add(address, [PEOPLE[key].address for key in members])
    copies = sorted(everything(now), key=lambda copy: copy.when)
    for key, account_id in ids.items():
        _fill(account_id, [copy for copy in copies if copy.owner == key])
        completion.remember(account_id, _written_to(key, now), when=int(now.timestamp()))
    return Planted([PEOPLE[key].address for key in LOCAL], len(copies))


def _account(key: str, password: str) -> int:
    who = PEOPLE[key]
    account = accounts.create(who.address, password, name=who.name)
    if who.signature:
        accounts.change(account, signature=who.signature)
    for name in FOLDERS.get(key, ()):
        mailboxes.create(account.pk, name)
    return int(account.pk)


def _fill(account_id: int, copies: list[Copy]) -> None:
    places: dict[str, int] = {}
    for start in range(0, len(copies), AT_ONCE):
        arrivals = []
        for copy in copies[start : start + AT_ONCE]:
            if copy.mailbox not in places:
                find = mailboxes.special if copy.mailbox.startswith("\\") else mailboxes.named
                places[copy.mailbox] = find(account_id, copy.mailbox).pk
            arrivals.append(
                messages.Arrival(
                    account_id=account_id,
                    mailbox_id=places[copy.mailbox],
                    stored=blobs.put(copy.raw),
                    summary=summarize(copy.raw, copy.when),
                    prefix=copy.prefix,
                    flags=copy.flags,
                    internaldate=int(copy.when.timestamp()),
                )
            )
        messages.append(arrivals)


# --- where every letter is by now -----------------------------------------------------------------


def everything(now: datetime) -> Iterator[Copy]:
    written = letters.all_letters(now)
    answered = {
        (letter.sender, id(letter.answers)) for letter in written if letter.answers and not letter.draft
    }
    for letter in written:
        yield from _copies(letter, {who for who, original in answered if original == id(letter)})
    for bulletin in newsletters.all_bulletins(now):
        yield from _delivered(bulletin)


def _copies(letter: Letter, answered_by: set[str]) -> Iterator[Copy]:
    raw = writer.letter_bytes(letter)
    if letter.draft:
        yield Copy(letter.sender, DRAFTS, letter.when, raw, flags=SEEN | DRAFT)
        return
    if letter.sender in LOCAL:
        yield Copy(
            letter.sender,
            SENT,
            letter.when,
            raw,
            flags=SEEN | (FLAGGED if letter.sender in letter.star else 0),
        )
    for key in dict.fromkeys(_members((*letter.to, *letter.cc, *letter.bcc))):
        if key == letter.sender:
            continue
        flags = 0 if key in letter.unread else SEEN
        flags |= (FLAGGED if key in letter.star else 0) | (ANSWERED if key in answered_by else 0)
        place = JUNK if key in letter.junk else letter.folder.get(key, INBOX)
        top = writer.trace(person(letter.sender), PEOPLE[key], letter.when, passes=key not in letter.junk)
        yield Copy(key, place, letter.when, raw, top, flags)


def _members(keys: Iterable[str]) -> Iterator[str]:
    """Local people behind keys and aliases."""
    for key in keys:
        if key in LOCAL:
            yield key
        elif key not in PEOPLE:
            yield from ALIASES.get(person(key).address, ())


def _delivered(bulletin: Bulletin) -> Iterator[Copy]:
    for key in bulletin.to:
        place = bulletin.folder if bulletin.folder in FOLDERS.get(key, ()) else INBOX
        flags = (0 if bulletin.unread else SEEN) | (FLAGGED if bulletin.starred else 0)
        top = writer.trace(bulletin.sender, PEOPLE[key], bulletin.when)
        yield Copy(key, place, bulletin.when, bulletin.raw, top, flags)


def _written_to(key: str, now: datetime) -> list[tuple[str, str]]:
    """Everyone this person has sent mail to: what the completion of recipients offers."""
    people: list[Person] = [
        person(to)
        for letter in letters.all_letters(now)
        if letter.sender == key and not letter.draft
        for to in (*letter.to, *letter.cc)
    ]
    return [(who.address, who.name) for who in people]

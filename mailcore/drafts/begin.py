"""How a draft begins: empty, as an answer, as a forward, or where another client left off in \\Drafts."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mailcore.drafts import rows, send, signatures
from mailcore.identity import addresses as directory
from mailcore.identity import senders
from mailcore.identity.preferences import of as preferences_of
from mailcore.identity.senders import Sender
from mailcore.message import addresses, attachments, bodies, mailing_list, reply
from mailcore.message.part import Part, load
from mailcore.models import Account, Draft, Entry, Message
from mailcore.models.mailbox import DRAFTS
from mailcore.store import blobs, mailboxes
from mailcore.store.errors import NotFound

Clean = Callable[[str], str]  # HTML from outside → HTML that may be sent on

LONGEST_QUOTE = 500_000
MOST_REFERENCES = 100
RFC822 = "message/rfc822"


def new(
    account: Account, *, to: str = "", cc: str = "", bcc: str = "", subject: str = "", text: str = ""
) -> Draft:
    """An empty one, or what a mailto: link asks for; the signature waits below."""
    send.forget_old(account.pk)
    return rows.create(
        account, to=to, cc=cc, bcc=bcc, subject=subject, **_body(account, senders.default(account), text)
    )


def reply_to(
    account: Account, message: Message, *, to_all: bool, clean: Clean, to_list: bool = False
) -> Draft:
    """An answer to the sender (to all: to everyone else who got it; to the list: to nobody else), with the original
    ready to go along.
    """
    send.forget_old(account.pk)
    own = {account.address}
    everyone = f"{message.to}, {message.cc}"
    for person in addresses.mailboxes(addresses.parse(everyone)):
        if directory.may_send_as(account, person.address):
            own.add(person.key)
    wishes = mailing_list.read(blobs.slice(bytes(message.digest), 0, message.header_size))
    to, cc = reply.recipients(
        message.sender,
        message.reply_to,
        message.to,
        message.cc,
        own=own,
        to_all=to_all,
        followup_to=wishes.followup_to,
    )
    if to_list and wishes.post:
        to, cc = wishes.post, ""
    draft = rows.create(
        account,
        kind=Draft.Kind.REPLY,
        source_id=message.id,
        references=_references(message),
        to=to,
        cc=cc,
        subject=reply.subject(message.subject, "Re"),
        quote_intro=_wrote(message),
        **_body(account, _answering_as(account, message)),
        **_quote(message, clean),
    )
    _bring_pictures(draft, message)
    return rows.of(account.pk, draft.id)


def forward(account: Account, message: Message, *, clean: Clean) -> Draft:
    """The message on its way to somebody else, with everything attached to it."""
    send.forget_old(account.pk)
    draft = rows.create(
        account,
        kind=Draft.Kind.FORWARD,
        source_id=message.id,
        references=_references(message),
        subject=reply.subject(message.subject, "Fwd"),
        quote_intro=_forwarded(message),
        **_body(account, _answering_as(account, message)),
        **_quote(message, clean, prefix=""),
    )
    _bring_pictures(draft, message)
    for part in attachments_of(message):
        _bring(draft, message, part)
    return rows.of(account.pk, draft.id)


def forward_attached(account: Account, messages: Sequence[Message]) -> Draft:
    """Messages as they are, each a message/rfc822 attachment: header, signatures and all (RFC 2046 §5.2.1)."""
    send.forget_old(account.pk)
    first = messages[0]
    is_one = len(messages) == 1
    draft = rows.create(
        account,
        kind=Draft.Kind.FORWARD,
        source_id=first.id if is_one else None,
        references=_references(first) if is_one else "",
        subject=reply.subject(first.subject, "Fwd") if is_one else "",
        **_body(account, _answering_as(account, first)),
    )
    for message in messages:
        with blobs.upload() as incoming:
            for chunk in _as_it_is(message):
                incoming.write(chunk)
            stored = incoming.finish()
        name = re.sub(r"[^\w .-]+", " ", message.subject).strip()[:80] or _("message")
        rows.attach(draft, stored, name=f"{name}.eml", type=RFC822)
    return rows.of(account.pk, draft.id)


def resume(account: Account, message: Message, *, clean: Clean) -> Draft:
    """Go on with a message in \\Drafts: the draft it mirrors, or a new one made of what another client wrote."""
    mailbox = mailboxes.special(account.pk, DRAFTS)
    place = Entry.objects.filter(
        account_id=account.pk, mailbox_id=mailbox.id, message_id=message.id, expunged=False
    ).first()
    if place is None:
        raise NotFound("This draft was sent or deleted")
    known = rows.mirrored(account.pk, mailbox.id, place.uid)
    if known is not None:
        return send.settle(account, known)
    root = load(bytes(message.parts))
    rich = bodies.html(root)
    text, source = _text(root, message), bodies.source(rich, _fetch(message)) if rich else ""
    draft = rows.create(
        account,
        message_id=message.message_id,
        references=message.references,
        kind=Draft.Kind.REPLY if message.references else Draft.Kind.NEW,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        subject=message.subject,
        is_rich=bool(rich),
        text=text,
        html=clean(source[:LONGEST_QUOTE]) if rich else "",
        mirror_mailbox_id=mailbox.id,
        mirror_uid=place.uid,
    )
    _bring_pictures(draft, message)
    for part in attachments_of(message):
        _bring(draft, message, part)
    return rows.of(account.pk, draft.id)


def as_html(text: str) -> str:
    """Plain text as the rich editor holds it: a block a line."""
    lines = text.split("\n") if text else [""]
    return "".join(f"<div>{markup.escape(line, quote=False) or '<br>'}</div>" for line in lines)


def _body(account: Account, sender: Sender, text: str = "") -> dict[str, object]:
    """Who writes, and room for the text above their signature."""
    room = f"{as_html(text)}<div><br></div>" if sender.signature else as_html(text)
    below = signatures.plain(sender.signature)
    return {
        "sender": sender.address,
        "identity_id": sender.id or None,
        "is_rich": preferences_of(account).rich_text,
        "text": f"{text}\n\n{below}" if below else text,
        "html": room + signatures.html(sender.signature),
    }


# --- the original -----------------------------------------------------------------------------------


def _quote(message: Message, clean: Clean, prefix: str = "> ") -> dict[str, object]:
    root = load(bytes(message.parts))
    rich = bodies.html(root)
    source = bodies.source(rich, _fetch(message), LONGEST_QUOTE) if rich else ""
    text = _text(root, message)[:LONGEST_QUOTE]
    return {
        "quote_text": reply.quoted(text) if prefix else text,
        "quote_html": clean(source) if source else "",
        "has_quote": True,
    }


def _text(root: Part, message: Message) -> str:
    part = bodies.best_text(root)
    return bodies.text(part, _fetch(message)).strip("\n") if part else ""


def _fetch(message: Message) -> Callable[[int, int], bytes]:
    digest = bytes(message.digest)
    return lambda start, length: blobs.slice(digest, start, length)


def _references(message: Message) -> str:
    known = [one for one in message.references.split() if one] + (
        [message.message_id] if message.message_id else []
    )
    return " ".join(dict.fromkeys(known[:1] + known[1:][-(MOST_REFERENCES - 1) :]))


def _answering_as(account: Account, message: Message) -> Sender:
    """The own address that the message was sent to, so that an alias answers for itself."""
    people = addresses.mailboxes(addresses.parse(f"{message.to}, {message.cc}"))
    wrote = addresses.mailboxes(
        addresses.parse(message.sender)
    )  # one's own message goes on from the same address
    found = senders.first_of(account, [person.address for person in (*wrote, *people) if person.address])
    return found or senders.default(account)


def _wrote(message: Message) -> str:
    return _("On %(date)s, %(sender)s wrote:") % {"date": _date(message), "sender": _first(message.sender)}


def _forwarded(message: Message) -> str:
    lines = [_("---------- Forwarded message ----------"), _("From: %s") % message.sender]
    lines += [_("Date: %s") % _date(message), _("Subject: %s") % message.subject, _("To: %s") % message.to]
    return "\n".join(lines + ([_("Cc: %s") % message.cc] if message.cc else []) + [""])


def _date(message: Message) -> str:
    at = timezone.localtime(datetime.fromtimestamp(message.sent, UTC))
    return date_format(at, pgettext("day", "D, j M Y, H:i"))


def _first(senders: str) -> str:
    return next((str(person) for person in addresses.mailboxes(addresses.parse(senders))), senders)


def _as_it_is(message: Message) -> Iterator[bytes]:
    """The octets that came, without the trace fields we put before them; none of ours are anybody's business."""
    return blobs.chunks(bytes(message.digest))


# --- its files --------------------------------------------------------------------------------------


def attachments_of(message: Message) -> list[Part]:
    """What is attached, pictures shown within the text left out."""
    root = load(bytes(message.parts))
    shown = set(map(id, bodies.reading(root).inline.values()))
    return [part for part in bodies.attachments(root) if id(part) not in shown]


def _bring_pictures(draft: Draft, message: Message) -> None:
    """Pictures that the quoted HTML shows come along under the same Content-ID."""
    for content_id, part in bodies.reading(load(bytes(message.parts))).inline.items():
        if f"cid:{content_id}" in draft.quote_html or f"cid:{content_id}" in draft.html:
            _bring(draft, message, part, content_id)


def _bring(draft: Draft, message: Message, part: Part, content_id: str = "") -> None:
    with blobs.upload() as incoming:
        for chunk in bodies.decoded_chunks(part, _fetch(message)):
            incoming.write(chunk)
        stored = incoming.finish()
    name = attachments.name(part)
    rows.attach(draft, stored, name=name, type=part.type, content_id=content_id)

"""Read receipts answered: sent once, or never, and every mail program sees which by $MDNSent (RFC 3503 §3.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from mailcore.identity import senders
from mailcore.message import addresses, receipt
from mailcore.message.receipt import Wish
from mailcore.models import Account, Entry, Message
from mailcore.outbound import submit
from mailcore.store import blobs, flags, mailboxes, writing
from mailcore.store.errors import NotFound

SETTLED = "$MDNSent"
MOST_HEADER = 256 << 10


def wanted(account_id: int, message: Message, header: bytes) -> Wish | None:
    """What the message asks for, if nobody has answered yet."""
    found = receipt.wish(header)
    return None if found is None or _is_settled(account_id, message.id) else found


def send(account: Account, message: Message, *, is_automatic: bool = False) -> bool:
    """Tell the sender that it was read; False if that is settled, or nobody may be told."""
    start = bytes(message.prefix)
    header = start + blobs.slice(bytes(message.digest), 0, min(message.header_size, MOST_HEADER))
    found = receipt.wish(header)
    if found is None or (is_automatic and not found.is_plain) or not settle(account.pk, message):
        return False
    people = addresses.mailboxes(addresses.parse(f"{message.to}, {message.cc}"))
    sender = senders.first_of(account, [person.address for person in people]) or senders.default(account)
    reader = next(iter(addresses.mailboxes(addresses.parse(str(sender)))))
    about = {
        "date": date_format(localtime(datetime.fromtimestamp(message.sent, UTC)), "D, j M Y, H:i"),
        "subject": message.subject,
        "reader": str(reader),
    }
    words = _(
        "Your message of %(date)s to %(reader)s with the subject\n\n    %(subject)s\n\nwas displayed. This does not"
        " mean that it was read or understood.\n"
    )
    note = receipt.Receipt(
        wish=found,
        reader=reader,
        subject=_("Read: %s") % message.subject,
        words=words % about,
        hostname=settings.MAIL_HOSTNAME,
        program=settings.MAIL_PRODUCT_NAME,
        date=datetime.now(UTC),
        is_automatic=is_automatic,
    )
    with blobs.upload() as octets:
        for chunk in receipt.write(note):
            octets.write(chunk)
        stored = octets.finish()
        to = [person.address for person in found.to]
        # From nobody: a receipt is never answered by another (RFC 8098 §2.1). Signed by who wrote it.
        domain = reader.address.rpartition("@")[2]
        submit.submit(account.pk, "", to, stored, buffer=octets.buffer(), sign_as=domain)
    return True


def settle(account_id: int, message: Message) -> bool:
    """Never ask again; False if that was so already."""
    with writing.account(account_id):
        if _is_settled(account_id, message.id):
            return False
        places = Entry.objects.filter(account_id=account_id, message_id=message.id, expunged=False)
        for mailbox_id, uid in places.values_list("mailbox_id", "uid"):
            try:
                flags.add(mailboxes.fresh(account_id, mailbox_id), [uid], 0, frozenset({SETTLED}))
            except NotFound:
                continue
    return True


def _is_settled(account_id: int, message_id: int) -> bool:
    rows = Entry.objects.filter(account_id=account_id, message_id=message_id, expunged=False)
    return any(SETTLED in keywords.split() for keywords in rows.values_list("keywords", flat=True))

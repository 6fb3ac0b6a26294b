"""What a careful reader would have noticed about a letter, in sentences, with what to do. The rules are deception's."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from mailcore.message import deception
from mailcore.message.deception import Facts, Kind, Reason
from mailcore.message.headers import read
from mailcore.models import Account, Contact, Message
from webmail.rendering import links
from webmail.rendering.people import Person
from webmail.rendering.sanitize import Link

MOST_CONTACTS = 1_000
LOOKED_BACK = 3_000  # messages; enough for most mailboxes, few enough to look through while the page is made


@dataclass(frozen=True, slots=True)
class Warned:
    """A notice above the letter."""

    kind: str
    level: str  # danger, warning, info
    text: str
    advice: str = ""


def facts(
    row: Message, account: Account, sender: Person, answers: Person | None, header: bytes, said: list[Link]
) -> Facts:
    """What there is to know about one message."""
    address = sender.address.lower()
    contacts = _contacts(account)
    is_list = row.is_list or b"list-unsubscribe" in read(
        header, 0, len(header), frozenset({b"list-unsubscribe"})
    )
    return Facts(
        sender=address,
        name=sender.name,
        reply_to=answers.address.lower() if answers else "",
        reader=account.address.lower(),
        contacts=contacts,
        verdicts=deception.verdicts(header, settings.MAIL_HOSTNAME),
        links=tuple((link.text, links.destination(link.target)) for link in said),
        is_list=is_list,
        is_first=not is_list
        and not row.auto_submitted
        and address not in contacts
        and _is_first(row, address),
    )


def warnings(known: Facts) -> list[Warned]:
    """The notices for these facts, the worst first."""
    return [_sentence(reason) for reason in deception.reasons(known)]


def _contacts(account: Account) -> dict[str, str]:
    """The most used contacts of the account, asked for once in a request."""
    found: dict[str, str] | None = account.__dict__.get("_known_people")
    if found is None:
        rows = Contact.objects.filter(account_id=account.pk).order_by("-uses", "-last_used")
        found = dict(rows.values_list("address", "name")[:MOST_CONTACTS])
        account.__dict__["_known_people"] = found
    return found


def _is_first(row: Message, address: str) -> bool:
    """Whether none of the messages just before this one came from there. Row ids count up within an account."""
    if not row.pk or not address:
        return False
    before = Message.objects.filter(account_id=row.account_id, id__gte=row.id - LOOKED_BACK, id__lt=row.id)
    return not before.filter(sender__icontains=address).exists()


def _sentence(reason: Reason) -> Warned:
    values = {"shown": reason.shown, "actual": reason.actual}
    careful = _("Do not open its links or attachments, and do not answer with anything private.")
    other_way = _("If you know the sender, ask in another way, by telephone for example.")
    level, text, advice = {
        Kind.FAILED: (
            "danger",
            _(
                "This letter says that it comes from %(actual)s, but that could not be confirmed. It may be forged."
            ),
            careful,
        ),
        Kind.LOOKALIKE: (
            "danger",
            _("The sender's domain %(actual)s looks like %(shown)s, but is another one."),
            careful,
        ),
        Kind.NAMED_ADDRESS: (
            "warning",
            _("The sender's name looks like the address %(shown)s. The letter was sent from %(actual)s."),
            _("If you answer, you answer to %(actual)s.") % values,
        ),
        Kind.NAMED_CONTACT: (
            "warning",
            _("The sender has the name of somebody you know (%(shown)s), but writes from %(actual)s."),
            other_way,
        ),
        Kind.LYING_LINK: (
            "danger",
            _("A link in this letter says %(shown)s, but leads to %(actual)s."),
            _("Do not sign in there. Type the address you know into your browser instead."),
        ),
        Kind.DISGUISED_LINK: (
            "danger",
            _("A link in this letter leads to %(actual)s, which only looks like %(shown)s."),
            _("Do not sign in there. Type the address you know into your browser instead."),
        ),
        Kind.REPLY_ELSEWHERE: (
            "warning",
            _("An answer to this letter goes to %(actual)s, not to its sender."),
            _("Look at the address before you send."),
        ),
        Kind.FOREIGN_SCRIPT: (
            "info",
            _("The sender's domain is written in letters beyond ASCII: %(shown)s (%(actual)s)."),
            "",
        ),
        Kind.FIRST: ("info", _("New sender: none of your recent letters came from this address."), ""),
    }[reason.kind]
    return Warned(reason.kind.value, level, text % values, advice)

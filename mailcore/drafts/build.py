"""A draft → the octets of a message: RFC 5322, RFC 2045 to 2049."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from mailcore.drafts import signatures
from mailcore.identity import senders
from mailcore.message import addresses, compose
from mailcore.models import Account, Draft, DraftFile
from mailcore.store import blobs
from mailcore.store.blobs import Upload
from mailcore.store.errors import MessageTooBig

QUOTE_STYLE = "margin:0 0 0 .8ex;border-left:2px solid #b9c4c4;padding-left:1ex"


def upload(account: Account, draft: Draft, files: list[DraftFile], *, with_bcc: bool = False) -> Upload:
    """Write the message where it is safe; the caller finishes or discards it. Raises MessageTooBig."""
    incoming = blobs.upload()
    try:
        for chunk in octets(account, draft, files, with_bcc=with_bcc):
            incoming.write(chunk)
            if incoming.size > settings.MAIL_MAX_MESSAGE_BYTES:
                limit = settings.MAIL_MAX_MESSAGE_BYTES >> 20
                text = _("The message is too big: with its files it may have %(limit)d MB")
                raise MessageTooBig(text % {"limit": limit})
    except BaseException:
        incoming.discard()
        raise
    return incoming


def octets(
    account: Account, draft: Draft, files: list[DraftFile], *, with_bcc: bool = False
) -> Iterator[bytes]:
    """The message in chunks. Bcc is written for drafts alone: what is sent never has it."""
    text, html = bodies(draft)
    sender = senders.of_draft(account, draft.sender, draft.identity_id)
    references = tuple(draft.references.split())
    letter = compose.Letter(
        sender=str(sender),
        to=draft.to if with_bcc else _members(draft.to),
        cc=draft.cc if with_bcc else _members(draft.cc),
        bcc=draft.bcc if with_bcc else "",
        reply_to=sender.reply_to,
        written_by=_on_behalf(draft),
        subject=draft.subject,
        date=datetime.now(UTC),
        message_id=draft.message_id,
        in_reply_to=references[-1] if references and draft.kind == Draft.Kind.REPLY else "",
        references=references,
        text=text,
        html=html,
        attachments=[
            compose.Attachment(file.name, file.type, _reader(file), file.content_id)
            for file in wanted(files, html)
        ],
        extra=_wishes(draft),
    )
    return compose.compose(letter)


def _on_behalf(draft: Draft) -> str:
    """The colleague who sends it in the author's name."""
    colleague = Account.objects.filter(pk=draft.sent_by).first() if draft.sent_by else None
    return addresses.display(colleague.name, colleague.address) if colleague else ""


def wanted(files: list[DraftFile], html: str) -> list[DraftFile]:
    """Without pictures that the text no longer shows; in a plain message they are ordinary files."""
    return [file for file in files if not file.content_id or not html or f"cid:{file.content_id}" in html]


def bodies(draft: Draft) -> tuple[str, str]:
    """(plain text, HTML or '') with the original below."""
    if not draft.is_rich:
        quote = f"\n\n{draft.quote_intro}\n{draft.quote_text}" if draft.has_quote and draft.quote_text else ""
        return draft.text.rstrip("\n") + quote + "\n", ""
    html = draft.html
    text = signatures.text_of(html)
    if draft.has_quote and (draft.quote_html or draft.quote_text):
        html += quoted_html(draft)
        text += f"\n\n{draft.quote_intro}\n{draft.quote_text}"
    return text + "\n", html


def quoted_html(draft: Draft) -> str:
    """The original as it is sent along: introduced, and set off by a bar (not in a forward)."""
    intro = "<br>".join(_escaped(line) for line in draft.quote_intro.splitlines())
    content = draft.quote_html or _escaped(draft.quote_text).replace("\n", "<br>")
    if draft.kind == Draft.Kind.FORWARD:
        return f"<div><br>{intro}<br><br>{content}</div>"
    return f'<div><br>{intro}<blockquote type="cite" style="{QUOTE_STYLE}">{content}</blockquote></div>'


def _members(field: str) -> str:
    """Groups (RFC 5322 §3.4) are for writing; what is sent names people, which every program can answer."""
    return ", ".join(map(str, addresses.mailboxes(addresses.parse(field)))) if ";" in field else field


def _wishes(draft: Draft) -> list[tuple[str, str]]:
    """Fields that ask something of the readers: a receipt (RFC 8098 §2.1), and more or less of their attention."""
    fields = [("Disposition-Notification-To", draft.sender)] if draft.wants_receipt else []
    if draft.importance:
        # The second is what older programs of a certain make look at.
        fields.append(("Importance", draft.importance))
        fields.append(
            ("X-Priority", "1 (Highest)" if draft.importance == Draft.Importance.HIGH else "5 (Lowest)")
        )
    return fields


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reader(file: DraftFile) -> Callable[[], Iterator[bytes]]:
    return partial(blobs.chunks, bytes(file.digest))

"""A letter → RFC 5322 bytes, as the mail program of its writer would send it.

The standard library writes these, on purpose: what the demo shows was not made by our own composer, so our
reader meets somebody else's idea of a message.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from mailcore.demo import files
from mailcore.demo.letters import Letter
from mailcore.demo.people import Person, person

HOST = "mail.tidemark.example"


def letter_bytes(letter: Letter) -> bytes:
    sender = person(letter.sender)
    message = envelope(sender, letter.subject, local_time(letter.when, sender), message_id(letter))
    if letter.to:
        message["To"] = [mailbox(person(key)) for key in letter.to]
    if letter.cc:
        message["Cc"] = [mailbox(person(key)) for key in letter.cc]
    if letter.answers:
        message["In-Reply-To"] = message_id(letter.answers)
        message["References"] = " ".join(message_id(earlier) for earlier in letter.ancestors)
    if sender.agent:
        message["X-Mailer"] = sender.agent
    message.set_content(plain(letter))
    if letter.html or letter.inline:
        message.add_alternative(rich(letter), subtype="html")
        shown = message.get_payload()[1]  # type: ignore[index]
        for name in letter.inline:
            file = files.named(name)
            shown.add_related(file.content, "image", "png", cid=f"<{content_id(name)}>", filename=name)  # type: ignore[union-attr]
    for name in letter.attach:
        attach(message, files.named(name))
    return finished(message)


def envelope(sender: Person, subject: str, date: datetime, message_id: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    if sender.domain not in HOST:
        message["Received"] = received(sender, date)
    message["From"] = mailbox(sender)
    message["Subject"] = subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    return message


def attach(message: EmailMessage, file: files.File) -> None:
    kind, _, subtype = file.type.partition("/")
    message.add_attachment(file.content, kind, subtype, filename=file.name)


def finished(message: EmailMessage) -> bytes:
    """With boundaries that are the same every time."""
    seed = files.hash_of(str(message["Message-ID"]))
    for number, part in enumerate(_multiparts(message)):
        part.set_boundary(f"=_{seed:x}_{number}")
    return message.as_bytes()


def _multiparts(message: EmailMessage) -> list[MIMEPart]:
    return [part for part in message.walk() if part.get_content_maintype() == "multipart"]  # type: ignore[misc]


def mailbox(who: Person) -> Address:
    return Address(who.name, addr_spec=who.address)


def message_id(letter: Letter) -> str:
    number = files.hash_of(f"{letter.conversation} {letter.sender} {letter.subject} {letter.text}")
    return f"<{number:012x}@{person(letter.sender).domain}>"


def content_id(name: str) -> str:
    return f"{files.hash_of(name):x}@picture"


def local_time(when: datetime, sender: Person) -> datetime:
    return when.astimezone(timezone(timedelta(hours=sender.zone)))


def received(sender: Person, date: datetime) -> str:
    number = files.hash_of(sender.address) % 250 + 1
    return (
        f"from [198.51.100.{number}] (client.{sender.domain}) by mx.{sender.domain} with ESMTPSA"
        f" id {files.hash_of(str(date)):x}; {format_datetime(date)}"
    )


def trace(sender: Person, recipient: Person, when: datetime, *, passes: bool = True) -> bytes:
    """What our own server puts on top: RFC 5321 §4.4, RFC 8601."""
    verdict = "pass" if passes else "fail"
    at = format_datetime(when + timedelta(seconds=2))
    lines = [
        f"Return-Path: <{sender.address}>",
        f"Received: from mx.{sender.domain} (mx.{sender.domain} [203.0.113.25])\r\n by {HOST} with ESMTPS"
        f" (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n for <{recipient.address}>; {at}",
        f"Authentication-Results: {HOST}; spf={verdict} smtp.mailfrom={sender.domain};\r\n"
        f" dkim={verdict} header.d={sender.domain}; dmarc={verdict} header.from={sender.domain}",
    ]
    return "".join(line + "\r\n" for line in lines).encode()


# --- bodies ---------------------------------------------------------------------------------------


def plain(letter: Letter) -> str:
    text = re.sub(r"\*([^*\n]+)\*", r"\1", letter.text) if letter.html else letter.text
    for name in letter.inline:
        text = text.replace(f"[{name}]", f"[image: {name}]")
    sender, earlier = person(letter.sender), letter.answers
    if sender.signature and sender.first_name not in letter.text[-40:] and not letter.draft:
        text += f"\n-- \n{sender.signature}\n"
    if earlier is not None and "\n> " not in text:
        quoted = "".join(f"> {line}".rstrip() + "\n" for line in plain(earlier).splitlines())
        text += f"\n{_attribution(earlier)}\n\n{quoted}"
    return text


def _attribution(letter: Letter) -> str:
    who = person(letter.sender)
    return f"On {local_time(letter.when, who):%a, %d %b %Y at %H:%M}, {who.name} <{who.address}> wrote:"


def rich(letter: Letter, *, quoted: bool = False) -> str:
    """As HTML, with what it answers quoted below; pictures of quoted letters are named, not shown."""
    sender, earlier = person(letter.sender), letter.answers
    body = _paragraphs(letter, () if quoted else letter.inline)
    if sender.signature and sender.first_name not in letter.text[-40:]:
        body += f'<p style="color:#667">{html.escape(sender.signature).replace(chr(10), "<br>")}</p>'
    if earlier is not None:
        style = "margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex"
        quote = f'<blockquote type="cite" style="{style}">{rich(earlier, quoted=True)}</blockquote>'
        body += f"<div><p>{html.escape(_attribution(earlier))}</p>{quote}</div>"
    direction = "rtl" if re.search(r"[\u0590-\u06ff]{3}", letter.text[:80]) else "ltr"
    return f'<div dir="{direction}">{body}</div>'


def _paragraphs(letter: Letter, pictures: tuple[str, ...]) -> str:
    out = []
    for block in letter.text.strip("\n").split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            out.append("<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>")
        elif block[1:-1] in pictures:
            out.append(f'<p><img src="cid:{content_id(block[1:-1])}" alt="{block[1:-1]}" width="640"></p>')
        else:
            out.append(f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>")
    return "\n".join(out)


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"\*([^*]+)\*", r"<b>\1</b>", text)
    return re.sub(r"(https?://\S+)", r'<a href="\1">\1</a>', text)

"""Write a report that a person understands and a program can read: RFC 3464, RFC 3461 §6, RFC 6522, RFC 3834.

First in words: who did not get it, why, what to do. Then the same for programs (message/delivery-status), then the
message it is about, or its header. Pure.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

LONGEST_HEADER = 64 << 10


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recipient. `action` is a word of RFC 3464 §2.3.3; `said_by` '' means: we did."""

    address: str
    action: str
    reply: str
    said_by: str = ""
    orcpt: str = ""
    last_attempt: int = 0
    retry_until: int = 0

    @property
    def code(self) -> str:
        """The three digits of the reply."""
        return self.reply[:3] if self.reply[:3].isdigit() else ""

    @property
    def status(self) -> str:
        """RFC 3463: the enhanced code of the reply, or the class alone; a failure is 5.y.z even after 4yz replies."""
        second = self.reply.split(" ")[1:2]
        given = second[0] if second and second[0].count(".") == 2 else ""
        wanted = {"failed": "5", "delayed": "4"}.get(self.action, "2")
        if not given:
            return f"{wanted}.0.0"
        if self.action == "failed" and given[0] == "4":
            return "5.4.7" if given.startswith("4.4.") else "5" + given[1:]  # delivery time expired
        return wanted + given[1:]


@dataclass(frozen=True, slots=True)
class Report:
    """One report about one message to its sender."""

    sender: str  # whom the report goes to
    hostname: str
    from_domain: str
    fates: tuple[Fate, ...]  # all with the same action
    original: bytes  # the message, or at least its header
    is_whole: bool
    subject: str
    arrived: int
    envid: str
    now: int


TITLES = {
    "failed": "Not delivered",
    "delayed": "Not delivered yet",
    "relayed": "Passed on",
    "delivered": "Delivered",
}

OPENINGS = {
    "failed": "Your message was not delivered to:",
    "delayed": "Your message has not been delivered yet. You need not do anything: we keep trying. It waits for:",
    "relayed": "Your message was passed on to a mail server that does not tell whether it arrives. Recipient:",
    "delivered": "Your message was delivered to:",
}

# Why, in words: the longest prefix of the status that is here.
REASONS = {
    "1.1": "There is no such address. Is it spelled correctly?",
    "1.2": "There is no such domain. Is the part after the @ spelled correctly?",
    "1.3": "The address is not written as an address should be.",
    "1.6": "The mailbox has moved and left no new address.",
    "1.10": "This domain does not accept mail.",
    "2.1": "The mailbox is switched off.",
    "2.2": "The mailbox is full. Try again later, or tell the person another way.",
    "2.3": "The message is too big for this mailbox. Can you send a link instead?",
    "3.4": "The message is too big for the other mail server. Can you send a link instead?",
    "4.1": "The other mail server does not answer.",
    "4.2": "The connection to the other mail server broke.",
    "4.3": "The name servers of the other domain do not answer.",
    "4.4": "The mail servers of the other domain cannot be found.",
    "4.6": "The message would go round in circles. Somebody's forwarding points back at itself.",
    "4.7": "We tried for as long as we may, and the other mail server could not take it.",
    "6.3": "The other mail server takes only plain 7-bit text, and this message has more.",
    "6.7": "The other mail server does not know addresses with such letters.",
    "7.10": "The other mail server offers no encryption, which is required on this way.",
    "7": "The other mail server refuses it by its rules, perhaps as unwanted mail.",
    "2": "The mailbox could not take it.",
    "1": "The address was refused.",
}


def reason(status: str) -> str:
    """A sentence for people."""
    detail = status.partition(".")[2]
    for key in (detail, detail.partition(".")[0]):
        if key in REASONS:
            return REASONS[key]
    return "The other mail server did not take it."


def compose(report: Report) -> bytes:
    """The whole report as a message, CRLF line ends, ASCII but for an original that is not."""
    boundary = f"report-{secrets.token_hex(12)}"
    action = report.fates[0].action
    original = report.original if report.is_whole else _header_of(report.original)
    is_8bit = not original.isascii()
    head = [
        f"From: Mail Delivery <mailer-daemon@{report.from_domain}>",
        f"To: <{report.sender}>" if report.sender.isascii() else "To: undisclosed-recipients:;",
        f"Subject: {_title(action, report.fates)}",
        f"Date: {_date(report.now)}",
        f"Message-ID: <{secrets.token_hex(16)}@{report.hostname}>",
        "Auto-Submitted: auto-replied",  # RFC 3834 §5
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        f'\tboundary="{boundary}"',
        *(["Content-Transfer-Encoding: 8bit"] if is_8bit else []),
        "",
        "This is a report about a message, for people and for programs.",
        "",
    ]
    parts = [_words(report, action), _status(report), _original(report, original, is_8bit)]
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return "\r\n".join(head).encode() + b"\r\n" + body + b"--" + boundary.encode() + b"--\r\n"


def _title(action: str, fates: tuple[Fate, ...]) -> str:
    first = fates[0].address
    if not first.isascii() or len(first) > 120:
        return TITLES[action]
    return f"{TITLES[action]}: {first}" + (f" and {len(fates) - 1} more" if len(fates) > 1 else "")


def _words(report: Report, action: str) -> bytes:
    lines = [OPENINGS[action], ""]
    for fate in report.fates:
        lines.append(f"  {_one_line(fate.address)}")
        if action in ("failed", "delayed"):
            lines.append(f"      {reason(fate.status)}")
            if fate.said_by:
                lines.append(f"      {_one_line(fate.said_by)} said: {_one_line(fate.reply)}")
            elif fate.reply:
                lines.append(f"      What we met: {_one_line(fate.reply)}")
        if fate.retry_until:
            lines.append(f"      We keep trying until {_date(fate.retry_until)}.")
        lines.append("")
    about = f'"{_one_line(report.subject)}"' if report.subject else "without a subject"
    lines.append(
        f"The message ({about}, sent {_date(report.arrived)}) is attached"
        + ("." if report.is_whole else ": its header only.")
    )
    if action == "failed":
        lines.append("It will not be tried again.")
    lines += ["", "--", f"The mail service at {report.hostname}", ""]
    return _text_part("text/plain", "\r\n".join(lines))


def _status(report: Report) -> bytes:
    lines = [f"Reporting-MTA: dns; {report.hostname}"]
    if report.envid:
        lines.append(f"Original-Envelope-Id: {_one_line(report.envid)}")
    lines.append(f"Arrival-Date: {_date(report.arrived)}")
    for fate in report.fates:
        lines.append("")
        if fate.orcpt:
            lines.append(f"Original-Recipient: {_one_line(fate.orcpt).replace(';', '; ', 1)}")
        kind = "rfc822" if fate.address.isascii() else "utf-8"  # RFC 6533 §3
        lines.append(f"Final-Recipient: {kind}; {_one_line(fate.address)}")
        lines.append(f"Action: {fate.action}")
        lines.append(f"Status: {fate.status}")
        if fate.said_by:
            lines.append(f"Remote-MTA: dns; {_one_line(fate.said_by)}")
        if fate.reply and fate.action in ("failed", "delayed"):
            kind = "smtp" if fate.said_by else "x-local"
            lines.append(f"Diagnostic-Code: {kind}; {_one_line(fate.reply)}")
        if fate.last_attempt:
            lines.append(f"Last-Attempt-Date: {_date(fate.last_attempt)}")
        if fate.retry_until:
            lines.append(f"Will-Retry-Until: {_date(fate.retry_until)}")
    text = "\r\n".join([*lines, ""])
    if text.isascii():
        return b"Content-Type: message/delivery-status\r\n\r\n" + text.encode()
    return _text_part("message/global-delivery-status", text)  # RFC 6533 §4


def _original(report: Report, original: bytes, is_8bit: bool) -> bytes:
    header_is_utf8 = not _header_of(original).isascii()
    if report.is_whole:
        kind = "message/global" if header_is_utf8 else "message/rfc822"
    else:
        kind = "message/global-headers" if header_is_utf8 else "text/rfc822-headers"
    encoding = b"Content-Transfer-Encoding: 8bit\r\n" if is_8bit else b""
    return b"Content-Type: " + kind.encode() + b"\r\n" + encoding + b"\r\n" + original


def _header_of(original: bytes) -> bytes:
    end = original.find(b"\r\n\r\n")
    header = original[:LONGEST_HEADER] if end < 0 or end > LONGEST_HEADER else original[: end + 2]
    return header if header.endswith(b"\r\n") else header + b"\r\n"


def _text_part(kind: str, text: str) -> bytes:
    if text.isascii():
        return f"Content-Type: {kind}; charset=us-ascii\r\n\r\n{text}".encode()
    encoded = base64.b64encode(text.encode())
    lines = b"\r\n".join(encoded[i : i + 76] for i in range(0, len(encoded), 76))
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    return head + lines + b"\r\n"


def _one_line(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:900]


def _date(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))

"""HELP: RFC 5321 §4.1.1.8; 211 for the whole, 214 for one command."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Role, Session
from mailcore.smtp.wire.reply import reply

USAGE = {
    "EHLO": "EHLO host: begin, and hear what this server can do",
    "HELO": "HELO host: begin, the old way",
    "STARTTLS": "STARTTLS: go on encrypted",
    "AUTH": "AUTH mechanism [initial-response]: sign in (submission port)",
    "MAIL": "MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id]: begin a message",
    "RCPT": "RCPT TO:<address> [NOTIFY=...] [ORCPT=...]: add a recipient",
    "DATA": "DATA: send the message, end it with a dot alone on a line",
    "BDAT": "BDAT size [LAST]: send the message in chunks",
    "RSET": "RSET: forget the message begun",
    "NOOP": "NOOP: do nothing",
    "VRFY": "VRFY address: answered with 252, whoever it is",
    "EXPN": "EXPN list: answered with 252, whatever it is",
    "HELP": "HELP [command]: this",
    "QUIT": "QUIT: end the session",
}


def help_(session: Session, argument: str) -> Handler:
    if not argument:
        role = "Mail submission" if session.role is Role.SUBMISSION else "Mail transfer"
        yield reply(
            211, "2.0.0", f"{role} at {session.policy.hostname}", " ".join(USAGE), "HELP command says more"
        )
        return
    usage = USAGE.get(argument.upper())
    if usage is None:
        raise Refused(504, "5.5.4", "No help on that")
    yield reply(214, "2.0.0", usage)

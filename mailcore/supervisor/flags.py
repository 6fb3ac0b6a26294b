"""Settings as flags: `--data-dir DIR` is `MAIL_DATA_DIR=DIR`, for every command of `manage.py`.

Settings are read from the environment before a command sees its arguments, so `manage.py` takes these flags out
first and sets the environment; the processes that `up` starts inherit it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; without a metavar it takes no value and means yes."""

    name: str
    variable: str
    metavar: str
    help: str


FLAGS = (
    Flag("--domain", "MAIL_DOMAIN", "NAME", "receive mail for this domain (the first start makes it)"),
    Flag("--demo", "MAIL_DEMO", "", "fill it with two domains, some accounts and a few hundred letters"),
    Flag("--data-dir", "MAIL_DATA_DIR", "DIR", "where database, blobs, keys and sockets are (var)"),
    Flag("--hostname", "MAIL_HOSTNAME", "NAME", "what we call ourselves towards other servers"),
    Flag("--bind", "MAIL_BIND", "ADDRESS", "the address to listen on (127.0.0.1; 0.0.0.0 or :: for all)"),
    Flag("--port-base", "", "PORT", "all ports in a row: web, SMTP, submission, submissions, IMAP, …"),
    Flag("--port-web", "MAIL_PORT_WEB", "PORT", "pages (8000); 0 switches a door off"),
    Flag("--port-smtp", "MAIL_PORT_SMTP", "PORT", "SMTP from other servers (2525)"),
    Flag("--port-submission", "MAIL_PORT_SUBMISSION", "PORT", "submission, STARTTLS (2587)"),
    Flag("--port-submissions", "MAIL_PORT_SUBMISSIONS", "PORT", "submission over TLS (2465)"),
    Flag("--port-imap", "MAIL_PORT_IMAP", "PORT", "IMAP, STARTTLS (2143)"),
    Flag("--port-imaps", "MAIL_PORT_IMAPS", "PORT", "IMAP over TLS (2993)"),
    Flag("--port-pop3", "MAIL_PORT_POP3", "PORT", "POP3, STLS (2110)"),
    Flag("--port-pop3s", "MAIL_PORT_POP3S", "PORT", "POP3 over TLS (2995)"),
    Flag("--listeners", "MAIL_LISTENERS", "NUMBER", "listener processes (one for each core)"),
    Flag("--dns-servers", "MAIL_DNS_SERVERS", "HOST[:PORT],…", "DNS servers to ask (the system's)"),
    Flag("--smart-host", "MAIL_SMART_HOST", "HOST:PORT", "hand all outgoing mail to this server"),
    Flag("--outbound-port", "MAIL_OUTBOUND_PORT", "PORT", "the port of other servers (25)"),
    Flag("--database", "DATABASE_URL", "URL", "postgresql://… instead of SQLite"),
    Flag("--redis", "REDIS_URL", "URL", "a Redis of your own instead of the embedded one"),
    Flag("--public-url", "MAIL_PUBLIC_URL", "URL", "how browsers reach the pages, if not directly"),
    Flag("--tls-cert", "MAIL_TLS_CERT", "FILE", "certificate chain (PEM) instead of the self-signed one"),
    Flag("--tls-key", "MAIL_TLS_KEY", "FILE", "its key"),
    Flag("--log-level", "MAIL_LOG_LEVEL", "LEVEL", "DEBUG, INFO, WARNING or ERROR"),
)
_BY_NAME = {flag.name: flag for flag in FLAGS}
_PORTS = [flag.variable for flag in FLAGS if flag.variable.startswith("MAIL_PORT_")]

# Whose arguments we take: Django's own commands keep flags of the same name.
COMMANDS = {
    "up", "listen", "web", "worker", "beat", "doctor", "add_domain", "create_account", "import_mail",
    "export_mail", "audit_store", "seed_demo", "check", "migrate", "shell",
}  # fmt: skip
_DJANGOS = {"migrate": {"--database"}, "check": {"--database"}}


class FlagError(Exception):
    """A flag that cannot be understood; the text is for a person."""


def split(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """`manage.py`'s arguments without our flags, and the environment that those stand for."""
    rest = list(arguments[:2])
    environment: dict[str, str] = {}
    if len(arguments) < 2 or arguments[1] not in COMMANDS:
        return list(arguments), {}
    words = iter(arguments[2:])
    for word in words:
        name, has_value, value = word.partition("=")
        flag = _BY_NAME.get(name)
        if flag is None or name in _DJANGOS.get(arguments[1], ()):
            rest.append(word)
            continue
        if not flag.metavar:
            environment[flag.variable] = "yes"
            continue
        if not has_value:
            value = next(words, "")
        if not value:
            raise FlagError(f"{name} needs a value: {flag.help}.")
        environment |= _ports(value) if name == "--port-base" else {flag.variable: value}
    return rest, environment


def _ports(base: str) -> dict[str, str]:
    if not base.isdecimal() or not 1 <= int(base) <= 65535 - len(_PORTS):
        raise FlagError(f"--port-base: {base!r} is not a port with {len(_PORTS)} ports after it.")
    return {variable: str(int(base) + number) for number, variable in enumerate(_PORTS)}

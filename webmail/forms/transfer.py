"""Where mail comes from and goes to; and what the page says of an import."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailcore.models import Transfer
from mailcore.store.importing import possible_name
from mailcore.transfer.client import PLAIN, STARTTLS, TLS, Server
from mailcore.transfer.rows import Kind, State

Words = str | Promise

PROBLEMS: dict[str, Words] = {
    "full": _("Your mailbox is full. What came until then is here; make room, then go on."),
    "sign-in": _("The other server does not accept this user name with this password."),
    "address": _("There is no mail server of that name that we can reach."),
    "certificate": _(
        "The other server cannot prove that it is the one you named, so nothing was said to it."
    ),
    "no-tls": _("The other server offers no encryption, so your password was not sent."),
    "not-imap": _("What answers there is no IMAP server, or it breaks off."),
    "lost": _("The other server does not answer. Begin again later: nothing comes twice."),
    "not-mail": _("No mail was found in that file. It should be an mbox, an .eml file, or a .zip of them."),
    "damaged": _("The archive is damaged. What could be read is here."),
    "locked": _("There is a password on the archive. Unpack it, and pack it again without one."),
    "too-much": _("Unpacked, the archive is larger than an import may be."),
}
BROKEN = _("Something went wrong here. What came until then is here, and nothing comes twice.")
UNAVAILABLE = _("The other server does not answer. Is its name right, and the port?")

SECURITY = ((TLS, _("TLS (port 993)")), (STARTTLS, _("STARTTLS (port 143)")))
UNSAFE = (PLAIN, _("none, within our own network"))
PORTS = {TLS: 993, STARTTLS: 143, PLAIN: 143}

EXPORT_FORMS: tuple[tuple[str, Words, Words], ...] = (
    (
        "mbox",
        _("mbox, one file for each folder"),
        _("For Thunderbird, Apple Mail and most others. Lines that begin with “From ” are quoted (mboxrd)."),
    ),
    ("eml", _("One .eml file for each message"), _("Octet for octet as it came.")),
    (
        "maildir",
        _("Maildir"),
        _("Keeps what is read, answered and starred; for mail servers and for coming back here."),
    ),
)


def problem(word: str) -> Words:
    """The sentence."""
    return PROBLEMS.get(word, BROKEN)


class Into(forms.CharField):
    """A folder's name; empty: where the mail stood."""

    def __init__(self) -> None:
        super().__init__(max_length=200, required=False)

    def clean(self, value: object) -> str:
        """As ours can be called."""
        return possible_name(str(super().clean(value)))


class FileForm(forms.Form):
    """A file, or word of one that will come in pieces."""

    into = Into()


class ServerForm(forms.Form):
    """Another IMAP server, and who one is there."""

    host = forms.CharField(label=_("Server"), max_length=253)
    security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    user = forms.CharField(label=_("User name"), max_length=254)
    password = forms.CharField(label=_("Password"), max_length=1024, strip=False)

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        if settings.MAIL_IMPORT_NETWORKS:
            self.fields["security"].choices = (*SECURITY, UNSAFE)  # type: ignore[attr-defined]

    def clean_host(self) -> str:
        """A name or an address, and no more."""
        host = str(self.cleaned_data["host"]).strip().strip("[]").rstrip(".").lower()
        if any(character in host for character in "/@ \t") or not host:
            raise forms.ValidationError(_("Only the name of the server, such as imap.example.org."))
        return host

    def server(self) -> Server:
        """What was entered."""
        given = self.cleaned_data
        port = given["port"] or PORTS[given["security"]]
        return Server(given["host"], port, given["security"], given["user"])


@dataclass(frozen=True, slots=True)
class Job:
    """An import as the page shows it."""

    row: Transfer
    done: int
    whole: int  # 0: nobody knows

    @property
    def messages(self) -> int:
        return self.row.taken

    @property
    def is_open(self) -> bool:
        return self.row.state in (State.UPLOADING, State.CHOOSING, State.WAITING, State.RUNNING)

    @property
    def moves(self) -> bool:
        """Something will have changed in a moment."""
        return self.row.state in (State.WAITING, State.RUNNING)

    @property
    def is_choosing(self) -> bool:
        return self.row.state == State.CHOOSING

    @property
    def is_retried(self) -> bool:
        """The other side was silent, and is asked again."""
        return self.row.state == State.WAITING and self.row.tries > 0

    @property
    def can_go_on(self) -> bool:
        return (
            self.row.state == State.FAILED
            and self.row.kind == Kind.FILE
            and self.row.problem in ("full", "broken")
        )

    @property
    def problem(self) -> Words:
        return problem(self.row.problem) if self.row.problem else ""


def job(row: Transfer) -> Job:
    """With how far it is."""
    if row.state == State.UPLOADING:
        return Job(row, row.received, row.size)
    if row.kind == Kind.FILE:
        return Job(row, row.read, row.size)
    return Job(row, row.taken + row.known + row.refused, row.total)

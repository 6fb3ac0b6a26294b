"""How somebody wants it, and a new password."""

from __future__ import annotations

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from mailcore.identity import credentials
from mailcore.identity.errors import LoginRefused
from mailcore.models import Account


class PreferencesForm(forms.Form):
    """Name, signature, looks; other fields that somebody sends are not ours."""

    name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    signature = forms.CharField(
        label=_("Signature"), max_length=10_000, required=False, strip=False, widget=forms.Textarea
    )
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    density = forms.ChoiceField(
        label=_("Lists"),
        choices=[("comfortable", _("Comfortable")), ("compact", _("Compact"))],
        widget=forms.RadioSelect,
    )
    rich_text = forms.BooleanField(label=_("Begin new messages with formatted text"), required=False)
    remote_images = forms.BooleanField(label=_("Always show pictures from other servers"), required=False)

    def clean_name(self) -> str:
        """One line, and no address in disguise."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if any(character in name for character in "<>@\0"):
            raise forms.ValidationError(_("A name has no @, < or >."))
        return name

    def clean_signature(self) -> str:
        """Lines as we keep them."""
        return str(self.cleaned_data["signature"]).replace("\r\n", "\n").rstrip().replace("\0", "")


class PasswordForm(forms.Form):
    """The old password, and the new one twice (SECURITY D24)."""

    old = forms.CharField(label=_("Password now"), max_length=4096, strip=False)
    new = forms.CharField(label=_("New password"), max_length=4096, strip=False)
    again = forms.CharField(label=_("New password again"), max_length=4096, strip=False)

    def __init__(self, *args: object, account: Account, peer: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._account, self._peer = account, peer

    def clean_old(self) -> str:
        """Throttled like every other look at a password."""
        old = str(self.cleaned_data["old"])
        try:
            credentials.check(self._account.address, old, protocol="web", peer=self._peer)
        except LoginRefused as refusal:
            raise forms.ValidationError(_("That is not your password now.")) from refusal
        return old

    def clean_new(self) -> str:
        """Not too short, not everybody's, not your own name."""
        new = str(self.cleaned_data["new"])
        validate_password(new, self._account)
        return new

    def clean(self) -> dict[str, object]:
        """Both times the same."""
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", _("The two are not the same."))
        return given

"""What was typed into a letter, an identity, a template."""

from __future__ import annotations

import re

from django import forms

from mailcore.drafts import signatures
from mailcore.drafts.rows import LONGEST_FIELD, LONGEST_TEXT
from mailcore.drafts.templates import LONGEST as LONGEST_TEMPLATE
from mailcore.identity.senders import LONGEST_SIGNATURE
from mailcore.models import Draft

# Words that promise a file, in the languages people wrote to us in.
_PROMISE = re.compile(
    r"\b(attached|attachments?|enclosed|i attach|angeh[aä]ngt|im anhang|anbei|beigef[uü]gt|ci-joint|en pi[eè]ce jointe"
    r"|pi[eè]ces? jointes?|adjunto|adjunt[ao]s?|en anexo|anexad[oa]|allegat[oa]|vedlagt|bifogat|bijlage|bijgevoegd"
    r"|załączam|w załączniku|v příloze)\b|во вложении|прилагаю|添付|附件|مرفق|מצורף|संलग्न",
    re.IGNORECASE,
)


class LetterForm(forms.Form):
    """Everything may be empty: it is a draft until somebody sends it. Unknown fields are ignored."""

    based_on = forms.IntegerField(required=False)
    sender = forms.CharField(required=False, max_length=254)
    to = forms.CharField(required=False, max_length=LONGEST_FIELD)
    cc = forms.CharField(required=False, max_length=LONGEST_FIELD)
    bcc = forms.CharField(required=False, max_length=LONGEST_FIELD)
    subject = forms.CharField(required=False, max_length=2_000)
    is_rich = forms.BooleanField(required=False)
    text = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=False)
    html = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=False)
    has_quote = forms.BooleanField(required=False)
    wants_receipt = forms.BooleanField(required=False)
    importance = forms.ChoiceField(required=False, choices=Draft.Importance.choices)

    def clean_subject(self) -> str:
        """A subject is one line."""
        return " ".join(self.cleaned_data["subject"].split())

    def clean_text(self) -> str:
        """Browsers send CRLF; we keep lines."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")


def promises_a_file(text: str) -> bool:
    """Whether the writer speaks of an attachment (quoted lines and the signature do not count)."""
    own = signatures.without(text)
    lines = [line for line in own.splitlines() if not line.startswith(">")]
    return _PROMISE.search("\n".join(lines)) is not None


class IdentityForm(forms.Form):
    """A name to write in."""

    name = forms.CharField(required=False, max_length=200)
    address = forms.CharField(max_length=254)
    reply_to = forms.CharField(required=False, max_length=1_000)
    html = forms.CharField(required=False, max_length=LONGEST_SIGNATURE)
    text = forms.CharField(required=False, max_length=LONGEST_SIGNATURE, strip=False)
    is_rich = forms.BooleanField(required=False)
    is_default = forms.BooleanField(required=False)


class TemplateForm(forms.Form):
    """A text to keep."""

    name = forms.CharField(max_length=100)
    subject = forms.CharField(required=False, max_length=1_000)
    html = forms.CharField(required=False, max_length=LONGEST_TEMPLATE)
    text = forms.CharField(required=False, max_length=LONGEST_TEMPLATE, strip=False)
    is_rich = forms.BooleanField(required=False)

"""The search form: fields for those who do not know the operators, which it writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webmail import finding

WITHIN = [(1, _("1 day")), (3, _("3 days")), (7, _("1 week")), (14, _("2 weeks")), (31, _("1 month")),
          (62, _("2 months")), (183, _("6 months")), (366, _("1 year"))]  # fmt: skip
SIZES = [("larger", _("larger than")), ("smaller", _("smaller than"))]
UNITS = [("M", _("MB")), ("k", _("KB")), ("", _("bytes"))]
LONGEST = 200


class SearchForm(forms.Form):
    """Everything may stay empty."""

    sender = forms.CharField(label=_("From"), max_length=LONGEST, required=False)
    to = forms.CharField(label=_("To"), max_length=LONGEST, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=LONGEST, required=False)
    words = forms.CharField(label=_("Has the words"), max_length=finding.MAX_QUERY, required=False)
    avoided = forms.CharField(label=_("Does not have"), max_length=LONGEST, required=False)
    size_kind = forms.ChoiceField(label=_("Size"), choices=SIZES, required=False)
    size = forms.IntegerField(label=_("Size"), min_value=0, max_value=10**9, required=False)
    size_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, required=False)
    within = forms.TypedChoiceField(
        label=_("Date within"), choices=WITHIN, coerce=int, required=False, initial=7
    )
    day = forms.DateField(label=_("of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.CharField(label=_("Search in"), max_length=LONGEST, required=False)
    has_attachment = forms.BooleanField(label=_("Has attachment"), required=False)

    def query(self) -> str:
        """The operators that say the same."""
        chosen = self.cleaned_data
        terms = [
            _term("from", chosen["sender"]),
            _term("to", chosen["to"]),
            _term("subject", chosen["subject"]),
            chosen["words"].strip(),
            " ".join(f"-{word}" for word in _words(chosen["avoided"])),
            _term("in", chosen["place"]),
            "has:attachment" if chosen["has_attachment"] else "",
            self._size(chosen),
            self._days(chosen),
        ]
        return " ".join(term for term in terms if term)[: finding.MAX_QUERY]

    def _size(self, chosen: dict[str, Any]) -> str:
        if not chosen["size"]:
            return ""
        return f"{chosen['size_kind'] or 'larger'}:{chosen['size']}{chosen['size_unit']}"

    def _days(self, chosen: dict[str, Any]) -> str:
        if not chosen["day"]:
            return ""
        around = timedelta(days=chosen["within"] or 7)
        try:
            first, last = chosen["day"] - around, chosen["day"] + around + timedelta(days=1)
        except OverflowError:
            return ""
        return f"after:{first:%Y/%m/%d} before:{last:%Y/%m/%d}"


def read(query: str) -> dict[str, Any]:
    """What of a search the form can show in its fields; everything else stands among the words."""
    fields: dict[str, Any] = {}
    names = {"from": "sender", "to": "to", "subject": "subject", "in": "place"}
    rest = query
    for name, value in finding.terms(query):
        if name in names and names[name] not in fields and not value.startswith(("(", "{")):
            fields[names[name]] = value
            rest = finding.without(rest, [name], value)
        elif (name, value) == ("has", "attachment"):
            fields["has_attachment"] = True
            rest = finding.without(rest, [name], value)
    return fields | {"words": rest}


def _term(name: str, value: str) -> str:
    return f"{name}:{finding.quoted(value)}" if value.strip() else ""


def _words(text: str) -> list[str]:
    """Words, and phrases in quotation marks."""
    pieces = text.split('"')
    found: list[str] = []
    for number, piece in enumerate(pieces):
        if number % 2:
            found += [f'"{piece.strip()}"'] if piece.strip() else []
        else:
            found += [word.strip("(){}") for word in piece.split() if word.strip("(){}-")]
    return [word.lstrip("-") for word in found]

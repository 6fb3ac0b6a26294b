"""A card of the address book, as it is filled in: fields there is one of, and lines of which there may be many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from mailcore.people.wire.card import MANY, MOST_OF_EACH, Card, Item, is_address, is_day, line

KINDS = [
    ("home", _("Home")),
    ("work", _("Work")),
    ("mobile", _("Mobile")),
    ("main", _("Main")),
    ("fax", _("Fax")),
    ("other", _("Other")),
]
SINGLE = ("given", "family", "nickname", "organisation", "title", "birthday", "notes")


class _Fields(forms.Form):
    """What there is one of."""

    given = forms.CharField(label=_("First name"), max_length=200, required=False)
    family = forms.CharField(label=_("Last name"), max_length=200, required=False)
    nickname = forms.CharField(label=_("Nickname"), max_length=200, required=False)
    organisation = forms.CharField(label=_("Company"), max_length=200, required=False)
    title = forms.CharField(label=_("Job"), max_length=200, required=False)
    birthday = forms.CharField(label=_("Birthday"), max_length=10, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=20_000, required=False)

    def clean_birthday(self) -> str:
        """1980-02-03, or --02-03 without the year."""
        day = str(self.cleaned_data["birthday"]).strip()
        if day and not is_day(day):
            raise forms.ValidationError(_("A birthday looks like 1980-02-03, or --02-03 without the year."))
        return day


@dataclass(frozen=True, slots=True)
class Many:
    """The lines of one kind."""

    name: str
    label: Any
    type: str
    items: list[Item]


class PersonForm:
    """Both together."""

    def __init__(self, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        self.fields = _Fields(data, initial=initial)
        self._many: dict[str, list[Item]] = {name: [] for name in MANY}
        self.wrong = ""
        if data is not None:
            for name in MANY:
                values, labels = data.getlist(f"{name}_value"), data.getlist(f"{name}_label")
                labels += [""] * len(values)
                pairs = zip(values[: MOST_OF_EACH + 1], labels, strict=False)
                self._many[name] = [Item(value, line(label, 50)) for value, label in pairs if value.strip()]

    @classmethod
    def of(cls, card: Card, more: bool = False) -> PersonForm:
        """Filled with what is known."""
        initial = {name: getattr(card, name) for name in SINGLE}
        if card.name and not card.given and not card.family:
            initial["given"] = card.name if card.name != card.organisation else ""
        form = cls(initial=initial)
        form._many = {name: [*getattr(card, name), *([Item("")] if more else [])] for name in MANY}
        return form

    def is_valid(self) -> bool:
        """Whether it can be saved; what is wrong is said beside it."""
        for item in self._many["addresses"]:
            if not is_address(item.value.strip()):
                self.wrong = item.value
        return self.fields.is_valid() and not self.wrong

    def card(self, uid: str = "") -> Card:
        """What was filled in."""
        values = {name: self.fields.cleaned_data[name] for name in SINGLE}
        name = " ".join(filter(None, (values["given"], values["family"]))).strip()
        many: dict[str, Any] = {name: tuple(items) for name, items in self._many.items()}
        return Card(name=name, uid=uid, **values, **many)

    @property
    def many(self) -> list[Many]:
        """For the page: what there is, and an empty line."""
        shown = [
            ("addresses", _("Mail addresses"), "email"),
            ("phones", _("Telephones"), "tel"),
            ("places", _("Addresses"), "text"),
            ("websites", _("Websites"), "url"),
        ]
        return [Many(name, label, kind, self._many[name] or [Item("")]) for name, label, kind in shown]

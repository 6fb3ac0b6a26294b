"""A folder's name."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class FolderForm(forms.Form):
    """What a folder shall be called; whether it may, the store decides."""

    name = forms.CharField(label=_("Name"), max_length=200)

    def clean_name(self) -> str:
        """People type blanks round slashes."""
        return "/".join(part.strip() for part in str(self.cleaned_data["name"]).split("/"))

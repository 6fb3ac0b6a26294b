"""Who is there?"""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.Form):
    """Address and password; whether they fit is not a matter of form."""

    address = forms.CharField(label=_("Mail address"), max_length=320, strip=True)
    password = forms.CharField(label=_("Password"), max_length=4096, strip=False)

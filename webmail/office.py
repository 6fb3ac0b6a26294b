"""The admin's front door: one sign-in for everything, and nothing that goes round our verbs.

Admins manage, they never read mail (SECURITY D20): no model that holds letters is registered, and none of the pages
shows a subject or a body.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Office(AdminSite):
    site_header = _("Post office")
    site_title = _("Post office")
    index_title = _("Domains, accounts and the queue")
    site_url = "/"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what was made for this office: other apps bring their own (groups, sessions)."""
        if admin_class is not None and admin_class.__module__.startswith("webmail.admin."):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The same door as everybody's; who is in already and is no admin has no business here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        onward = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': onward})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Signing out is a form on every page; see webmail/views/login.py."""
        from webmail.views.login import logout

        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own password is changed in the settings, where SCRAM hears of it too."""
        return HttpResponseRedirect(reverse("password"))

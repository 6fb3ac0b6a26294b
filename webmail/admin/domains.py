"""Domains with the DNS records to publish, their DKIM keys, and routes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from mailcore.identity import domains, routes
from mailcore.models import Account, DkimKey, Domain, Route
from mailcore.outbound import signing
from webmail.admin.base import Admin, RowForm, VerbAdmin


class ByAddress(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An account, by its address: there may be thousands, and a box to search in has no name for who hears it."""

    def prepare_value(self, value: Any) -> Any:
        """A row holds a number."""
        if not isinstance(value, int):
            return super().prepare_value(value)
        return Account.objects.filter(pk=value).values_list("address", flat=True).first()

    def to_python(self, value: Any) -> Any:
        """Addresses are kept in small letters."""
        return super().to_python(value.strip().lower() if isinstance(value, str) else value)


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    catch_all = ByAddress(
        queryset=Account.objects.all(),
        to_field_name="address",
        required=False,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        label=_("Catch-all"),
        help_text=_("The account that gets what is addressed to nobody; empty: it is refused."),
        error_messages={"invalid_choice": _("There is no account of that address.")},
    )


@admin.register(Domain)
class DomainAdmin(VerbAdmin):
    list_display = ("name", "is_active", "catch_all", "created")
    list_filter = ("is_active",)
    search_fields = ("name",)
    form = DomainForm
    fields = ("name", "is_active", "catch_all", "dns_records")

    def get_readonly_fields(self, request: HttpRequest, obj: Domain | None = None) -> tuple[str, ...]:
        """A domain keeps its name."""
        return ("name", "dns_records") if obj is not None else ("dns_records",)

    def has_delete_permission(self, request: HttpRequest, obj: Domain | None = None) -> bool:
        """Switched off, not deleted: its accounts and keys hang on it."""
        return False

    @admin.display(description=_("DNS records to publish"))
    def dns_records(self, row: Domain) -> SafeString | str:
        """What other servers look up, ready to be copied."""
        if row.pk is None:
            return str(_("Saved first; then they stand here."))
        lines = format_html_join(
            "", "<tr><td><code>{}</code></td><td>{}</td><td><code>{}</code></td></tr>", records(row)
        )
        return format_html('<table class="records"><tbody>{}</tbody></table>', lines)

    def write(self, request: HttpRequest, row: Domain, form: Any, change: bool) -> Domain:
        """add or change."""
        given = form.cleaned_data
        domain = Domain.objects.get(pk=row.pk) if change else domains.add(given["name"])
        return domains.change(domain, is_active=given["is_active"], catch_all=given["catch_all"])


def records(domain: Domain) -> list[tuple[str, str, str]]:
    """(name, type, value) of what makes mail for `domain` arrive here and be believed elsewhere."""
    name, host = domain.name, settings.MAIL_HOSTNAME
    found = [
        (name, "MX", f"10 {host}."),
        (name, "TXT", "v=spf1 mx -all"),
        (f"_dmarc.{name}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{name}"),
    ]
    found += [(key, "TXT", value) for key, value in signing.records(domain)]
    found += [
        (f"_submissions._tcp.{name}", "SRV", f"0 1 465 {host}."),
        (f"_imaps._tcp.{name}", "SRV", f"0 1 993 {host}."),
        (f"_pop3s._tcp.{name}", "SRV", f"10 1 995 {host}."),
    ]
    return found


@admin.register(DkimKey)
class DkimKeyAdmin(Admin):
    """The public half. The secret one is sealed and never shown."""

    list_display = ("selector", "domain", "algorithm", "is_active", "created")
    list_filter = ("is_active", "algorithm")
    search_fields = ("selector", "domain__name")
    fields = ("domain", "selector", "algorithm", "is_active", "created", "public")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Keys are made with their domain."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DkimKey | None = None) -> bool:
        """Looked at, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DkimKey | None = None) -> bool:
        """Mail that is under way is still checked against it."""
        return False


class RouteForm(RowForm):
    """The next hop, and what to say there."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Left empty, it stays as it is."),
    )

    class Meta:
        model = Route
        fields = ("domain", "host", "port", "tls", "username", "is_gateway", "is_active")


@admin.register(Route)
class RouteAdmin(VerbAdmin):
    form = RouteForm
    list_display = ("domain", "host", "port", "tls", "is_gateway", "is_active")
    list_filter = ("is_active", "is_gateway")
    search_fields = ("domain", "host")
    fields = ("domain", "host", "port", "tls", "username", "new_password", "is_gateway", "is_active")

    def write(self, request: HttpRequest, row: Route, form: Any, change: bool) -> Route:
        """save."""
        return routes.save(row, password=form.cleaned_data["new_password"] or None)

    def erase(self, request: HttpRequest, row: Route) -> None:
        """remove."""
        routes.remove(row)

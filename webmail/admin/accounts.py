"""Accounts and aliases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from mailcore.identity import accounts, aliases
from mailcore.models import Account, Alias
from mailcore.store import quota
from webmail.admin.base import RowForm, VerbAdmin

GIB = 1 << 30


class AccountForm(RowForm):
    """Name, room, rights; a password only when it is to be a new one."""

    room = forms.DecimalField(
        label=_("Room in GB"), min_value=0, max_value=1_000_000, decimal_places=3, initial=15
    )
    new_password = forms.CharField(
        label=_("New password"),
        max_length=4096,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Left empty, it stays as it is. It can be replaced, never read."),
    )

    class Meta:
        model = Account
        fields = ("address", "name", "is_active", "is_staff", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["room"] = round(self.instance.quota_bytes / GIB, 3)
        elif "new_password" in self.fields:
            self.fields["new_password"].required = True
            self.fields["new_password"].help_text = _(
                "At least eight characters, and nothing everybody would try."
            )

    def clean_new_password(self) -> str:
        """By the same rules as the owner's own choice."""
        password = str(self.cleaned_data["new_password"])
        if password:
            validate_password(password, self.instance)
        return password


@admin.register(Account)
class AccountAdmin(VerbAdmin):
    form = AccountForm
    list_display = ("address", "name", "is_active", "used", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("address", "name")
    ordering = ("address",)
    fieldsets = (
        (None, {"fields": ("address", "name", "new_password")}),
        (_("Room"), {"fields": ("room", "used")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("created", "last_login")}),
    )
    actions = ("close", "reopen")

    @admin.display(description=_("Used"))
    def used(self, row: Account) -> str:
        """Of what it may have."""
        if row.pk is None:
            return "-"
        now = quota.usage(row.pk)
        return f"{filesizeformat(now.used)} / {filesizeformat(now.allowed) if now.allowed else '∞'}"

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> tuple[str, ...]:
        """An address is for life; rights are given by superusers."""
        fixed: tuple[str, ...] = ("used", "created", "last_login")
        if obj is not None:
            fixed += ("address",)
        if not request.user.is_superuser:
            fixed += ("is_staff", "is_superuser")
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Whoever is not a superuser cannot touch one who has rights: a new password would be theirs."""
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Accounts are closed, not deleted: their mail is not ours to throw away."""
        return False

    def write(self, request: HttpRequest, row: Account, form: Any, change: bool) -> Account:
        """create, change, set_password, close or reopen."""
        given = form.cleaned_data
        room = int(given["room"] * GIB)
        rights = {key: given[key] for key in ("is_staff", "is_superuser") if key in given}
        if not change:
            account = accounts.create(
                given["address"], given["new_password"], name=given["name"], quota_bytes=room, **rights
            )
        else:
            account = Account.objects.get(pk=row.pk)
            accounts.change(account, name=given["name"], quota_bytes=room, **rights)
            if given["new_password"]:
                accounts.set_password(account, given["new_password"])
        if account.is_active != given["is_active"]:
            (accounts.reopen if given["is_active"] else accounts.close)(account)
        return account

    @admin.action(description=_("Close: no sign-in, no mail"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: Any) -> None:
        """Oneself stays, lest nobody can open the office again."""
        for account in queryset.exclude(pk=request.user.pk):
            if self.has_change_permission(request, account):
                accounts.close(account)

    @admin.action(description=_("Open again"), permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: Any) -> None:
        """As if never closed."""
        for account in queryset:
            if self.has_change_permission(request, account):
                accounts.reopen(account)


class AliasForm(RowForm):
    """An address, and where its mail goes: one address a line."""

    targets = forms.CharField(
        label=_("Goes to"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Addresses, one a line.")
    )

    class Meta:
        model = Alias
        fields = ("address", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["targets"] = "\n".join(self.instance.targets)

    def clean_targets(self) -> list[str]:
        """Lines or commas."""
        return str(self.cleaned_data["targets"]).replace(",", "\n").split()


@admin.register(Alias)
class AliasAdmin(VerbAdmin):
    form = AliasForm
    list_display = ("address", "target", "is_active")
    list_filter = ("is_active",)
    search_fields = ("address", "target")
    fields = ("address", "targets", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Alias | None = None) -> tuple[str, ...]:
        """Another address is another alias."""
        return ("address",) if obj is not None else ()

    def write(self, request: HttpRequest, row: Alias, form: Any, change: bool) -> Alias:
        """add or change."""
        given = form.cleaned_data
        if change:
            return aliases.change(
                Alias.objects.get(pk=row.pk), targets=given["targets"], is_active=given["is_active"]
            )
        alias = aliases.add(given["address"], given["targets"])
        return alias if given["is_active"] else aliases.change(alias, is_active=False)

    def erase(self, request: HttpRequest, row: Alias) -> None:
        """remove."""
        aliases.remove(row)

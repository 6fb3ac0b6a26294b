"""A ModelAdmin whose writes are our verbs, and whose errors are sentences beside the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from mailcore.store.errors import MailError

if TYPE_CHECKING:  # Django's own classes take no parameters where they run
    Admin = admin.ModelAdmin[Any]
    RowForm = forms.ModelForm[Any]
else:
    Admin = admin.ModelAdmin
    RowForm = forms.ModelForm


class VerbAdmin(Admin):
    """`write` is called instead of `model.save()`; a MailError comes back as a message, and nothing was written."""

    save_on_top = False
    list_per_page = 50

    def write(self, request: HttpRequest, row: Any, form: RowForm, change: bool) -> Any:
        """Create or change through a verb; returns the row as it is now."""
        raise NotImplementedError

    def erase(self, request: HttpRequest, row: Any) -> None:
        """Delete through a verb."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Django's hook for both."""
        written = self.write(request, obj, form, change)
        obj.pk = written.pk
        obj._state.adding = False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing of ours is edited in two tables at once."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """One."""
        self.erase(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Many, each through the verb."""
        for row in queryset:
            self.erase(request, row)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """A refusal of the engine is told on the same page."""
        return self._told(
            request,
            lambda: super(VerbAdmin, self).changeform_view(request, object_id, form_url, extra_context),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The same for actions."""
        return self._told(request, lambda: super(VerbAdmin, self).changelist_view(request, extra_context))

    def _told(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except MailError as problem:
            self.message_user(request, _("Nothing was changed: %s") % problem, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

"""Searches with a name: saved from the results, shown among the folders, kept in order on a page of their own."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mailcore.search import keeping
from mailcore.search.errors import SearchRefused
from webmail import finding, fragments, rail, reader, saved_counts


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All of them: rename, change, put in order, delete."""
    return _page(request)


@login_required
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """How many unread each finds, for the rail; counted anew only when something happened to the account's mail."""
    found = [(row, saved_counts.unread(request, row)) for row in keeping.saved(reader.account_id(request))]
    return render(request, "search/_saved.html", {"counted": found, "query": request.GET.get("q", "")})


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep `q` under a name."""
    query = request.POST.get("q", "")[: finding.MAX_QUERY]
    onward = f"{reverse('search')}?{urlencode({'q': query})}"
    try:
        row = keeping.save(reader.account_id(request), request.POST.get("name", ""), query)
    except SearchRefused as problem:
        fragments.notice(request, str(problem), "danger")
        return fragments.redirect(onward)
    fragments.notice(request, _("“%(name)s” is among the folders now.") % {"name": row.name}, "success")
    return fragments.redirect(onward)


@login_required
@require_POST
def change(request: HttpRequest, search_id: int) -> HttpResponse:
    """Another name, another search, or a place further up or down."""
    account_id = reader.account_id(request)
    row = keeping.one(account_id, search_id)
    if request.POST.get("do") in ("up", "down"):
        order = [item.id for item in keeping.saved(account_id)]
        at = order.index(row.id)
        order.insert(max(0, at + (-1 if request.POST["do"] == "up" else 1)), order.pop(at))
        keeping.arrange(account_id, order)
        return fragments.redirect(reverse("saved:index"))
    try:
        keeping.change(account_id, row.id, name=request.POST.get("name", ""), query=request.POST.get("q", ""))
    except SearchRefused as problem:
        return _page(request, str(problem))
    fragments.notice(request, _("Saved."), "success")
    return fragments.redirect(reverse("saved:index"))


@login_required
@require_POST
def delete(request: HttpRequest, search_id: int) -> HttpResponse:
    """The search goes; the mail stays."""
    keeping.delete(reader.account_id(request), search_id)
    fragments.notice(request, _("Saved search removed. Nothing happened to the mail."))
    return fragments.redirect(reverse("saved:index"))


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    context = {
        "searches": keeping.saved(reader.account_id(request)),
        "title": rail.title(request, _("Saved searches")),
        "problem": problem,
    }
    return render(request, "search/saved.html", context, status=422 if problem else 200)


app_name = "saved"
urlpatterns = [
    path("", index, name="index"),
    path("counts/", counts, name="counts"),
    path("save/", save, name="save"),
    path("<int:search_id>/", change, name="change"),
    path("<int:search_id>/delete/", delete, name="delete"),
]

"""The search form as a page: it writes the operators, so that nobody has to know them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mailcore.store import labels
from webmail import finding, fragments, rail, reader
from webmail.forms.search import SearchForm, read
from webmail.views.suggestions import OPERATORS

GRAMMAR = [
    ('"two words"', gettext_lazy("exactly these words, in this order")),
    ("+word", gettext_lazy("this word, not as part of a longer one")),
    ("-word", gettext_lazy("without this word; works before every operator")),
    ("a OR b", gettext_lazy("one of both; {a b c} for one of many")),
    ("(a b)", gettext_lazy("belongs together, as in subject:(ferry ticket)")),
    ("a AROUND 5 b", gettext_lazy("at most five words between them")),
]


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The form, filled from `q`; once it is sent, the search that it says."""
    if "search" in request.GET:
        form = SearchForm(request.GET)
        if form.is_valid():
            return fragments.redirect(f"{reverse('search')}?{urlencode({'q': form.query()})}")
    else:
        form = SearchForm(initial=read(request.GET.get("q", "")[: finding.MAX_QUERY]))
    context = {
        "form": form,
        "title": rail.title(request, _("Search mail")),
        "places": _places(request, str(form["place"].value() or "")),
        "query": request.GET.get("q", ""),
        "operators": [*OPERATORS, *GRAMMAR],
    }
    return render(request, "search/form.html", context, status=422 if form.errors else 200)


def _places(request: HttpRequest, chosen: str) -> list[tuple[str, str, bool]]:
    """(value, name, chosen): everywhere but Trash and Spam, really everywhere, folders, labels."""
    found = [("", _("All mail but Trash and Spam")), ("anywhere", _("Everywhere"))]
    found += [
        (item.use.strip("\\").lower() if item.use else item.name, item.path) for item in rail.of(request).all
    ]
    found += [(label.name, label.name) for label in labels.listing(reader.account_id(request))]
    if chosen and chosen.lower() not in {value.lower() for value, _name in found}:
        found.append((chosen, chosen))
    return [(value, name, value.lower() == chosen.lower()) for value, name in found]


urlpatterns = [path("form/", show, name="search-form")]

"""The keys: the sheet that `?` shows, and the settings page where each can be another."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mailcore.identity import preferences
from webmail import fragments, reader, shortcuts

PAGE = "preferences/shortcuts.html"
PANEL = "preferences/_shortcuts.html"


@login_required
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """For the dialog on every page; whoever comes without scripts gets the settings page."""
    if not fragments.wanted(request):
        return fragments.redirect(reverse("shortcuts"))
    return render(request, "_shortcuts.html", {"groups": _groups(preferences.of(reader.of(request)))})


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Choose a preset, bind keys, go back to what the preset says."""
    problem: dict[str, Any] = {}
    account = reader.of(request)
    if request.method == "POST":
        chosen = preferences.of(account)
        try:
            preferences.change(account, **_wanted(request, chosen))
        except shortcuts.KeyInvalid:
            problem = {"text": _("That is not a key. Write it as in “g i”, “Ctrl+Enter” or “#”.")}
        except shortcuts.KeyTaken as taken:
            problem = {
                "text": _("“%(key)s” already does “%(action)s”.")
                % {"key": taken.key, "action": taken.action.label},
                "name": request.POST.get("bind", ""),
                "keys": request.POST.get("keys", ""),
            }
        else:
            if not fragments.wanted(request):
                fragments.notice(request, _("Settings saved."), "success")
                return fragments.redirect(reverse("shortcuts"))
    chosen = preferences.of(account)
    context = {
        "groups": _groups(chosen),
        "preset": chosen.shortcuts,
        "presets": [("gmail", "Gmail"), ("outlook", "Outlook"), ("off", _("Off"))],
        "has_own": bool(chosen.keys),
        "problem": problem,
    }
    template = PANEL if fragments.wanted(request) else PAGE
    return render(request, template, context, status=422 if problem else 200)


def _wanted(request: HttpRequest, chosen: preferences.Preferences) -> dict[str, Any]:
    """What the form asks for. KeyInvalid, KeyTaken, Http404."""
    form = request.POST
    if form.get("preset") in preferences.SHORTCUTS:
        return {"shortcuts": form["preset"]}
    if "reset" in form:
        left = {name: keys for name, keys in chosen.keys.items() if form["reset"] not in ("", name)}
        return {"keys": left}
    if form.get("bind") not in shortcuts.ACTIONS:
        raise Http404
    pressed = tuple(shortcuts.read(text) for text in form.get("keys", "").split(" | ") if text.strip())
    return {"keys": shortcuts.rebound(chosen, form["bind"], pressed, take="take" in form)}


def _groups(chosen: preferences.Preferences) -> list[dict[str, Any]]:
    bound = shortcuts.bound(chosen)
    return [
        {
            "label": heading,
            "actions": [
                {
                    "name": action.name,
                    "label": action.label,
                    "keys": [key.split(" ") for key in bound[action.name]],
                    "written": " | ".join(bound[action.name]),
                    "is_own": action.name in chosen.keys,
                }
                for action in actions
            ],
        }
        for heading, actions in shortcuts.GROUPS
    ]


urlpatterns = [
    path("preferences/shortcuts/", show, name="shortcuts"),
    path("shortcuts/", sheet, name="shortcuts-sheet"),
]

"""The keyboard's table: presets without contradictions, keys of one's own, and who is told when one is taken."""

from __future__ import annotations

import json
import re

import pytest

from mailcore.identity import preferences
from mailcore.identity.preferences import Preferences
from tests.architecture.tree import ROOT
from webmail import shortcuts

SCRIPTS = "".join(path.read_text() for path in sorted((ROOT / "static" / "js").glob("*.js")))
TEMPLATES = "".join(path.read_text() for path in sorted((ROOT / "templates").rglob("*.html")))


@pytest.mark.parametrize("preset", ["gmail", "outlook"])
def test_no_key_of_a_preset_does_two_things(preset):
    keys = [key for action in shortcuts.ACTIONS.values() for key in shortcuts.preset(action, preset)]
    for key in keys:
        assert shortcuts.read(key) == key
        assert [other for other in keys if shortcuts._clash(key, other)] == [key]


def test_gmails_map_is_whole():
    chosen = Preferences()
    keys = set(json.loads(shortcuts.keys(chosen)))
    assert set("jknpuoe#!rafRAFsxlvbzcd/?IU+-=.,[]{};:Ny_") <= keys
    assert {f"g {key}" for key in "istdacblnp"} | {f"* {key}" for key in "anrust"} | {"Ctrl+Enter"} <= keys
    assert {"Escape", "Ctrl+Shift+C", "Ctrl+Shift+B", "Ctrl+Shift+F"} <= keys
    # Without a thing they could mean: m (mute), q (chat), Shift+T and g k (tasks), ` and ~ (sections of the inbox).


def test_the_script_knows_gmails_map():
    text = (ROOT / "static/js/keys.js").read_text()
    assert re.search("`(.*)`", text)[1] == shortcuts.keys(Preferences()), "write it into static/js/keys.js"


@pytest.mark.parametrize("name", shortcuts.ACTIONS)
def test_every_action_is_done_by_somebody(name):
    """A deed of a script, or a button that carries its name."""
    deed = rf'^  "?{name}"?: |\bon\("{name}"'
    if name.startswith("go-"):
        deed += f"|FOLDERS = .*[ {{]{name.removeprefix('go-')}: "
    button = rf'data-do="([\w-]+ )*{name}( [\w-]+)*"'
    assert re.search(deed, SCRIPTS, re.M) or re.search(button, TEMPLATES), name


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("j", True), ("#", True), ("Ctrl+Enter", True), ("g i", True), ("Ctrl+Shift+C", True), ("ж", True),
        ("", False), ("jj", False), ("g i a b", False), ("Ctrl+", False), ("a\x00", False), ("x" * 50, False),
    ],
)  # fmt: skip
def test_reading_a_key(text, is_good):
    if is_good:
        assert shortcuts.read(text) == text
    else:
        with pytest.raises(shortcuts.KeyInvalid):
            shortcuts.read(text)


@pytest.mark.parametrize(
    ("wanted", "taken_by"),
    [("q", ""), ("j", "next"), ("g", "older"), ("g i", "go-inbox"), ("e", ""), ("j j", "next")],
)
def test_a_key_that_another_action_has_is_refused(wanted, taken_by):
    if not taken_by:
        assert "archive" in shortcuts.rebound(Preferences(), "archive", (wanted,))
        return
    with pytest.raises(shortcuts.KeyTaken) as problem:
        shortcuts.rebound(Preferences(), "archive", (wanted,))
    assert problem.value.action.name == taken_by


def test_taking_a_key_leaves_the_other_action_without_it():
    own = shortcuts.rebound(Preferences(), "archive", ("j", "e"), take=True)
    assert own == {"archive": ["j", "e"], "next": []}
    chosen = Preferences(keys={name: tuple(keys) for name, keys in own.items()})
    assert shortcuts.bound(chosen)["archive"] == ("j", "e")
    assert shortcuts.rebound(chosen, "archive", ("e", "y")) == {"next": []}, "as the preset has it: not kept"


@pytest.fixture
def browser(client, alice):
    client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    return client


class TestTheSettingsPage:
    FRAGMENT = {"X-Fragment": "1"}

    def keys(self, alice):
        alice.refresh_from_db()
        return preferences.of(alice).keys

    def test_bind_conflict_take_and_reset(self, alice, browser):
        def post(**form):
            return browser.post("/preferences/shortcuts/", form, headers=self.FRAGMENT)

        assert post(bind="archive", keys="q").status_code == 200
        assert self.keys(alice) == {"archive": ("q",)}
        refused = post(bind="spam", keys="q")
        assert refused.status_code == 422
        assert "“q” already does “Archive”." in refused.content.decode()
        assert post(bind="spam", keys="q", take="1").status_code == 200
        assert self.keys(alice) == {"archive": (), "spam": ("q",)}
        assert post(reset="spam").status_code == 200
        assert self.keys(alice) == {"archive": ()}
        assert post(reset="").status_code == 200
        assert self.keys(alice) == {}

    def test_presets(self, alice, browser):
        for preset, archive in (("outlook", ["e", "Backspace"]), ("off", []), ("gmail", ["e", "y"])):
            answer = browser.post("/preferences/shortcuts/", {"preset": preset}, headers=self.FRAGMENT)
            table = json.loads(re.search(r'id="keys-own">(.*?)</script>', answer.content.decode())[1])
            assert [key for key, name in table.items() if name == "archive"] == archive

    def test_nonsense(self, browser):
        for form, status in (
            ({"bind": "fly", "keys": "q"}, 404),
            ({"bind": "read", "keys": "qq"}, 422),
            ({}, 404),
        ):
            assert browser.post("/preferences/shortcuts/", form, headers=self.FRAGMENT).status_code == status

    def test_the_sheet_shows_the_readers_keys(self, alice, browser):
        preferences.change(alice, keys={"archive": ("q",)})
        page = browser.get("/shortcuts/", headers=self.FRAGMENT).content.decode()
        assert re.search(r"<kbd>q</kbd> </dt><dd>Archive</dd>", page)
        assert browser.get("/shortcuts/").headers["Location"] == "/preferences/shortcuts/"

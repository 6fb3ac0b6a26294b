"""The table of preferences: what may be, what is kept, what is refused."""

from __future__ import annotations

import pytest

from mailcore.identity import preferences
from mailcore.identity.preferences import FIELDS, Preferences
from mailcore.models import Account


def test_every_default_is_one_of_the_choices():
    for name, item in FIELDS.items():
        if name not in preferences.LISTS:
            assert item.default in preferences.choices(name), name


def test_every_choice_survives_a_form():
    for name in FIELDS:
        for value in preferences.choices(name):
            assert preferences.read(name, preferences.written(value)) == value, name


@pytest.mark.parametrize(
    ("name", "text"),
    [("theme", "pink"), ("page_size", "51"), ("endless", "on"), ("time_zone", "Mars/Olympus")],
)
def test_values_that_do_not_exist_are_refused(name, text):
    with pytest.raises(ValueError):
        preferences.read(name, text)


@pytest.mark.parametrize("name", ["is_staff", "trusted_senders", "", "__class__"])
def test_names_that_do_not_exist_are_refused(name):
    with pytest.raises(KeyError):
        preferences.read(name, "yes")


@pytest.mark.django_db
def test_what_is_chosen_is_kept_and_nothing_else(alice):
    preferences.change(alice, theme="dark", undo_seconds=30)
    preferences.change(alice, endless=False)
    kept = Account.objects.get(pk=alice.pk)
    assert kept.preferences == {"theme": "dark", "undo_seconds": 30, "endless": False}
    assert preferences.of(kept) == Preferences(theme="dark", undo_seconds=30, endless=False)
    preferences.change(kept, theme="auto")  # the default again: nothing to keep
    assert "theme" not in kept.preferences
    with pytest.raises(TypeError):
        preferences.change(alice, quota_bytes=1)
    with pytest.raises(ValueError):
        preferences.change(alice, page_size=True)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {"theme": "pink"},
        {"page_size": 50.0},
        {"endless": 1},
        {"theme": ["dark"]},
        {"trusted_senders": 7},
    ],
)
def test_nonsense_in_the_column_counts_as_the_default(stored):
    assert preferences.of(Account(preferences=stored)) == Preferences()


@pytest.mark.django_db
def test_a_newer_versions_preference_survives(alice):
    alice.preferences = {"hologram": True}
    preferences.change(alice, theme="light")
    assert alice.preferences == {"hologram": True, "theme": "light"}

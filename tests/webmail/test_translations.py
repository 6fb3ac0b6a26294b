"""A language is offered once everything is said in it; and whose choice of a language counts."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils.translation import get_language_info, to_locale

from mailcore.identity import preferences
from tests import translations
from webmail import words

OFFERED = [to_locale(code) for code, _ in settings.LANGUAGES if code != "en"]
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.mark.parametrize("language", OFFERED)
def test_everything_is_said(language):
    assert [
        message.id for message in translations.updated(language) if translations.is_missing(message)
    ] == []


@pytest.mark.parametrize("language", OFFERED)
def test_every_hole_is_filled_with_what_the_code_has(language):
    for message in translations.catalogue(language):
        if isinstance(message.id, str) and message.id:
            assert set(HOLES.findall(message.string)) == set(HOLES.findall(message.id)), message.id


@pytest.mark.parametrize("language", OFFERED)
def test_what_django_reads_is_what_was_written(language):
    kept = translations.LOCALE / language / "LC_MESSAGES" / "django.mo"
    assert kept.read_bytes() == translations.compiled(language), "python -m tests.translations compile"


def test_sentences_are_collected_from_code_and_templates():
    found = {message.id for message in translations.collected()}
    assert {"Keyboard shortcuts", "Archive", "Sign in", "Settings saved."} <= found


def test_what_scripts_say_is_safe_in_a_page():
    table = words.table("en")
    assert "<" not in table
    assert '"unread":{"one":"{count} unread message","other":"{count} unread messages"}' in table


def test_account_then_cookie_then_browser(client, alice, settings):
    settings.LANGUAGES = [(code, get_language_info(code)["name"]) for code in ("en", "de", "fr", "ar")]
    client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")

    def spoken() -> str:
        page = client.get("/", headers={"Accept-Language": "fr,en;q=0.5"}).content.decode()
        return re.search(r'<html lang="([\w-]+)" dir="(\w+)"', page)[0].removeprefix("<html ")

    assert spoken() == 'lang="fr" dir="ltr"'
    client.cookies["language"] = "de"
    assert spoken() == 'lang="de" dir="ltr"'
    preferences.change(alice, language="ar")
    assert spoken() == 'lang="ar" dir="rtl"'

"""A language is offered once nearly everything is said in it; and whose choice of a language counts."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Message
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info, gettext, override, to_locale

from mailcore.identity import preferences
from mailcore.store import labels
from tests import translations
from webmail import words
from webmail.rendering import when

OFFERED = [to_locale(code) for code, _ in settings.LANGUAGES if code != "en"]
HOLES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|</?\w+>")


@pytest.mark.parametrize("language", OFFERED)
def test_nearly_everything_is_said(language):
    """A new sentence may stand in English for a while; a language with many of those is no offer."""
    said = translations.updated(language)
    missing = [message.id for message in said if translations.is_missing(message)]
    assert len(missing) <= 0.05 * len(said), missing


@pytest.mark.parametrize("language", OFFERED)
def test_every_hole_is_filled_with_what_the_code_has(language):
    for message in filter(_is_sentence, translations.catalogue(language)):
        if translations.is_missing(message):
            continue
        if isinstance(message.id, str):
            assert sorted(HOLES.findall(message.string)) == sorted(HOLES.findall(message.id)), message.id
            continue
        one, many = message.id
        # "1 day" needs no hole in any language; the form for most numbers needs all of them.
        assert set(HOLES.findall(message.string[-1])) == set(HOLES.findall(many)), message.id
        for said in message.string:
            assert set(HOLES.findall(said)) <= set(HOLES.findall(one + many)), message.id
            assert said.count("%d") == many.count("%d"), message.id  # no name, so none may be left out


@pytest.mark.parametrize("language", OFFERED)
def test_nothing_is_guessed_and_every_plural_has_its_forms(language):
    found = translations.catalogue(language)
    assert not [message.id for message in found if message.fuzzy and message.id]
    for message in found:
        if isinstance(message.id, tuple) and not translations.is_missing(message):
            assert len(message.string) == found.num_plurals, message.id


@pytest.mark.parametrize("language", OFFERED)
def test_breaks_and_edges_stay(language):
    """A sentence ends in a full stop, a line break or in neither, as it does in English."""
    for message in filter(_is_sentence, translations.catalogue(language)):
        if isinstance(message.id, str) and not translations.is_missing(message):
            assert message.string.count("\n") == message.id.count("\n"), message.id
            assert message.string == message.string.strip(" "), message.id


def _is_sentence(message: Message) -> bool:
    return bool(message.id) and message.context != "day"


@pytest.mark.parametrize("language", OFFERED)
def test_what_django_reads_is_what_was_written(language):
    kept = translations.LOCALE / language / "LC_MESSAGES" / "django.mo"
    assert kept.read_bytes() == translations.compiled(language), "python -m tests.translations compile"


def test_templates_say_nothing_bare():
    """Words that stand in a template outside of `translate` are English in every language."""
    bare = [
        f"{path.relative_to(translations.ROOT)}:{line}: {text}"
        for path in sorted((translations.ROOT / "templates").rglob("*.html"))
        for line, text in _Bare.in_(path.read_text())
    ]
    assert bare == []


class _Bare(HTMLParser):
    """The words of a template that are not translated, with their lines."""

    NAMES = frozenset({"https", "SSL", "TLS", "Esc", "Ctrl", "Shift", "Alt", "Enter"})
    EXAMPLE = re.compile(r"\S*\bexample\.org\b")
    SPOKEN = frozenset({"title", "aria-label", "aria-description", "placeholder", "alt", "label"})
    NOT_SHOWN = re.compile(
        r"{#.*?#}|{%\s*(?:comment|blocktranslate)\b.*?{%\s*end(?:comment|blocktranslate)\s*%}|{%.*?%}|{{.*?}}",
        re.DOTALL,
    )

    @classmethod
    def in_(cls, template: str) -> list[tuple[int, str]]:
        # A block of the class attribute is left as words between tags by a page that only fills it.
        shown = re.sub(r"{% block \w*class %}.*?{% endblock %}", "", template, flags=re.DOTALL)
        parser = cls()
        parser.feed(cls.NOT_SHOWN.sub(lambda tag: "\n" * tag[0].count("\n"), shown))
        return parser.found

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        for name, value in attrs:
            if name in self.SPOKEN:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        if (
            self.tag not in ("script", "style")
            and set(re.findall(r"[^\W\d_]{2,}", self.EXAMPLE.sub("", data))) - self.NAMES
        ):
            self.found.append((self.getpos()[0], data.strip()))


@pytest.mark.parametrize("code", [code for code, _ in settings.LANGUAGES])
def test_every_page_speaks_it(client, alice, bob, deliver, code):
    """With letters, a label, a search and a draft, so that most sentences of the templates are made once."""
    first = deliver(subject="Ferry", headers="Disposition-Notification-To: bob@example.org\r\n")
    deliver(subject="Re: Ferry", headers="In-Reply-To: <1@letters.test>\r\n")
    labels.create(alice.pk, "Travel")
    preferences.change(alice, language=code)
    client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    with override(code):
        inbox = gettext("Inbox")
    for path in (
        *(reverse(name) for name in PAGES),
        f"{reverse('search')}?q=ferry",
        f"{reverse('search')}?q=nothingatall",
        reverse("message:show", args=[first.message_id]),
    ):
        answer = client.get(path, follow=True)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert f'<html lang="{code}" dir="{"rtl" if get_language_info(code)["bidi"] else "ltr"}"' in page, (
            path
        )
        assert path in WITHOUT_RAIL or inbox in html.unescape(page), path
        assert not re.search(r"%\(\w+\)[sd]|%[sd]\b", page), path


PAGES = (
    "home", "label:index", "search-form", "saved:index", "compose:new", "later:scheduled", "folders:index",
    "contacts:index", "contacts:new", "contacts:merge", "contacts:import", "shortcuts", "blocked", "preferences",
    "preferences-index", "preferences-appearance", "preferences-privacy", "password", "preferences-programs",
    "preferences-storage", "identities", "identity-new", "templates", "template-new", "delegation", "offline",
)  # fmt: skip
WITHOUT_RAIL = {"/offline/"}


def test_dates_are_in_the_order_of_the_language():
    at = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    told = {}
    for code, _ in settings.LANGUAGES:
        with override(code), timezone.override(UTC):
            told[code] = when.full(at, datetime(2026, 4, 1, tzinfo=UTC))
    assert told == DATES | {code: told[code] for code in told.keys() - DATES.keys()}


DATES = {
    "de": "Mo, 2. März 2026, 14:05",
    "en": "Mon 2 March 2026, 14:05",
    "es": "lun, 2 de marzo de 2026, 14:05",
    "fr": "lun 2 mars 2026, 14:05",
    "ja": "2026年3月2日(月), 14:05",
    "zh-hans": "2026年3月2日 星期一, 14:05",
}


def test_the_sign_in_page_speaks_what_the_browser_asks_for(client, db):
    assert "Anmelden" in client.get("/login/", headers={"Accept-Language": "de-AT,de;q=0.9"}).content.decode()


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

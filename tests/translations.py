"""The catalogues of webmail/locale: collect what pages say, show what no one has translated, write what Django reads.

    python -m tests.translations update            take new sentences into every .po, drop those that are gone
    python -m tests.translations missing de        what de.po still lacks, as JSON: {"sentence": ""}
    python -m tests.translations take de FILE      put such a JSON, filled in, into de.po; plurals are lists of forms
    python -m tests.translations compile           write the .mo files; they are committed, so that no server needs this

Babel does it all; GNU gettext is not needed.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "webmail" / "locale"
# To be translated, as folders name them; settings.LANGUAGES says which are offered.
LANGUAGES = ("ar", "de", "es", "fr", "hi", "ja", "zh_Hans")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "noop": None, "lazy": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
# What the engine refuses with, in English for its other doors; pages say it in the reader's language.
REFUSALS = (
    "AddressInvalid", "DelegationRefused", "IdentityError", "LabelExists", "LabelNotFound", "MailboxExists",
    "MailboxNotFound", "NameInvalid", "NotAsked", "NotFound", "NotPermitted", "NothingToSnooze",
    "PasswordInvalid", "TemplateRefused", "TemporaryFailure", "TooSoon",
)  # fmt: skip


@cache
def collected() -> Catalog:
    """Every sentence of the code and the templates."""
    found = Catalog(project="Posthorn", charset="utf-8", fuzzy=False)
    keywords = KEYWORDS | dict.fromkeys(REFUSALS)
    for path, source in sources():
        for _, text, comments, context in extract("python", io.BytesIO(source), keywords, ["Translators:"]):
            found.add(text, None, [(path, 0)], auto_comments=comments, context=context)
    return found


def sources() -> Iterator[tuple[str, bytes]]:
    from django.utils.translation.template import templatize

    for folder, ending in (
        ("webmail", ".py"),
        ("mailcore", ".py"),
        ("templates", ".html"),
        ("templates", ".txt"),
    ):
        for path in sorted((ROOT / folder).rglob(f"*{ending}")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" in name or "/demo/" in name:
                continue
            text = path.read_text()
            if ending != ".py":
                # Django's own way from a template to calls of gettext, each line made a line of Python.
                text = "\n".join(line.strip() for line in templatize(text, origin=name).splitlines())
            yield name, text.encode()


def catalogue(language: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(
            locale=language, project="Posthorn", charset="utf-8", fuzzy=False, header_comment="# Posthorn"
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """The catalogue with exactly the sentences of today."""
    found = catalogue(language)
    found.update(collected(), no_fuzzy_matching=True, update_header_comment=False)
    found.obsolete.clear()
    return found


def written(found: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, found, width=110, omit_header=False, sort_output=True, include_lineno=False)
    # When it was written says nothing and would make every run a change.
    return b"\n".join(line for line in file.getvalue().split(b"\n") if not line.startswith(VOLATILE))


VOLATILE = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Last-Translator',
    b'"Language-Team',
)


def compiled(language: str) -> bytes:
    file = io.BytesIO()
    found = catalogue(language)
    # When it was written would make every run a change here too.
    found.creation_date = found.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(file, found)
    return file.getvalue()


def is_missing(message: Message) -> bool:
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(message.id) and not all(said)


def put(language: str, name: str, content: bytes) -> None:
    folder = LOCALE / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def main(command: str, *arguments: str) -> None:
    if command == "update":
        for language in LANGUAGES:
            found = updated(language)
            put(language, "django.po", written(found))
            print(language, sum(map(is_missing, found)), "missing of", len(found))
    elif command == "missing":
        lacking = {key_of(message): "" for message in catalogue(arguments[0]) if is_missing(message)}
        print(json.dumps(lacking, ensure_ascii=False, indent=0))
    elif command == "take":
        found = catalogue(arguments[0])
        said = json.loads(Path(arguments[1]).read_text())
        for message in found:
            text = said.get(key_of(message))
            if text and isinstance(text, list) == isinstance(message.id, tuple):
                message.string = tuple(text) if isinstance(text, list) else text
                message.flags.discard("fuzzy")
        put(arguments[0], "django.po", written(found))
    elif command == "compile":
        for language in LANGUAGES:
            put(language, "django.mo", compiled(language))
    else:
        raise SystemExit(__doc__)


def key_of(message: Message) -> str:
    """One string for a message: its context, its sentence, its plural."""
    sentence = message.id[0] if isinstance(message.id, tuple) else message.id
    return f"{message.context}\x04{sentence}" if message.context else sentence


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmail.settings")
    django.setup()
    main(*(sys.argv[1:] or [""]))

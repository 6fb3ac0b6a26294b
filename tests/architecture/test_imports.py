"""The layers of README's picture, enforced: who may import whom."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase

import pytest

from tests.architecture.tree import Module, modules

PURE, ROWS, VERBS, SPEECH, DOORS = "pure", "rows", "verbs", "speech", "doors"

LAYERS = [  # the first pattern that matches a module says where it stands
    ("mailcore.message*", PURE),
    ("mailcore.*.wire*", PURE),
    ("mailcore.sender_auth*", PURE),
    ("mailcore.search.query", PURE),
    ("mailcore.changes.change", PURE),
    ("mailcore.dialogue", PURE),
    ("mailcore.standards", PURE),
    ("mailcore.models*", ROWS),
    ("mailcore.store*", VERBS),
    ("mailcore.changes*", VERBS),
    ("mailcore.inbound*", VERBS),
    ("mailcore.outbound*", VERBS),
    ("mailcore.search*", VERBS),
    ("mailcore.identity*", VERBS),
    ("mailcore.sieve*", VERBS),
    ("mailcore.crypto*", VERBS),
    ("mailcore.demo*", VERBS),
    ("mailcore.drafts*", VERBS),
    ("mailcore.people*", VERBS),
    ("mailcore.transfer*", VERBS),
    ("mailcore.journey*", VERBS),
    ("mailcore.calendar*", VERBS),
    ("mailcore.later*", VERBS),
    ("mailcore.dns", VERBS),
    ("mailcore.public_address", VERBS),
    ("mailcore.outside", VERBS),
    ("mailcore.push*", VERBS),
    ("mailcore.courier", VERBS),
    ("mailcore.doorbell", VERBS),
    ("mailcore.imap*", SPEECH),
    ("mailcore.pop3*", SPEECH),
    ("mailcore.smtp*", SPEECH),
    ("mailcore.listener*", DOORS),
    ("mailcore.tasks", DOORS),
    ("mailcore.management*", DOORS),
    ("mailcore.supervisor*", DOORS),
    ("mailcore.system_checks", DOORS),
    ("mailcore.apps", DOORS),
    ("mailcore", PURE),
    ("webmail*", DOORS),
]

MAY_IMPORT = {
    PURE: {PURE},
    ROWS: {PURE, ROWS},
    VERBS: {PURE, ROWS, VERBS},
    SPEECH: {PURE, ROWS, VERBS, SPEECH},
    DOORS: {PURE, ROWS, VERBS, SPEECH, DOORS},
}

APART = [  # (room, room it may not import): protocols and doors do not know one another
    ("mailcore.imap*", "mailcore.pop3*"),
    ("mailcore.imap*", "mailcore.smtp*"),
    ("mailcore.pop3*", "mailcore.imap*"),
    ("mailcore.pop3*", "mailcore.smtp*"),
    ("mailcore.smtp*", "mailcore.imap*"),
    ("mailcore.smtp*", "mailcore.pop3*"),
    ("mailcore*", "webmail*"),
    ("mailcore.listener*", "mailcore.management*"),
    ("mailcore.listener*", "mailcore.tasks*"),
    ("mailcore.tasks", "mailcore.listener*"),
    ("mailcore.tasks", "mailcore.management*"),
    ("webmail*", "mailcore.listener*"),
    ("webmail*", "mailcore.management*"),
    ("webmail*", "mailcore.tasks*"),
    ("webmail*", "mailcore.imap*"),
    ("webmail*", "mailcore.pop3*"),
    ("webmail*", "mailcore.smtp*"),
]

NEVER = {  # layer: what it may not touch beyond our own code
    PURE: ["django*", "asyncio*", "asgiref*", "socket*", "selectors*", "threading*", "subprocess*"],
    ROWS: ["asyncio*", "asgiref*", "socket*", "django.http*"],
    VERBS: ["django.http*", "asgiref*"],
    SPEECH: ["asyncio*", "asgiref*", "socket*", "django.http*"],
    DOORS: [],
}

ONLY = {  # library: the rooms that own it
    "asyncio*": [
        "mailcore.listener*",
        "mailcore.changes.wakeups",
        "webmail.views.events",
        "webmail.pages",
        "webmail.http_guard",
    ],
    "asgiref*": ["webmail.views.events", "webmail.asgi", "webmail.streaming"],
    "uvloop*": ["mailcore.listener*", "webmail.asgi"],
    "smtplib*": ["mailcore.outbound.smtp_client"],
    "redis*": ["mailcore.changes.wakeups", "mailcore.identity.throttle", "mailcore.identity.leases"],
    "celery*": ["mailcore.tasks", "mailcore.doorbell", "webmail.celery"],
    "dns*": ["mailcore.dns"],
    "nh3*": ["webmail.rendering*"],
    "storages*": ["mailcore.store.blobs"],
    "django.core.files.storage.default_storage": ["mailcore.store.blobs"],
    # Settings read the environment; `up` makes the one that its children see.
    "os.environ": ["webmail.env", "mailcore.management*"],
}

PURE_LIBRARIES = {"cryptography", "idna"}  # besides the standard library


def layer(name: str) -> str:
    """Of a module, or of a name in a module."""
    module = _module(name, {module.name for module in modules()}) or name
    for pattern, found in LAYERS:
        if fnmatchcase(module, pattern):
            return found
    raise AssertionError(f"{name} stands in no layer: give it a room of README's picture")


@pytest.mark.parametrize("module", modules(), ids=str)
def test_imports_point_downwards(module: Module):
    here = layer(module.name)
    for imported in module.imports:
        where = f"{module.name}:{imported.line}"
        top = imported.name.partition(".")[0]
        if top in ("mailcore", "webmail"):
            assert layer(imported.name) in MAY_IMPORT[here], (
                f"{where} ({here}) may not import {imported.name}"
            )
            for room, other in APART:
                trespass = fnmatchcase(module.name, room) and fnmatchcase(imported.name, other)
                assert not trespass or ".wire" in imported.name, f"{where} may not import {imported.name}"
        for banned in NEVER[here]:
            assert not fnmatchcase(imported.name, banned), f"{where} ({here}) may not import {imported.name}"
        if here == PURE and top != "mailcore":
            assert top in sys.stdlib_module_names | PURE_LIBRARIES, f"{where}: pure code may not use {top}"
        for library, rooms in ONLY.items():
            if fnmatchcase(imported.name, library):
                assert any(fnmatchcase(module.name, room) for room in rooms), (
                    f"{where}: {library} belongs to {rooms}"
                )


@pytest.mark.parametrize("module", modules(), ids=str)
def test_the_environment_is_read_in_one_place(module: Module):
    allowed = any(fnmatchcase(module.name, room) for room in ONLY["os.environ"])
    # Entry points name the settings module, which is not a knob.
    text = module.text.replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE"', "")
    assert allowed or ("os.environ" not in text and "getenv" not in text), module.name


def test_no_module_imports_itself_in_a_circle():
    known = {module.name for module in modules()}
    graph = {
        module.name: {
            target for item in module.imports if item.at_start and (target := _module(item.name, known))
        }
        for module in modules()
    }
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for target in sorted(graph[name] - {name}):
                visit(target, [*trail, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])


def _module(imported: str, known: set[str]) -> str | None:
    """`mailcore.store.messages.append` → the module that it is in. A package's own name does not count."""
    for candidate in (imported, imported.rpartition(".")[0]):
        if candidate in known:
            return candidate
    return None

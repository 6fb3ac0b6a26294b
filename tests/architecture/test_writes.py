"""Rows are written by verbs (layer 3) alone: doors and speech ask."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.test_imports import DOORS, SPEECH, VERBS, layer
from tests.architecture.tree import Module, modules

WRITES = {
    "create",
    "update",
    "delete",
    "save",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


def _chain(node: ast.expr) -> list[str]:
    """`Mailbox.objects.filter(…).update` → ["Mailbox", "objects", "filter", "update"]."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Name):
            return [node.id, *names[::-1]]
        else:
            return names[::-1]


@pytest.mark.parametrize("module", [m for m in modules() if layer(m.name) in (SPEECH, DOORS)], ids=str)
def test_doors_and_speech_ask(module: Module):
    verbs = {  # `from mailcore.drafts import rows`: rows.save(…) is asking
        imported.name.rpartition(".")[2]
        for imported in module.imports
        if imported.name.startswith("mailcore.") and layer(imported.name) == VERBS
    }
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            chain = _chain(node.func)
            on_rows = "objects" in chain[:-1] or (
                chain[-1] == "save" and chain[0] not in {"super", "storage", *verbs}
            )
            assert not on_rows, f"{module.name}:{node.lineno}: {'.'.join(chain)} belongs in layer 3"

"""Whose mail a view shows is decided in webmail/reader.py alone: who signed in is not whose mail is read."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import Module, modules

PLACES = (
    "webmail.views.",
    "webmail.rendering.",
    "webmail.templatetags.",
    "webmail.rail",
    "webmail.streaming",
)


@pytest.mark.parametrize("module", [m for m in modules() if m.name.startswith(PLACES)], ids=str)
def test_views_ask_the_reader(module: Module):
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Attribute) and node.attr in ("pk", "id", "address"):
            assert ast.unparse(node.value) != "request.user", (
                f"{module.name}:{node.lineno}: whose mail is that? Ask reader.account_id(request); "
                "for the person who signed in (settings, password) reader.of(request)"
            )

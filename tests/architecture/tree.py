"""The source tree as data: modules, what they import, what their docstrings say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """`name` as written, dotted; `line` where; whether it runs when the module is loaded."""

    name: str
    line: int
    at_start: bool


@dataclass(frozen=True)
class Module:
    """One of our files."""

    name: str
    path: Path

    def __str__(self) -> str:
        return self.name

    @property
    def syntax(self) -> ast.Module:
        return _parse(self.path)

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def imports(self) -> list[Import]:
        found = []
        for node, at_start in _walk(self.syntax, True):
            if isinstance(node, ast.Import):
                found += [Import(alias.name, node.lineno, at_start) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}:{node.lineno}: write the import in full"
                found += [
                    Import(f"{node.module}.{alias.name}", node.lineno, at_start) for alias in node.names
                ]
        return found

    @property
    def docstrings(self) -> Iterator[str]:
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield ast.get_docstring(node) or ""


def _walk(node: ast.AST, at_start: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        yield child, at_start
        yield from _walk(child, at_start and not inside and not for_types)


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def modules() -> list[Module]:
    """Every module of the two packages, migrations aside."""
    found = []
    for path in sorted([*ROOT.glob("mailcore/**/*.py"), *ROOT.glob("webmail/**/*.py")]):
        if "migrations" not in path.parts:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found.append(Module(name, path))
    return found

"""Static files under names that carry their content's hash, compressed, cached for ever; the first page in few pieces.

A checkout serves every file as it is written. `collectstatic` joins: a stylesheet takes in what it `@import`s, and
`js/main.js` takes in every module it imports, each in a function of its own, so that a first visit asks for one
script and one stylesheet. Modules that are loaded when needed stay files; what they import of the joined ones they
take from a table that `main.js` fills, so that every module lives once. (They cannot import it from `main.js`: it
names them, and two files cannot carry each other's hash in their names.) Comments and spaces go (rcssmin, rjsmin).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import rcssmin
import rjsmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

ENTRY = "js/main.js"
TABLE = "globalThis.modules"
OURS = ("js/", "css/")
Read = Callable[[str], str]  # name of a file: its text


class HashedStatic(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage that also follows `import` between our modules, after joining them.

    A file that was not collected (a development checkout, a test) is served under its plain name.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 12  # at most as many as files stand in a line, each naming the next by its hash
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when nothing was collected."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join first, then hash and compress as ever."""
        if not dry_run:
            paths = paths | {name: (self, name) for name in self._joined(paths)}
        yield from super().post_process(paths, dry_run, **options)

    def _joined(self, paths: dict[str, Any]) -> Iterator[str]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return str(file.read().decode())

        ours = [name for name in paths if name.startswith(OURS) and name.endswith((".js", ".css"))]
        texts = {name: read(name) for name in ours}
        modules = Modules(texts.__getitem__) if ENTRY in texts else None
        for name in ours:
            if name.endswith(".css"):
                text = small(stylesheet(name, texts.__getitem__))
            else:
                text = rjsmin.jsmin(modules.written(name) if modules else texts[name])
            self.delete(name)
            self._save(name, ContentFile(text.encode()))
            yield name


# --- stylesheets ----------------------------------------------------------------------------------
_WITHIN = re.compile(r" (:(?:is|where|not|has)\()")
_STYLE_IMPORT = re.compile(r'^@import url\("([\w.-]+\.css)"\)(?: (\w+))?;\n', re.M)


def stylesheet(name: str, read: Read) -> str:
    """The sheet with what it imports in the place of the import, for one medium if it says so."""
    folder = name.rpartition("/")[0]

    def taken_in(found: re.Match[str]) -> str:
        inner = stylesheet(f"{folder}/{found[1]}", read)
        return f"@media {found[2]} {{\n{inner}}}\n" if found[2] else inner

    return _STYLE_IMPORT.sub(taken_in, read(name))


def small(sheet: str) -> str:
    """Without comments and spaces. In a layer rcssmin takes the blank of `a :is(b)` for one before a value; `a:is(b)`
    is another thing.
    """
    return str(rcssmin.cssmin(_WITHIN.sub(r" *\1", sheet)))


# --- modules --------------------------------------------------------------------------------------
_IMPORT = re.compile(r'^import\s+(?:(\{[^}]*\}|\* as \w+)\s+from\s+)?"\./([\w-]+)\.js";?[ \t]*$', re.M)
_DYNAMIC = re.compile(r'\bimport\("\./([\w-]+)\.js"\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.M)
_LIST = re.compile(r"^export (\{[^}]*\});?[ \t]*$", re.M)
_STRANGE = re.compile(r"^(?:import|export)\b(?!\()", re.M)


class ModuleStrange(ValueError):
    """A module uses a form of import or export that we do not join."""


class Modules:
    """Our scripts, and which of them the first page needs."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.core: list[str] = []  # without "js/" and ".js", each after what it imports
        self._walk(ENTRY[3:-3], ())

    def _walk(self, module: str, path: tuple[str, ...]) -> None:
        if module in path:
            raise ModuleStrange(f"modules import each other: {' -> '.join((*path, module))}")
        if module in self.core:
            return
        for found in _IMPORT.finditer(self._read(f"js/{module}.js")):
            self._walk(found[2], (*path, module))
        self.core.append(module)

    def written(self, name: str) -> str:
        """The file as it is served."""
        module = name[3:-3]
        text = self._read(name)
        if name == ENTRY:
            return f"{TABLE} = {{}};\n" + "".join(map(self._within, self.core))
        if module in self.core:  # where a page asks for it by name: the very same module
            taken = ", ".join(self._exported(module))
            return f"export const {{ {taken} }} = {_scope(module)};\n" if taken else ""
        return self._from_table(text)

    def _from_table(self, text: str) -> str:
        """What is imported of a joined module is taken from the table."""

        def taken(found: re.Match[str]) -> str:
            if found[2] not in self.core:
                return found[0]
            return _taken(found[1], found[2]) if found[1] else ""

        def loaded(found: re.Match[str]) -> str:
            return f"Promise.resolve({_scope(found[1])})" if found[1] in self.core else found[0]

        return _DYNAMIC.sub(loaded, _IMPORT.sub(taken, text))

    def _within(self, module: str) -> str:
        """A module as a function that runs at once and answers with what it exports."""
        exported = self._exported(module)
        text = _LIST.sub("", _EXPORT.sub("", self._read(f"js/{module}.js")))
        text = self._from_table(text)
        if strange := _STRANGE.search(text):
            line = text[strange.start() :].partition("\n")[0]
            raise ModuleStrange(f"js/{module}.js: {line}")
        answer = ", ".join(f"{outer}: {inner}" for outer, inner in exported.items())
        return f"{_scope(module)} = (() => {{\n{text}\nreturn {{ {answer} }};\n}})();\n"

    def _exported(self, module: str) -> dict[str, str]:
        """The name outside, and the name inside."""
        text = self._read(f"js/{module}.js")
        named = {name: name for name in _EXPORT.findall(text)}
        for found in _LIST.finditer(text):
            named |= {outer: inner for inner, outer in _pairs(found[1])}
        return named


def _scope(module: str) -> str:
    return f"{TABLE}.{module.replace('-', '_')}"


def _pairs(names: str) -> list[tuple[str, str]]:
    """{ a, b as c }: (a, a), (b, c)."""
    listed = [
        each.split(" as ") for each in " ".join(names.strip("{} \n").split()).split(",") if each.strip()
    ]
    return [(each[0].strip(), each[-1].strip()) for each in listed]


def _taken(names: str, module: str) -> str:
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {_scope(module)};"
    taken = ", ".join(a if a == b else f"{a}: {b}" for a, b in _pairs(names))
    return f"const {{ {taken} }} = {_scope(module)};"

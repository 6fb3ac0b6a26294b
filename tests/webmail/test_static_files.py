"""What collectstatic makes of our scripts and sheets, and that there is nothing in them it cannot join."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import ROOT
from webmail import static_files
from webmail.static_files import Modules, ModuleStrange, stylesheet

ENTRY = 'import { b } from "./b.js";\nimport "./shell.js";\nb(1);\n'


def reading(**texts: str):
    files = {f"js/{name}.js": text for name, text in ({"main": ENTRY, "shell": ""} | texts).items()}
    return files.__getitem__


def test_a_module_becomes_a_function_that_answers_with_what_it_exports():
    read = reading(
        b='import { c as see } from "./c.js";\nexport const b = (x) => see(x);\nexport async function d() {}\n',
        c='const c = (x) => import("./late.js");\nexport { c };\n',
    )
    modules = Modules(read)
    assert modules.core == ["c", "b", "shell", "main"]
    assert modules.written("js/main.js").splitlines() == [
        "globalThis.modules = {};",
        "globalThis.modules.c = (() => {",
        'const c = (x) => import("./late.js");', "", "", "return { c: c };", "})();",
        "globalThis.modules.b = (() => {",
        "const { c: see } = globalThis.modules.c;",
        "const b = (x) => see(x);", "async function d() {}", "", "return { b: b, d: d };", "})();",
        "globalThis.modules.shell = (() => {", "", "return {  };", "})();",
        "globalThis.modules.main = (() => {",
        "const { b } = globalThis.modules.b;", "", "b(1);", "", "return {  };", "})();",
    ]  # fmt: skip


def test_what_is_loaded_later_shares_the_modules_of_the_first_page():
    read = reading(
        b="export const b = 1;\n",
        late='import { b as one } from "./b.js";\nimport { e } from "./e.js";\nimport("./b.js").then(e(one));\n',
    )
    assert Modules(read).written("js/late.js").splitlines() == [
        "const { b: one } = globalThis.modules.b;",
        'import { e } from "./e.js";',
        "Promise.resolve(globalThis.modules.b).then(e(one));",
    ]
    assert Modules(read).written("js/b.js") == "export const { b } = globalThis.modules.b;\n"


@pytest.mark.parametrize(
    "text",
    ['import x from "./c.js";\n', "export default 1;\n", 'export * from "./c.js";\n', "export let n = 1;\n",
     'import { b } from "./b.js";\n'],
)  # fmt: skip
def test_what_cannot_be_joined_is_said(text):
    with pytest.raises(ModuleStrange):
        Modules(reading(b=text, c="")).written("js/main.js")


def test_a_stylesheet_takes_in_its_imports():
    files = {
        "css/app.css": '/* all */\n@import url("a.css");\n@import url("b.css") print;\np { color: red }\n',
        "css/a.css": "a { top: 0 }\n",
        "css/b.css": "b { top: 1px }\n",
    }
    assert stylesheet("css/app.css", files.__getitem__) == (
        "/* all */\na { top: 0 }\n@media print {\nb { top: 1px }\n}\np { color: red }\n"
    )


def test_our_own_files_can_be_joined():
    def read(name: str) -> str:
        return (ROOT / "static" / name).read_text()

    modules = Modules(read)
    assert {"html", "http", "rows", "reading", "shortcuts"} <= set(modules.core)
    for path in (ROOT / "static" / "js").glob("*.js"):
        modules.written(f"js/{path.name}")
    assert "@import" not in stylesheet("css/app.css", read)


def test_no_page_brings_again_what_every_page_has():
    """`main.js` and `app.css` are on every page; a second copy of their parts would be a second request."""
    sheets = re.findall(r'url\("([\w.-]+)"\)', (ROOT / "static/css/app.css").read_text())
    modules = Modules(lambda name: (ROOT / "static" / name).read_text()).core
    for path in (ROOT / "templates").rglob("*.html"):
        if path.parts[-2] == "admin" or path.name in ("print.html", "quote.html", "body.html"):
            continue
        brought = re.findall(r"static '(?:css|js)/([\w.-]+)'", path.read_text())
        again = {*sheets, *(f"{name}.js" for name in modules if name != "main")} & set(brought)
        assert not again, f"{path.name} brings {again}"


def test_what_is_within_something_stays_within():
    assert static_files.small("@layer a {\n  .x :is(ul, ol) {\n    color: red;\n  }\n}\n") == (
        "@layer a{.x *:is(ul,ol){color:red}}"
    )

"""Style that strangers wrote, reduced to what can change nothing but the look of their own letter.

Allow-lists throughout: properties, functions, at-rules. Nothing may load (`url()` passes only through `image`),
nothing may leave its place (`position`, `transform`), nothing may depend on the height we give the frame
(viewport units). What comes out is serialised anew, never copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import tinycss2
import tinycss2.ast

Image = Callable[[str], str | None]  # address → our address for it, or None

MAX_SHEET = 400_000
MAX_RULES = 5_000
MAX_NESTING = 3
MAX_DEPTH = 40  # of brackets, those within strings counted too

_PROPERTIES_NAMES = """
    background background-clip background-color background-image background-origin background-position background-repeat
    background-size border border-bottom border-bottom-color border-bottom-left-radius border-bottom-right-radius
    border-bottom-style border-bottom-width border-collapse border-color border-left border-left-color border-left-style
    border-left-width border-radius border-right border-right-color border-right-style border-right-width border-spacing
    border-style border-top border-top-color border-top-left-radius border-top-right-radius border-top-style
    border-top-width border-width box-shadow box-sizing caption-side clear color column-count column-gap column-width
    direction display empty-cells flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font
    font-family font-size font-stretch font-style font-variant font-weight gap grid-column grid-gap grid-row
    grid-template-columns grid-template-rows height hyphens justify-content align-content align-items align-self
    justify-items justify-self letter-spacing line-height list-style list-style-position list-style-type margin
    margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width mso-hide object-fit
    object-position opacity order orphans outline overflow overflow-wrap overflow-x overflow-y padding padding-bottom
    padding-left padding-right padding-top page-break-after page-break-before quotes row-gap tab-size table-layout
    text-align text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent
    text-overflow text-shadow text-transform unicode-bidi vertical-align visibility white-space widows width
    word-break word-spacing word-wrap writing-mode
    """
_PROPERTIES = frozenset(_PROPERTIES_NAMES.split())
_FUNCTIONS_NAMES = """
    rgb rgba hsl hsla hwb lab lch oklab oklch calc min max clamp linear-gradient radial-gradient conic-gradient
    repeating-linear-gradient repeating-radial-gradient repeat minmax fit-content
    """
_FUNCTIONS = frozenset(_FUNCTIONS_NAMES.split())
_VIEWPORT = re.compile(r"\A[sld]?v(?:h|w|min|max|i|b)\Z", re.IGNORECASE)
_COLOURED = frozenset({"color", "background", "background-color", "background-image"})
_INKS = frozenset(
    (
        "black",
        "windowtext",
        "inherit",
        "initial",
        "currentcolor",
        "auto",
        "gray",
        "grey",
        "dimgray",
        "dimgrey",
    )
)
_HEX = re.compile(
    r"#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))\Z", re.IGNORECASE
)
_RGB = re.compile(r"rgba?\( ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3})(?:, ?1)?\)\Z", re.IGNORECASE)
_WHITE = re.compile(
    r"\A(?:white|transparent|none|inherit|initial|#fff|#ffffff|rgba?\(255, ?255, ?255(?:, ?1)?\)|window)\Z",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[(\[{}\])]")
_VISIBLE_BLANK = re.compile(r"\s+")


class Style:
    """Filters the style of one letter, and remembers what it met."""

    def __init__(self, image: Image, *, strip_colours: bool = False) -> None:
        self._image = image
        self._strip_colours = strip_colours
        self.has_colours = False

    def attribute(self, text: str) -> str:
        """The content of a style="…" attribute."""
        if len(text) > 20_000 or _is_deep(text):
            return ""
        return self._declarations(
            tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True)
        )

    def sheet(self, text: str) -> str:
        """The content of a <style> element."""
        text = text[:MAX_SHEET].replace("<!--", " ").replace("-->", " ")
        if _is_deep(text):
            return ""
        rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        # A "<" would be able to end the element we print this in; no rule that we let through needs one.
        return self._rules(rules, 0).replace("<", "\\3c ")

    def _rules(self, rules: Iterable[tinycss2.ast.Node], depth: int) -> str:
        kept = []
        for number, rule in enumerate(rules):
            if number == MAX_RULES:
                break
            if rule.type == "qualified-rule":
                inside = self._declarations(
                    tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
                )
                selector = tinycss2.serialize(rule.prelude).strip()
                if inside and selector and _is_selector(rule.prelude):
                    kept.append(f"{selector}{{{inside}}}")
            elif (
                rule.type == "at-rule"
                and rule.lower_at_keyword == "media"
                and rule.content
                and depth < MAX_NESTING
            ):
                query = tinycss2.serialize(rule.prelude).strip()
                # Dark variants are made for a dark page; a letter with colours of its own stands on white.
                if "prefers-color-scheme" in query.lower() or "url" in query.lower():
                    continue
                inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                inside = self._rules(inner, depth + 1)
                if inside:
                    kept.append(f"@media {query}{{{inside}}}")
        return "\n".join(kept)

    def _declarations(self, nodes: Iterable[tinycss2.ast.Node]) -> str:
        kept = []
        for node in nodes:
            if node.type != "declaration" or node.lower_name not in _PROPERTIES:
                continue
            value = self._value(node.value)
            if value is None:
                continue
            if node.lower_name in _COLOURED:
                if self._strip_colours:
                    continue
                self.note_colour(node.lower_name, value)
            kept.append(f"{node.lower_name}:{value}{'!important' if node.important else ''}")
        return ";".join(kept)

    def note_colour(self, name: str, value: str) -> None:
        """Remember whether the letter has colours of its own, beyond black on white."""
        value = _VISIBLE_BLANK.sub(" ", value.strip())
        if not (_is_ink(value) if name == "color" else _WHITE.match(value)):
            self.has_colours = True

    def _value(self, tokens: Iterable[tinycss2.ast.Node]) -> str | None:
        printed = []
        for token in tokens:
            if token.type == "url":
                ours = self._image(token.value)
                printed.append(f'url("{_quoted(ours)}")' if ours else "none")
            elif token.type == "function":
                if token.lower_name == "url":
                    address = "".join(item.value for item in token.arguments if item.type == "string")
                    ours = self._image(address)
                    printed.append(f'url("{_quoted(ours)}")' if ours else "none")
                    continue
                inside = self._value(token.arguments) if token.lower_name in _FUNCTIONS else None
                if inside is None:
                    return None
                printed.append(f"{token.lower_name}({inside})")
            elif token.type == "() block":
                inside = self._value(token.content)
                if inside is None:
                    return None
                printed.append(f"({inside})")
            elif token.type == "dimension":
                if _VIEWPORT.match(token.unit):
                    return None
                printed.append(token.serialize())
            elif token.type in ("ident", "number", "percentage", "hash", "string", "whitespace"):
                printed.append(" " if token.type == "whitespace" else token.serialize())
            elif token.type == "literal" and token.value in (",", "/", "+", "-", "*"):
                printed.append(token.value)
            elif token.type != "comment":
                return None
        return "".join(printed).strip() or None


def _is_ink(value: str) -> bool:
    """Black or a dark grey: what letters are written in. A theme may take its own ink instead."""
    if value.lower() in _INKS:
        return True
    if found := _HEX.match(value):
        channels = [int(pair * 2 if len(pair) == 1 else pair, 16) for pair in found.groups() if pair]
    elif found := _RGB.match(value):
        channels = [int(channel) for channel in found.groups()]
    else:
        return False
    return max(channels) <= 0xA0 and max(channels) - min(channels) <= 0x22


def _is_deep(text: str) -> bool:
    """Whether brackets open and open: nobody needs that, and parsers recurse."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "([{" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            return True
    return False


def _is_selector(prelude: Iterable[tinycss2.ast.Node]) -> bool:
    return all(token.type not in ("error", "{} block", "url", "at-keyword", "bad-url") for token in prelude)


def _quoted(address: str) -> str:
    return address.replace("\\", "%5C").replace('"', "%22").replace("\n", "").replace("<", "%3C")

"""Style that strangers wrote, reduced to what can change nothing but the look of their own letter.

Allow-lists throughout: properties, functions, at-rules. Nothing may load (`url()` passes only through `image`),
nothing may leave its place (`position`, `transform`), nothing may move by itself (`animation`, `transition`), nothing
may depend on the height we give the frame (viewport units). What comes out is serialised anew, never copied.

Every colour c becomes `light-dark(c, c′)`, where c′ is what it is on dark paper (`colours`); which of the two holds
is decided by the `color-scheme` of the document, so a letter is turned over without being asked for again. What the
sender wrote for dark pages (`prefers-color-scheme`) goes into a sheet of its own, because it must follow the theme
of this product, not that of the reader's system.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import tinycss2
import tinycss2.ast

from webmail.rendering import colours
from webmail.rendering.colours import Colour

Image = Callable[[str], str | None]  # address → our address for it, or None

MAX_SHEET = 400_000
MAX_RULES = 5_000
MAX_NESTING = 3
MAX_DEPTH = 40  # of brackets, those within strings counted too

_PROPERTIES_NAMES = """
    align-content align-items align-self aspect-ratio background background-clip background-color background-image
    background-origin background-position background-position-x background-position-y background-repeat background-size
    block-size border border-block border-block-end border-block-start border-bottom border-bottom-color
    border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width border-collapse
    border-color border-inline border-inline-end border-inline-start border-left border-left-color border-left-style
    border-left-width border-radius border-right border-right-color border-right-style border-right-width border-spacing
    border-style border-top border-top-color border-top-left-radius border-top-right-radius border-top-style
    border-top-width border-width box-shadow box-sizing break-after break-before break-inside caption-side clear color
    column-count column-gap column-rule column-width columns content counter-increment counter-reset direction
    display empty-cells flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font font-family
    font-feature-settings font-kerning font-size font-stretch font-style font-variant font-variant-numeric font-weight
    gap grid-area grid-auto-columns grid-auto-flow grid-auto-rows grid-column grid-column-end grid-column-gap
    grid-column-start grid-gap grid-row grid-row-end grid-row-gap grid-row-start grid-template grid-template-areas
    grid-template-columns grid-template-rows height hyphens inline-size justify-content justify-items justify-self
    letter-spacing line-break line-height list-style list-style-image list-style-position list-style-type margin
    margin-block margin-block-end margin-block-start margin-bottom margin-inline margin-inline-end margin-inline-start
    margin-left margin-right margin-top max-height max-inline-size max-width min-height min-inline-size min-width
    mso-hide object-fit object-position opacity order orphans outline outline-color outline-offset outline-style
    outline-width overflow overflow-wrap overflow-x overflow-y padding padding-block padding-block-end
    padding-block-start padding-bottom padding-inline padding-inline-end padding-inline-start padding-left
    padding-right padding-top page-break-after page-break-before page-break-inside place-content place-items place-self
    quotes row-gap tab-size table-layout text-align text-align-last text-decoration text-decoration-color
    text-decoration-line text-decoration-style text-decoration-thickness text-indent text-overflow text-shadow
    text-transform text-underline-offset text-wrap unicode-bidi vertical-align visibility white-space widows width
    word-break word-spacing word-wrap writing-mode
    """
_PROPERTIES = frozenset(_PROPERTIES_NAMES.split())
_FUNCTIONS_NAMES = """
    rgb rgba hsl hsla hwb lab lch oklab oklch calc min max clamp linear-gradient radial-gradient conic-gradient
    repeating-linear-gradient repeating-radial-gradient repeat minmax fit-content counter counters
    """
_FUNCTIONS = frozenset(_FUNCTIONS_NAMES.split())
_COLOUR_FUNCTIONS = frozenset(["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch"])
_VIEWPORT = re.compile(r"\A[sld]?v(?:h|w|min|max|i|b)\Z", re.IGNORECASE)
_COLOURED = frozenset({"color", "background", "background-color", "background-image"})
_GROUNDS = frozenset({"background", "background-color", "background-image"})
# Where a colour may stand. Shadows stay as they are: light ones would glow on dark paper.
_TURNED = re.compile(
    r"\A(?:color|background(?:-color|-image)?|(?:border|outline|column-rule|text-decoration)(?!.*radius).*)\Z"
)
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
_GREY_LIMIT, _GREY_SPREAD = 0xA0 / 255, 0x22 / 255
_WHITE = re.compile(
    r"\A(?:white|transparent|none|inherit|initial|#fff|#ffffff|rgba?\(255, ?255, ?255(?:, ?1)?\)|window)\Z",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[(\[{}\])]")
_VISIBLE_BLANK = re.compile(r"\s+")
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_ALWAYS = "(min-width:0)"


class Style:
    """Filters the style of one letter, and remembers what it met."""

    def __init__(self, image: Image, *, strip_colours: bool = False) -> None:
        self._image = image
        self._strip_colours = strip_colours
        self._is_turning = True
        self.has_colours = False
        self.is_certain = True  # every colour was understood, none lies on a picture
        self.inks: set[Colour] = set()
        self.grounds: set[Colour] = set()

    def attribute(self, text: str) -> str:
        """The content of a style="…" attribute."""
        if len(text) > 20_000 or _is_deep(text):
            return ""
        return self._declarations(
            tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True)
        )

    def sheets(self, text: str, media: str = "") -> tuple[str, str, str]:
        """The content of a <style> element: what always holds, what on dark pages, what on light ones."""
        text = text[:MAX_SHEET].replace("<!--", " ").replace("-->", " ")
        if media:
            text = f"@media {media.translate(_NO_BLOCKS)}{{{text}}}"
        if _is_deep(text):
            return "", "", ""
        rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        found: dict[str, list[str]] = {"": [], "dark": [], "light": []}
        self._rules(rules, 0, "", found)
        # A "<" would be able to end the element we print this in; no rule that we let through needs one.
        always, dark, light = ("\n".join(found[name]).replace("<", "\\3c ") for name in ("", "dark", "light"))
        return always, dark, light

    def sheet(self, text: str) -> str:
        """The rules that hold on every page."""
        return self.sheets(text)[0]

    def _rules(
        self, rules: Iterable[tinycss2.ast.Node], depth: int, scheme: str, found: dict[str, list[str]]
    ) -> None:
        for number, rule in enumerate(rules):
            if number == MAX_RULES:
                break
            if rule.type == "qualified-rule":
                self._is_turning = not scheme
                inside = self._declarations(
                    tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
                )
                self._is_turning = True
                selector = tinycss2.serialize(rule.prelude).strip()
                if inside and selector and _is_selector(rule.prelude):
                    found[scheme].append(f"{selector}{{{inside}}}")
            elif (
                rule.type == "at-rule"
                and rule.lower_at_keyword == "media"
                and rule.content
                and depth < MAX_NESTING
            ):
                self._media(rule, depth, scheme, found)

    def _media(self, rule: tinycss2.ast.AtRule, depth: int, scheme: str, found: dict[str, list[str]]) -> None:
        query = tinycss2.serialize(rule.prelude).strip()
        lower = query.lower()
        schemes = {name.lower() for name in _SCHEME.findall(query)}
        if "url" in lower or len(schemes) > 1 or (schemes and (scheme or "not" in lower)):
            return
        query = _SCHEME.sub(_ALWAYS, query)
        if "prefers-color-scheme" in query.lower():
            return
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        within: dict[str, list[str]] = {"": [], "dark": [], "light": []}
        self._rules(inner, depth + 1, next(iter(schemes), scheme), within)
        for name, kept in within.items():
            if kept:
                found[name].append(f"@media {query}{{{chr(10).join(kept)}}}")

    def _declarations(self, nodes: Iterable[tinycss2.ast.Node]) -> str:
        kept = []
        for node in nodes:
            if node.type != "declaration" or node.lower_name not in _PROPERTIES:
                continue
            is_coloured = node.lower_name in _COLOURED
            if is_coloured and self._strip_colours:
                continue
            value = self._value(node.value, node.lower_name if _TURNED.match(node.lower_name) else "")
            if value is None:
                continue
            if is_coloured and not self._strip_colours and not self.has_colours:
                self.note_colour(node.lower_name, tinycss2.serialize(node.value))
            kept.append(f"{node.lower_name}:{value}{'!important' if node.important else ''}")
        return ";".join(kept)

    def note_colour(self, name: str, value: str) -> None:
        """Remember whether the letter has colours of its own, beyond black on white."""
        value = _VISIBLE_BLANK.sub(" ", value.strip())
        if not (_is_ink(value) if name == "color" else _WHITE.match(value)):
            self.has_colours = True

    def turned(self, name: str, colour: Colour) -> str:
        """A colour of the property `name`, with what it is on dark paper."""
        if name == "color":
            self.inks.add(colour)
        elif name in _GROUNDS:
            self.grounds.add(colour)
        if colour.alpha == 0:
            return str(colour)
        return f"light-dark({colour},{colours.darkened(colour)})"

    def _value(self, tokens: Iterable[tinycss2.ast.Node], name: str = "") -> str | None:
        """A value printed anew; `name` is the property if it takes colours, and they are to be turned."""
        printed = []
        for token in tokens:
            if token.type == "url":
                printed.append(self._url(token.value, name))
            elif token.type == "function":
                if token.lower_name == "url":
                    address = "".join(item.value for item in token.arguments if item.type == "string")
                    printed.append(self._url(address, name))
                    continue
                if token.lower_name in _COLOUR_FUNCTIONS:
                    printed.append(self._colour(token, name) or "")
                    if not printed[-1]:
                        return None
                    continue
                inside = self._value(token.arguments, name) if token.lower_name in _FUNCTIONS else None
                if inside is None:
                    return None
                printed.append(f"{token.lower_name}({inside})")
            elif token.type == "() block":
                inside = self._value(token.content, name)
                if inside is None:
                    return None
                printed.append(f"({inside})")
            elif token.type == "dimension":
                if _VIEWPORT.match(token.unit):
                    return None
                printed.append(token.serialize())
            elif token.type == "hash" or (token.type == "ident" and name):
                printed.append(self._colour(token, name) or "")
            elif token.type in ("ident", "number", "percentage", "string", "whitespace"):
                printed.append(" " if token.type == "whitespace" else token.serialize())
            elif token.type == "literal" and token.value in (",", "/", "+", "-", "*"):
                printed.append(token.value)
            elif token.type != "comment":
                return None
        return "".join(printed).strip() or None

    def _colour(self, token: tinycss2.ast.Node, name: str) -> str | None:
        """A token that may be a colour; None for a function that holds more than one needs."""
        colour = colours.read(token) if name and self._is_turning else None
        if colour is not None:
            return self.turned(name, colour)
        if token.type == "function":
            self.is_certain = self.is_certain and not (name and self._is_turning)
            inside = self._value(token.arguments)
            return None if inside is None else f"{token.lower_name}({inside})"
        return str(token.serialize())

    def _url(self, address: str, name: str) -> str:
        if name in _GROUNDS:
            self.is_certain = False  # nobody knows what colours a picture has
        ours = self._image(address)
        return f'url("{_quoted(ours)}")' if ours else "none"


_NO_BLOCKS = str.maketrans("{};<", "    ")


def _is_ink(value: str) -> bool:
    """Black or a dark grey: what letters are written in. A theme may take its own ink instead."""
    if value.lower() in _INKS:
        return True
    token = tinycss2.parse_one_component_value(value, skip_comments=True)
    colour = colours.read(token)
    if colour is None or colour.alpha < 1:
        return False
    channels = (colour.red, colour.green, colour.blue)
    return max(channels) <= _GREY_LIMIT and max(channels) - min(channels) <= _GREY_SPREAD


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

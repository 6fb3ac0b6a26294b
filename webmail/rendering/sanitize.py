"""HTML mail, made safe to look at. The first of four walls; any one of them is enough:

1. here: an allow-list (nh3, html5ever's parser) of elements, attributes and addresses; style filtered by `css`;
2. the letter is a document of its own, served with `default-src 'none'` (views/body.py);
3. that document lives in a sandbox without scripts, forms, popups that keep us as opener, or top navigation;
4. the page around it allows no inline script and takes HTML only through one Trusted Types policy.

Remote content is not fetched: an image's address passes through `image`, which answers with an address of our own
(an inline part, the proxy) or with None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import nh3

from webmail.rendering.css import Image, Style

MAX_LENGTH = 1_500_000
MAX_TAGS = 25_000  # html5ever's cost grows with the square of the depth, and any tag may nest
MAX_IN_TAG = 500  # blanks, slashes and quotes in one tag: its cost grows with the square of the attributes
MAX_ASTRAY = 40_000  # the same in text that might be the inside of a tag

_TAGS_NAMES = """
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn
    dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q
    rp rt ruby s samp section small span strike strong sub summary details sup table tbody td tfoot th thead time tr tt
    u ul var wbr
    """
_TAGS = frozenset(_TAGS_NAMES.split())
_CLEARED_NAMES = """
    script style head title template noscript noembed noframes iframe frame frameset object embed applet svg math
    xmp plaintext textarea select option button audio video canvas map dialog
    """  # with everything in them
_CLEARED = frozenset(_CLEARED_NAMES.split())
_ALIGNMENT = {"align", "valign", "width", "height", "bgcolor", "background"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id", "dir", "lang", "title", "style"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": _ALIGNMENT | {"span"},
    "colgroup": _ALIGNMENT | {"span"},
    "del": {"datetime"},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"align", "size", "width", "color"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "ins": {"datetime"},
    "li": {"value", "type"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": _ALIGNMENT | {"border", "cellpadding", "cellspacing", "frame", "rules", "summary"},
    "tbody": _ALIGNMENT,
    "td": _ALIGNMENT | {"colspan", "rowspan", "headers", "nowrap", "scope", "abbr"},
    "tfoot": _ALIGNMENT,
    "th": _ALIGNMENT | {"colspan", "rowspan", "headers", "nowrap", "scope", "abbr"},
    "thead": _ALIGNMENT,
    "tr": _ALIGNMENT,
    "ul": {"type"},
}
_COLOUR = re.compile(r"#?[A-Za-z0-9]{1,30}")
_CONTROLS = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_BODY = re.compile(r"<body(?=[\s>/])", re.IGNORECASE)
_OPENING = re.compile("<[A-Za-z]")
_SEPARATOR = re.compile(r"[\s/\"']")
_ASSIGNMENT = re.compile(r"=\s{0,20}[\"']")
_HOST = re.compile(r"[^\s/?#@\\<>\"']+")

Write = Callable[[str], str]  # a mailto: address → the page where one writes to it


class TooMuch(Exception):
    """The letter is larger or deeper than HTML needs to be; show its text."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A letter's markup, what styles it, and what was found on the way."""

    markup: str
    style: str
    blocked: int  # images that would have been fetched from elsewhere
    has_colours: bool  # False: black on white, so it may follow the reader's theme
    has_width: bool  # laid out for a certain width


def clean(source: str, image: Image, write: Write) -> Clean:
    """Sanitise one HTML body. `image` says which pictures may be shown, and from where."""
    tags = _measure(source)
    first = _once(source, image, write, strip_colours=False)
    mentions = "olor" in first.markup or "ackground" in first.markup or bool(first.style)
    if first.has_colours or not mentions or tags > MAX_TAGS // 3:
        return first
    return _once(source, image, write, strip_colours=True)


def _measure(source: str) -> int:
    """How many tags, at most, there are. Raises TooMuch where the parser would need more than a second or two.

    Whatever a parser takes for one tag, quoted ">" and all, lies in one piece here, or in pieces with `="` in them.
    """
    if len(source) > MAX_LENGTH:
        raise TooMuch
    tags = len(_OPENING.findall(source))
    if tags > MAX_TAGS:
        raise TooMuch
    astray = 0
    for piece in source.split(">"):
        opening = _OPENING.search(piece)
        start = opening.start() if opening else len(piece)
        if len(piece) - start > MAX_IN_TAG and len(_SEPARATOR.findall(piece, start)) > MAX_IN_TAG:
            raise TooMuch
        if _ASSIGNMENT.search(piece, 0, start):
            astray += len(_SEPARATOR.findall(piece, 0, start))
            if astray > MAX_ASTRAY:
                raise TooMuch
    return tags


def _once(source: str, image: Image, write: Write, *, strip_colours: bool) -> Clean:
    blocked = 0

    def picture(address: str) -> str | None:
        nonlocal blocked
        ours = image(_CONTROLS.sub("", address))
        if ours is None and is_remote(address):
            blocked += 1
        return ours

    style = Style(picture, strip_colours=strip_colours)

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return style.attribute(value) or None
        if name == "href":
            return link(value, write)
        if name in ("src", "background"):
            return picture(value)
        if name in ("bgcolor", "color"):
            if strip_colours or not _COLOUR.fullmatch(value.strip()):
                return None
            style.note_colour("color" if name == "color" else "background-color", value)
            return value
        if name == "id":
            return None if value == "mail" else value
        return value

    sheets = [style.sheet(text) for text in _sheets(source)]
    markup = nh3.clean(
        _BODY.sub("<div ", source, count=1),
        tags=set(_TAGS),
        clean_content_tags=set(_CLEARED),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "cid"},
    )
    has_width = bool(re.search(r'width="?:?\s?[3-9]\d\d', markup)) or "@media" in "".join(sheets)
    return Clean(markup, "\n".join(sheet for sheet in sheets if sheet), blocked, style.has_colours, has_width)


def link(address: str, write: Write) -> str | None:
    """Where a link may lead: somewhere else on the web, or to writing a letter. Never to a page of ours."""
    address = _CONTROLS.sub("", address)
    scheme, colon, rest = address.partition(":")
    if not colon:
        return None
    scheme = scheme.lower()
    if scheme == "mailto":
        return write(rest)
    if scheme not in ("http", "https") or not rest.startswith("//") or not _host(address):
        return None
    return address


def is_remote(address: str) -> bool:
    """Whether showing this would open a connection to somebody."""
    scheme = _CONTROLS.sub("", address).partition(":")[0].lower()
    return scheme in ("http", "https") or address.lstrip().startswith(("//", "\\\\"))


def mailto(rest: str, compose_url: str) -> str:
    """Our page for writing to a mailto: address (RFC 6068)."""
    return f"{compose_url}?mailto={quote(rest[:2000], safe='@')}"


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _sheets(source: str) -> list[str]:
    """What stands in <style> elements. Misreading the markup here is harmless: everything goes through `css`."""
    lower = source.lower()
    found: list[str] = []
    at = 0
    if len(lower) != len(source):  # a character whose lower case is longer; offsets would not fit
        lower = source
    while len(found) < 50:
        start = lower.find("<style", at)
        if start < 0:
            break
        opened = lower.find(">", start)
        end = lower.find("</style", opened)
        if opened < 0 or end < 0:
            break
        found.append(source[opened + 1 : end])
        at = end + 8
    return found

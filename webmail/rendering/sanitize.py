"""HTML mail, made safe to look at. The first of four walls; any one of them is enough:

1. here: an allow-list (nh3, html5ever's parser) of elements, attributes and addresses; style filtered by `css`;
2. the letter is a document of its own, served with `default-src 'none'` (views/body.py);
3. that document lives in a sandbox without scripts, forms, popups that keep us as opener, or top navigation;
4. the page around it allows no inline script and takes HTML only through one Trusted Types policy.

Remote content is not fetched: an image's address passes through `image`, which answers with an address of our own
(an inline part, the proxy) or with None. What is there to be fetched rather than seen (`trackers`) is not even asked
for. The parser's output is canonical (every attribute in double quotes, "<" and ">" escaped in them), so the few
things that need more than one attribute at a time are done on it by pattern.
"""

from __future__ import annotations

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlsplit

import nh3
import tinycss2

from webmail.rendering import colours, links, pictures, trackers
from webmail.rendering.css import Image, Style

MAX_LENGTH = 1_500_000
MAX_TAGS = 16_000  # html5ever's cost grows with the square of the depth, and any tag may nest: 0.8 s at most
MAX_IN_TAG = 500  # blanks, slashes and quotes in one tag: its cost grows with the square of the attributes
MAX_ASTRAY = 40_000  # the same in text that might be the inside of a tag
MAX_PICTURE = 700_000  # characters of one data: picture
MAX_PICTURES = 4_000_000  # of all of them
MOST_LINKS = 500  # that are looked at for what they say and where they lead

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
    "a": {"href", "name"},
    "blockquote": {"type"},
    "col": _ALIGNMENT | {"span"},
    "colgroup": _ALIGNMENT | {"span"},
    "del": {"datetime"},
    "div": {"align", "bgcolor", "text"},
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
_HEX = re.compile(r"[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3}")
_DATA = re.compile(
    r"data:\s*image/[a-z+.-]{1,20}\s*;\s*base64\s*,([A-Za-z0-9+/=\s]{1,700000})", re.IGNORECASE
)
_IMG = re.compile(r"<img\b([^<>]*)>")
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_ANCHOR = re.compile(r'<a\b[^<>]*? href="([^"]*)"[^<>]*>((?:[^<]|<(?!/a>)){0,2000})</a>')
_MEDIA = re.compile(r"""\smedia\s*=\s*["']([^"'<>]{1,300})["']""", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TEL = re.compile(r"\+?[0-9().\-\s*#;=a-z]{3,60}\Z", re.IGNORECASE)
_HERE = re.compile(r'(<a\b[^<>]*? href="(?:tel:|#)[^<>]*?) target="_blank"')  # what needs no tab of its own
_PLACE = re.compile(r"[\w.:-]{1,100}")
_NAMED = re.compile(r'(<a\b[^<>]*?) name="([^"]*)"([^<>]*>)')
_OURS = frozenset({"mail", "for-dark", "for-light"})  # ids of the document it is shown in
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
class Link:
    """A link whose text names a place, and where it leads."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Clean:
    """A letter's markup, what styles it, and what was found on the way."""

    markup: str
    style: str
    dark_style: str  # what the sender wrote for dark pages,
    light_style: str  # and for light ones only
    blocked: int  # images that would have been fetched from elsewhere
    trackers: int  # images that would have told somebody, and are never loaded
    has_colours: bool  # False: black on white, so it may follow the reader's theme
    turns: bool  # whether it stays legible on dark paper
    has_width: bool  # laid out for a certain width
    links: tuple[Link, ...] = ()


def clean(source: str, image: Image, write: Write) -> Clean:
    """Sanitise one HTML body. `image` says which pictures may be shown, and from where."""
    source, enclosed = _set_aside(source)
    tags = _measure(source)
    first = _once(source, enclosed, image, write, strip_colours=False)
    mentions = "olor" in first.markup or "ackground" in first.markup or bool(first.style)
    if first.has_colours or not mentions or tags > MAX_TAGS // 3:
        return first
    return _once(source, enclosed, image, write, strip_colours=True)


def _set_aside(source: str) -> tuple[str, list[str]]:
    """Take pictures out that stand in the markup itself (RFC 2397), so that nobody parses megabytes of base64."""
    if "base64" not in source:
        return source, []
    enclosed: list[str] = []
    left = MAX_PICTURES

    def aside(match: re.Match[str]) -> str:
        nonlocal left
        content = "".join(match[1].split())
        left -= len(content)
        try:
            kind = pictures.kind(a2b_base64(content[:64]))
        except NotBase64:
            kind = None
        if kind is None or left < 0:
            return "data:,"
        enclosed.append(f"data:{kind};base64,{content}")
        return f"posthorn:{len(enclosed) - 1}"

    return _DATA.sub(aside, source), enclosed


def _measure(source: str) -> int:
    """How many tags, at most, there are. Raises TooMuch where the parser would need more than a second.

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


def _once(source: str, enclosed: list[str], image: Image, write: Write, *, strip_colours: bool) -> Clean:
    blocked = counted = 0
    asked: list[str] = []  # the addresses of <img>, to be looked at together with their other attributes

    def inside(address: str) -> str | None:
        number = address[9:]
        return enclosed[int(number)] if number.isdecimal() and int(number[:6]) < len(enclosed) else None

    def picture(address: str) -> str | None:
        nonlocal blocked, counted
        address = _CONTROLS.sub("", address)
        if address.startswith("posthorn:"):
            return inside(address)
        remote = is_remote(address)
        if remote and trackers.is_known(address):
            counted += 1
            return None
        ours = image(address)
        if ours is None and remote:
            blocked += 1
        return ours

    style = Style(picture, strip_colours=strip_colours)
    hints: dict[str, str] = {}  # colours in attributes, as rules with the same weight

    def coloured(name: str, value: str) -> str | None:
        value = value.strip()
        if strip_colours or not _COLOUR.fullmatch(value):
            return None
        css_name = "background-color" if name == "bgcolor" else "color"
        printed = f"#{value}" if _HEX.fullmatch(value) else value
        style.note_colour(css_name, printed)
        colour = colours.read(tinycss2.parse_one_component_value(printed))
        if colour is None:
            style.is_certain = False
        else:
            hints[f':where([{name}="{value}" i])'] = f"{css_name}:{style.turned(css_name, colour)}"
        return value

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return style.attribute(value) or None
        if name == "href":
            return link(value, write)
        if name == "src":
            asked.append(_CONTROLS.sub("", value))
            return str(len(asked) - 1)
        if name == "background":
            ours = picture(value)
            style.is_certain = False
            return None if ours is None or ours.startswith("data:") else ours
        if name in ("bgcolor", "color", "text"):
            return coloured(name, value)
        if name in ("id", "name"):
            return value if _PLACE.fullmatch(value) and value not in _OURS else None
        return value

    def shown(match: re.Match[str]) -> str:
        nonlocal blocked, counted
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        number = attributes.get("src")
        if number is None:
            return match[0]
        address = asked[int(number)]
        if is_remote(address) and (trackers.is_known(address) or trackers.is_invisible(attributes)):
            counted += 1
            return ""
        ours = picture(address)
        return match[0].replace(f' src="{number}"', f' src="{_escaped(ours)}"' if ours else "")

    found = [style.sheets(text, media) for media, text in _sheets(source)]
    markup = nh3.clean(
        _BODY.sub("<div ", source, count=1),
        tags=set(_TAGS),
        clean_content_tags=set(_CLEARED),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "posthorn"},
    )
    markup = _HERE.sub(r"\1", _IMG.sub(shown, markup))
    if " name=" in markup:
        markup = _NAMED.sub(_place, markup)
    always, dark, light = (
        ("\n".join(filter(None, kind)) for kind in zip(*found, strict=True)) if found else ("", "", "")
    )
    hinted = "\n".join(f"{selector}{{{rule}}}" for selector, rule in hints.items())
    return Clean(
        markup,
        f"{hinted}\n{always}" if hinted else always,
        dark,
        light,
        blocked,
        counted,
        style.has_colours,
        style.is_certain and colours.holds(style.inks, style.grounds),
        bool(re.search(r'width="?:?\s?[3-9]\d\d', markup)) or "@media" in always,
        _links(markup),
    )


def _links(markup: str) -> tuple[Link, ...]:
    """The links that say in so many words where they lead; what they lead to is for others to judge."""
    found = []
    for number, match in enumerate(_ANCHOR.finditer(markup)):
        if number == MOST_LINKS:
            break
        text = unescape(_TAG.sub("", match[2])).strip() if "." in match[2] else ""
        target = unescape(match[1])
        if target.startswith("http"):
            found.append(Link(text[:300], target))
    return tuple(found)


def link(address: str, write: Write) -> str | None:
    """Where a link may lead: somewhere else on the web, to writing a letter, to a place within the letter itself.
    Never to a page of ours.
    """
    address = _CONTROLS.sub("", address)
    if address.startswith("#"):
        return address if _PLACE.fullmatch(address, 1) else None
    scheme, colon, rest = address.partition(":")
    if not colon:
        return None
    scheme = scheme.lower()
    if scheme == "mailto":
        return write(rest)
    if scheme == "tel":
        return address if _TEL.match(rest) else None
    if scheme not in ("http", "https") or not rest.startswith("//") or not _host(address):
        return None
    return links.tidy(address)


def _place(match: re.Match[str]) -> str:
    """<a name>, as HTML 3.2 had it, is an id by now."""
    before, name, after = match.groups()
    known = ' id="' in before or ' id="' in after
    return f"{before}{after}" if known else f'{before} id="{name}"{after}'


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


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _sheets(source: str) -> list[tuple[str, str]]:
    """What stands in <style> elements, and their media. Misreading the markup here is harmless: all of it goes
    through `css`. Comments are passed over, for what Word reads in them is not meant for others.
    """
    lower = source.lower()
    if len(lower) != len(source):  # a character whose lower case is longer; offsets would not fit
        lower = source
    found: list[tuple[str, str]] = []
    at = 0
    while len(found) < 50:
        start = lower.find("<style", at)
        if start < 0:
            break
        comment = lower.find("<!--", at, start)
        if comment >= 0:
            closed = lower.find("-->", comment + 2)
            if closed < 0:
                break
            at = closed + 3
            continue
        opened = lower.find(">", start)
        end = lower.find("</style", opened)
        if opened < 0 or end < 0:
            break
        media = _MEDIA.search(source, start, min(opened, start + 2_000))
        found.append((media[1] if media else "", source[opened + 1 : end]))
        at = end + 8
    return found

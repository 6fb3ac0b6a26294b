"""Fold the quotation that ends an HTML letter. Works on markup that `sanitize` has just serialised.

Mail programs mark what they quote in three ways: an element that holds it (Gmail, Yahoo, Apple, Proton: a blockquote
or a div with a class), a line that introduces the element after it (Thunderbird), or a line above everything that
follows (Outlook: From, Sent, To, Subject under a rule). Only a quotation with which the letter ends is folded, and
only if something was said before it: an answer between quoted lines stays where it makes sense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from django.utils.html import escape


class _Kind(Enum):
    HOLDS = 1  # the element is the quotation
    INTRODUCES = 2  # the next blockquote is
    PRECEDES = 3  # everything after it is


_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>")
_VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_NAMED = re.compile(r'(?:class|id)="([^"]*)"')
_HOLDS = re.compile(
    r"(?:\A|[\s_]|ydp[0-9a-f]+|x_)(?:gmail_quote|gmail_quote_container|yahoo_quoted(?:_\d+)?|protonmail_quote|tutanota_quote"
    r"|zmail_extra|quote|qt-quote|ms-outlook-mobile-reference-message|mail-editor-reference-message-container"
    r"|quoted-text|replied-message|reply-quote|history_container|mailcontainer-quote)(?:\Z|\s)"
)
_INTRODUCES = re.compile(
    r"(?:\A|\s)(?:moz-cite-prefix|reply-intro|replyintro|quote-header|gmail_attr)(?:\Z|\s)"
)
_PRECEDES = re.compile(
    r"(?:\A|\s|x_)(?:divRplyFwdMsg|appendonsend|replySplit|OLK_SRC_BODY_SECTION|stopSpelling)(?:\Z|\s)"
)
_RULE = re.compile(r"border-top:\s?(?:solid|1(?:\.0)?p[tx] solid|#)", re.IGNORECASE)
# From and Sent, as Outlook says them.
_HEAD = re.compile(
    r"\s*(?:From|Von|De|Da|Van|Fra|Från|Lähettäjä|Od|От|Kimden|Feladó|Expéditeur|Remitente"
    r"|差出人|寄件者|发件人|보낸 사람|من|प्रेषक)\s?(?:&nbsp;)?\s?[:：].{0,600}?(?:Sent|Date|Gesendet|Datum|Envoyé"
    r"|Enviado|Fecha|Inviato|Data|Verzonden|Sendt|Skickat|Lähetetty|Wysłano|Отправлено"
    r"|Gönderilme|Elküldve|送信日時|寄件日期|发送时间|보낸 날짜|تاريخ)",
    re.DOTALL,
)
_OPENING = re.compile(r"<(p|div)\b[^<>]*>")
_BLANK = re.compile(r"<br>|&nbsp;|\s|<(p|div)[^<>]*>(?:<br>)?</\1>")
_SAID = re.compile(r"(?:<(?!img\b)[^<>]*+>|&nbsp;|\s)*+")
_FEWEST = 200  # characters; a shorter quotation may as well be seen
_HEAD_WITHIN = 1_500  # characters in which Outlook's lines stand


@dataclass(frozen=True, slots=True)
class _Element:
    """An opening tag, and those that were open around it."""

    name: str
    kind: _Kind
    start: int
    end: int  # of the tag
    around: tuple[tuple[str, int, int], ...]


def fold(markup: str, label: str) -> str:
    """The same letter with its last quotation behind a summary, if nothing but the quotation follows."""
    found = _first(markup)
    if found is None:
        return markup
    start, around = _outermost(markup, found)
    start = _introduced(markup, start)
    end = _end(markup, around[-1][0], around[-1][2]) if around else len(markup)
    if (
        end is None
        or end - start < _FEWEST
        or not _has_text(markup[:start])
        or _has_text(markup[end:])
        or not _is_last(markup, found)
    ):
        return markup
    summary = f'<summary class="posthorn-fold" aria-label="{escape(label)}">···</summary>'
    return f"{markup[:start]}<details>{summary}{markup[start:end]}</details>{markup[end:]}"


def _first(markup: str) -> _Element | None:
    """The first element that begins a quotation."""
    around: list[tuple[str, int, int]] = []
    for tag in _TAG.finditer(markup):
        closing, name, attributes = tag.groups()
        if name in _VOID:
            continue
        if closing:
            if around and around[-1][0] == name:
                around.pop()
            continue
        kind = _kind(name, attributes, markup, tag.end())
        if kind is not None:
            return _Element(name, kind, tag.start(), tag.end(), tuple(around))
        around.append((name, tag.start(), tag.end()))
    return None


def _kind(name: str, attributes: str, markup: str, end: int) -> _Kind | None:
    if name == "blockquote" and 'type="cite"' in attributes:
        return _Kind.HOLDS
    if name not in ("blockquote", "div", "p", "span", "table"):
        return None
    for names in _NAMED.findall(attributes):
        if _PRECEDES.search(names):
            return _Kind.PRECEDES
        if name != "span" and _HOLDS.search(names):
            return _Kind.HOLDS
        if _INTRODUCES.search(names):
            return _Kind.INTRODUCES
    if name == "div" and "border-top" in attributes and _RULE.search(attributes):
        text = re.sub(r"<[^<>]*>", "", markup[end : end + _HEAD_WITHIN])
        if _HEAD.match(text):
            return _Kind.PRECEDES
    return None


def _outermost(markup: str, found: _Element) -> tuple[int, tuple[tuple[str, int, int], ...]]:
    """Where the quotation begins: with the elements that begin with it. And what stays open around that."""
    start, depth = found.start, len(found.around)
    said = _first_text(markup)
    while (
        depth
        and said < found.around[depth - 1][1]
        and not _has_text(markup[found.around[depth - 1][2] : start])
    ):
        depth -= 1
        start = found.around[depth][1]
    # Outlook draws a line between the answer and what it answers.
    if found.kind is _Kind.PRECEDES and (
        rule := re.search(r"<hr\b[^<>]*>\s*\Z", markup[max(0, start - 300) : start])
    ):
        start -= len(rule[0])
    return start, found.around[:depth]


def _introduced(markup: str, start: int) -> int:
    """Where the line begins that introduces the quotation ("On Monday Ann wrote:"), if the block before it is one."""
    before = markup[max(0, start - 2_000) : start]
    block = next(
        (tag for tag in reversed(list(_OPENING.finditer(before))) if _has_text(before[tag.end() :])),
        None,
    )
    if block is None:
        return start
    close = before.find(f"</{block[1]}>", block.end())
    text = re.sub(r"<[^<>]*>|&nbsp;", " ", before[block.end() : close]).strip()
    at = start - len(before) + block.start()
    if (
        close < 0
        or len(text) > 300
        or not text.endswith((":", "："))
        or _BLANK.sub("", before[close + len(block[1]) + 3 :])
    ):
        return start
    return at if _has_text(markup[:at]) else start


def _is_last(markup: str, found: _Element) -> bool:
    """Whether nothing was written below the quotation."""
    if found.kind is _Kind.PRECEDES:
        return True
    end = _end(markup, found.name, found.end, inside=False)
    if found.kind is _Kind.INTRODUCES and end is not None:
        quotation = re.compile(r"(?:\s|<br>|&nbsp;|</?(?:p|div)[^<>]*>)*<blockquote\b[^<>]*>").match(
            markup, end
        )
        end = _end(markup, "blockquote", quotation.end(), inside=False) if quotation else None
    return end is not None and not _has_text(markup[end:])


def _end(markup: str, tag: str, start: int, *, inside: bool = True) -> int | None:
    """Where the element that begins before `start` ends, its closing tag not counted (or counted)."""
    depth = 1
    for match in re.compile(rf"<(/?){tag}\b[^<>]*>").finditer(markup, start):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.start() if inside else match.end()
    return None


def _first_text(markup: str) -> int:
    """Where the first word or picture stands."""
    found = _SAID.match(markup)
    return found.end() if found else len(markup)


def _has_text(markup: str) -> bool:
    return "<img" in markup or bool(re.sub(r"<[^<>]*>|&nbsp;|\s", "", markup))

"""Fold the quotation that ends an HTML letter. Works on markup that `sanitize` has just serialised."""

from __future__ import annotations

import re

from django.utils.html import escape

# How mail programs mark what they quote.
_OPENING = re.compile(r"<(blockquote|div)\b([^<>]*+)>", re.IGNORECASE)
_QUOTES = re.compile(
    r'\btype="cite"|class="[^"]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|quote)\b'
    r'|id="(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)"',
    re.IGNORECASE,
)
# "On Monday Ann wrote:", just before it.
_INTRODUCTION = re.compile(
    r"<(p|div)[^<>]{0,300}>[^<>]{0,300}(?:<a [^<>]{0,600}>[^<>]{0,300}</a>[^<>]{0,100})?[:：]\s*</\1>\s*\Z"
)
_FEWEST = 200  # characters; a shorter quotation may as well be seen


def fold(markup: str, label: str) -> str:
    """The same letter with its last quotation behind a summary, if nothing but the quotation follows."""
    match = next((tag for tag in _OPENING.finditer(markup) if _QUOTES.search(tag[2])), None)
    if match is None:
        return markup
    end = _end(markup, match[1].lower(), match.end())
    if (
        end is None
        or end - match.start() < _FEWEST
        or _has_text(markup[end:])
        or not _has_text(markup[: match.start()])
    ):
        return markup
    start = match.start()
    introduction = _INTRODUCTION.search(markup, max(0, start - 2_000), start)
    if introduction and _has_text(markup[: introduction.start()]):
        start = introduction.start()
    quotation = markup[start:end]
    summary = f'<summary class="posthorn-fold" aria-label="{escape(label)}">···</summary>'
    return f"{markup[:start]}<details>{summary}{quotation}</details>{markup[end:]}"


def _end(markup: str, tag: str, start: int) -> int | None:
    """Where the element that begins before `start` ends; the serialiser closes every element."""
    depth = 1
    for match in re.finditer(rf"<(/?){tag}\b[^<>]*+>", markup[start:]):
        depth += -1 if match[1] else 1
        if depth == 0:
            return start + match.end()
    return None


def _has_text(markup: str) -> bool:
    return bool(re.sub(r"<[^<>]*+>|&nbsp;|\s", "", markup)) or "<img" in markup

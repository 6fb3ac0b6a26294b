"""Fold the quotation that ends an HTML letter. Works on markup that `sanitize` has just serialised."""

from __future__ import annotations

import re

from django.utils.html import escape

# How mail programs mark what they quote.
_START = re.compile(
    r'<(?P<tag>blockquote|div)\b[^>]*?(?:type="cite"|class="[^"]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|'
    r'protonmail_quote|quote)\b[^"]*"|id="(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)")'
    r"[^>]*>",
    re.IGNORECASE,
)
_FEWEST = 200  # characters; a shorter quotation may as well be seen


def fold(markup: str, label: str) -> str:
    """The same letter with its last quotation behind a summary, if nothing but the quotation follows."""
    match = _START.search(markup)
    if match is None:
        return markup
    end = _end(markup, match.group("tag").lower(), match.end())
    if (
        end is None
        or end - match.start() < _FEWEST
        or _has_text(markup[end:])
        or not _has_text(markup[: match.start()])
    ):
        return markup
    quotation = markup[match.start() : end]
    summary = f'<summary class="posthorn-fold" aria-label="{escape(label)}">···</summary>'
    return f"{markup[: match.start()]}<details>{summary}{quotation}</details>{markup[end:]}"


def _end(markup: str, tag: str, start: int) -> int | None:
    """Where the element that begins before `start` ends; the serialiser closes every element."""
    depth = 1
    for match in re.finditer(rf"<(/?){tag}\b[^>]*>", markup[start:]):
        depth += -1 if match[1] else 1
        if depth == 0:
            return start + match.end()
    return None


def _has_text(markup: str) -> bool:
    return bool(re.sub(r"<[^>]*>|&nbsp;|\s", "", markup)) or "<img" in markup

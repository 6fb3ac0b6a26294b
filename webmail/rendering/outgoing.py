"""HTML on its way out: what a writer's editor made, and the original that an answer quotes.

Nothing leaves that could run at the other end (SECURITY D01 to D04), whatever the editor was fed. A picture within the
text is `cid:` in the draft and in the mail, and an address of ours while it is being edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

import nh3
from django.urls import reverse

from mailcore.drafts import signatures
from mailcore.models import Draft, DraftFile


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WRITTEN = _words(
    """
    a b blockquote br code div em font h1 h2 h3 hr i img li mark ol p pre s span strong sub sup table tbody td th
    tr u ul
    """
)
_QUOTED = _WRITTEN | _words(
    """
    big center cite col colgroup dd del dl dt figcaption figure h4 h5 h6 ins kbd q small tfoot thead tt
    """
)
_DROPPED = _words(
    """
    script style head title template noscript iframe object embed svg math textarea select button
    """
)
_STYLES = _words(
    """
    background-color border border-bottom border-collapse border-left border-radius border-right border-top color
    direction font-family font-size font-style font-weight height letter-spacing line-height list-style-type
    margin margin-bottom margin-left margin-right margin-top max-width padding padding-bottom padding-left
    padding-right padding-top text-align text-decoration text-transform unicode-bidi vertical-align white-space
    width
    """
)
_LOOKS = {"align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title"},
    "a": {"href"},
    "blockquote": {"type"},
    "div": {"align", "class"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "p": {"align"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "table": _LOOKS,
    "td": _LOOKS | {"colspan", "rowspan"},
    "th": _LOOKS | {"colspan", "rowspan"},
    "tr": _LOOKS,
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_UNSAFE = re.compile(r"url\s*\(|expression|[\\<>@{}]|/\*", re.IGNORECASE)
_FILE = re.compile(r"/compose/(\d+)/files/(\d+)/$")
_CID = re.compile(r'src="cid:([^"<>\s]{1,255})"')


def written(html: str, draft: Draft, files: Iterable[DraftFile]) -> str:
    """What the editor holds → what is kept and sent: pictures by Content-ID, everything else harmless."""
    ids = {str(file.id): file.content_id for file in files if file.content_id}
    return _clean(html, _WRITTEN, partial(_attribute, str(draft.id), ids))


def kept(html: str) -> str:
    """A signature or a template: as what is written, without pictures of ours, which belong to one letter."""
    return _clean(html, _WRITTEN, partial(_attribute, "-", {}))


def quoted(html: str) -> str:
    """Somebody's HTML → what may be sent along below an answer."""
    return _clean(html, _QUOTED, partial(_attribute, "", {}))


def editable(html: str, draft: Draft, files: Iterable[DraftFile]) -> str:
    """The draft's HTML with pictures where the browser finds them."""
    places = {
        file.content_id: reverse("compose:file", args=[draft.id, file.id])
        for file in files
        if file.content_id
    }
    return _CID.sub(lambda found: f'src="{places.get(found[1], "")}"', html)


def _clean(html: str, tags: frozenset[str], attribute: partial[str | None]) -> str:
    return nh3.clean(
        html,
        tags=set(tags),
        clean_content_tags=set(_DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        filter_style_properties=set(_STYLES),
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _attribute(draft_id: str, content_ids: dict[str, str], tag: str, name: str, value: str) -> str | None:
    if name == "class":  # a signature is found by it; see mailcore/drafts/signatures.py
        return value if value == signatures.CLASS and draft_id else None
    if name == "style":
        return None if _UNSAFE.search(value) else value
    if name != "src":
        return value if name != "href" or not value.startswith(("/", "?", "#", ".")) else None
    ours = _FILE.search(value)
    if ours is not None:
        content_id = content_ids.get(ours[2]) if ours[1] == draft_id else None
        return f"cid:{content_id}" if content_id else None
    return value if value.startswith(("http://", "https://", "cid:")) else None


def local_only(html: str) -> str:
    """For looking at it here: pictures from afar are left out, they would tell on the reader."""
    return re.sub(r'(<img\b[^>]*?)\ssrc="https?:[^"]*"', r"\1", html)

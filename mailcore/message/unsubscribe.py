"""How one leaves a mailing list: List-Unsubscribe (RFC 2369 §3.2) and its one-click form (RFC 8058)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mailcore.message import headers

MAX_LENGTH = 8_000
MAX_WAYS = 10
BODY = b"List-Unsubscribe=One-Click"  # RFC 8058 §3.1: what is posted
_WAY = re.compile(r"<([^<>]{1,2000})>")
_WANTED = frozenset({b"list-unsubscribe", b"list-unsubscribe-post"})
_FIELDS = ("subject", "body")


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the list offers; "" for what it does not. `is_one_click`: `page` takes a POST and asks nothing."""

    page: str = ""
    is_one_click: bool = False
    address: str = ""
    subject: str = ""
    body: str = ""

    def __bool__(self) -> bool:
        return bool(self.page or self.address)


def read(raw_header: bytes) -> Leaving:
    """What a header says. Only https may be posted to (RFC 8058 §3.1), only web pages and addresses are offered."""
    header = headers.read(raw_header, 0, len(raw_header), _WANTED)
    field = headers.unfold((header.first(b"list-unsubscribe") or b"")[:MAX_LENGTH])
    ways = ["".join(way.split()) for way in _WAY.findall(field)[:MAX_WAYS]]
    pages = [way for way in ways if _is_page(way)]
    secure = next((way for way in pages if way.lower().startswith("https:")), "")
    posted = headers.unfold((header.first(b"list-unsubscribe-post") or b"")[:200])
    is_one_click = bool(secure) and "".join(posted.split()).lower() == BODY.decode().lower()
    address, subject, body = _mail(next((way for way in ways if way.lower().startswith("mailto:")), ""))
    return Leaving(secure or (pages[0] if pages else ""), is_one_click, address, subject, body)


def _is_page(way: str) -> bool:
    try:
        parts = urlsplit(way)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def _mail(way: str) -> tuple[str, str, str]:
    """Address, subject and body of a mailto: RFC 6068; one address, and no other field is honoured."""
    if not way:
        return "", "", ""
    address, _, query = way[len("mailto:") :].partition("?")
    address = headers.visible(unquote(address))
    if address.count("@") != 1 or re.search(r"[\s,;<>]", address):
        return "", "", ""
    given: dict[str, str] = {}
    for pair in query.split("&")[:20]:
        name, _, value = pair.partition("=")
        if name.lower() in _FIELDS:
            given.setdefault(name.lower(), unquote(value)[:2000])
    return address, headers.visible(given.get("subject", "")), given.get("body", "")

"""Which messages a message answers, and what its subject is about: RFC 5256 §2.1, §2.2."""

from __future__ import annotations

import re

MAX_REFERENCES = 100
MAX_ID = 998
MAX_SCANNED = 200_000

_ID = re.compile(r"<\s*+((?:\"(?:[^\"\\]|\\.)*+\"|[^<>\s\"\x00-\x1f\x7f-\x9f])++)\s*+>")
_NAKED_TOKEN = r"[^<>\s,;()\"@\x00-\x1f\x7f-\x9f]++"
_NAKED = re.compile(rf"(?<![^<>\s,;()\"]){_NAKED_TOKEN}@{_NAKED_TOKEN}")  # only where a token begins: linear
_NOT_IN_ID = re.compile(r"[\"\s\x00-\x1f\x7f-\x9f]")

# RFC 5256 §5, and what the clients of the world put there instead of re and fwd.
_REPLY = r"(?:re|aw|antw|sv|odp|ynt|rif|ha|ответ|回复|回覆|答复|返信|réf|réponse|απ|σχετ|رد|回信)"
_FORWARD = r"(?:fwd?|wg|tr|rv|enc|vl|doorst|vb|vs|转发|轉寄|轉發|転送|перес|πρθ|i̇lt|továbbítás|إعادة توجيه)"
_LEADER = re.compile(
    rf"\s*+(?:\[[^\[\]]{{0,100}}\]\s*+)*+(?:{_REPLY}|{_FORWARD})\s*+(?:\[[^\[\]]{{0,20}}\]|\(\d{{1,3}}\)|\*\d{{1,3}})?\s*+[:：]\s*+",
    re.IGNORECASE,
)
_BLOB = re.compile(r"\s*+\[[^\[\]]{0,200}\]\s*+(?=\S)")
_TRAILER = re.compile(r"\s*\(fwd\)\s*\Z", re.IGNORECASE)
_FORWARDED = re.compile(r"\s*\[fwd:(.*)\]\s*\Z", re.IGNORECASE | re.DOTALL)
_MAX_STEPS = 100


def message_ids(value: str) -> list[str]:
    """The ids in a Message-ID, In-Reply-To or References body, without their brackets, in order, each once."""
    value = value[:MAX_SCANNED]
    found = _ID.findall(value)
    if not found:
        found = _NAKED.findall(value)[:1]
    seen: dict[str, None] = {}
    for identifier in found:
        if '"' in identifier:
            identifier = _NOT_IN_ID.sub("", identifier)
        if identifier and len(identifier) <= MAX_ID:
            seen.setdefault(identifier)
    return list(seen)


def parents(references: str, in_reply_to: str) -> tuple[str, ...]:
    """RFC 5256 §2.2: References, else the first id of In-Reply-To. Of too many the first and the last are kept."""
    found = message_ids(references) if references else []
    if not found and in_reply_to:
        found = message_ids(in_reply_to)[:1]
    if len(found) > MAX_REFERENCES:
        found = found[:1] + found[1 - MAX_REFERENCES :]
    return tuple(found)


def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without its Re:, Fwd: and [list], in one case; and whether there was a Re or Fwd."""
    text = " ".join(subject.split())
    is_reply = False
    for _ in range(_MAX_STEPS):
        before = text
        while (trailer := _TRAILER.search(text)) is not None:
            text, is_reply = text[: trailer.start()], True
        while (leader := _LEADER.match(text)) is not None:
            text, is_reply = text[leader.end() :], True
        if (blob := _BLOB.match(text)) is not None:
            text = text[blob.end() :]
            continue
        if (forwarded := _FORWARDED.match(text)) is not None:
            text, is_reply = forwarded[1].strip(), True
        if text == before:
            break
    return text.strip().upper()[:255], is_reply

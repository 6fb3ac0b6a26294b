"""Links as they were meant: without the marks that tell who clicked, and without the detour over who counts.

Only what is certain is changed. A parameter goes when it is known to be for statistics and the address carries no
signature over its parameters; a detour is left out when the service is known to send everybody on to the address
that it has in plain sight. Services that look at a link to protect somebody (Safe Links, URL Defense) are left alone
in links, and looked through when links are judged.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

_MARKS = re.compile(
    r"utm_[a-z_]+|gclid|gbraid|wbraid|gclsrc|dclid|msclkid|fbclid|ttclid|twclid|yclid|epik|igshid|"
    r"mc_[ce]id|_hs(?:enc|mi|fp)|__hs(?:tc|sc|fp)|hsctatracking|mkt_tok|vero_(?:id|conv)"
    r"|oly_(?:anon|enc)_id|_openstat|rb_clickid|s_cid|wickedid|ml_subscriber(?:_hash)?|trk_(?:contact|msg|module|sid)"
    r"|_ke|_kx|__s|bsft_[a-z]+|elqtrackid|elqtrack|sc_(?:src|lid|uid|llid|eh)|ss_(?:source|campaign_id|email_id)"
    r"|dm_i|cm_(?:mmc|lm)|mtm_[a-z]+|pk_(?:campaign|kwd|source|medium|keyword|content|cid)|piwik_[a-z]+"
    r"|matomo_[a-z]+|guce_referrer(?:_sig)?|sfmc_(?:id|sub|activity.*)|ck_subscriber_id|emci|emdi|ceid",
    re.IGNORECASE,
)
# With one of these the parameters may be signed as a whole, and taking one out would break the link.
_SIGNED = re.compile(
    r"(?:x-amz-signature|x-goog-signature|signature|sig|hmac|hash|digest|checksum|jwt)\Z", re.IGNORECASE
)
# host (and what is below it), path, parameter that holds the address
_DETOURS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?:www\.)?google\.[a-z.]{2,6}\Z"), "/url", "q"),
    (re.compile(r"(?:www\.)?google\.[a-z.]{2,6}\Z"), "/url", "url"),
    (re.compile(r"lm?\.(?:facebook|instagram|messenger)\.com\Z"), "/l.php", "u"),
    (re.compile(r"l\.instagram\.com\Z"), "/", "u"),
    (re.compile(r"(?:www\.)?youtube\.com\Z"), "/redirect", "q"),
    (re.compile(r"(?:www\.)?linkedin\.com\Z"), "/redir/redirect", "url"),
    (re.compile(r"slack-redir\.net\Z"), "/link", "url"),
    (re.compile(r"out\.reddit\.com\Z"), "", "url"),
    (re.compile(r"t\.umblr\.com\Z"), "/redirect", "z"),
    (re.compile(r"(?:m\.)?vk\.com\Z"), "/away.php", "to"),
    (re.compile(r"steamcommunity\.com\Z"), "/linkfilter/", "u"),
    (re.compile(r"exit\.sc\Z"), "/", "url"),
)
_GUARDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?:[a-z0-9-]+\.)*safelinks\.protection\.outlook\.com\Z"), "", "url"),
)
_DEFENSE_2 = re.compile(r"https://urldefense\.(?:proofpoint\.)?com/v2/url\?(?:.*&)?u=([^&]+)")
_DEFENSE_3 = re.compile(r"https://urldefense\.(?:us|com)/v3/__(https?:/{1,2}[^/_]+)")
_PLAIN = re.compile(r"https?://[^\s/?#@\\<>\"']+(?:[/?#][^\s<>\"]*)?\Z", re.IGNORECASE)
MOST_DETOURS = 3


def tidy(address: str) -> str:
    """A link's address (http or https, already checked) as the reader would write it."""
    for _ in range(MOST_DETOURS):
        beyond = _beyond(address, _DETOURS)
        if not beyond:
            break
        address = beyond
    return _without_marks(address)


def destination(address: str) -> str:
    """Where a link ends for all that can be seen: the guards that employers put in front are looked through."""
    for _ in range(MOST_DETOURS):
        beyond = _beyond(address, _DETOURS) or _beyond(address, _GUARDS) or _defended(address)
        if not beyond:
            break
        address = beyond
    return address


def _without_marks(address: str) -> str:
    head, mark, fragment = address.partition("#")
    start, question, query = head.partition("?")
    if not question:
        return address
    pieces = query.split("&")
    names = [unquote(piece.partition("=")[0]) for piece in pieces]
    if any(map(_SIGNED.match, names)):
        return address
    kept = [piece for piece, name in zip(pieces, names, strict=True) if not _MARKS.fullmatch(name)]
    if len(kept) == len(pieces):
        return address
    return start + (f"?{'&'.join(kept)}" if kept else "") + mark + fragment


def _beyond(address: str, detours: tuple[tuple[re.Pattern[str], str, str], ...]) -> str:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    for pattern, path, name in detours:
        if not pattern.match(host) or (path and parts.path != path):
            continue
        for key, value in parse_qsl(parts.query, max_num_fields=50) if parts.query.count("&") < 50 else ():
            if key.lower() == name and _PLAIN.match(value):
                return value
    return ""


def _defended(address: str) -> str:
    if found := _DEFENSE_2.match(address):
        return unquote(found[1].replace("-", "%").replace("_", "/"))
    if found := _DEFENSE_3.match(address):
        return found[1]
    return ""

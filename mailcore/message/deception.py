"""Is somebody pretending? Facts about one letter in, reasons for doubt out; no words, no database, no network.

Every rule is meant to be silent on honest mail, newsletters and mailing lists included: a warning that is usually
wrong is read by nobody. Domains are compared by organisation (the registered domain), after the model of RFC 7489
§3.2, with a short list of suffixes under which strangers register instead of the whole Public Suffix List. Look-alikes
are found by skeletons (UTS #39 §4): two names that print alike have the same one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from mailcore.message.headers import read, unfold


class Kind(StrEnum):
    """What is wrong, the worst first."""

    FAILED = "failed"  # the sender's domain says that this letter is not from there
    LOOKALIKE = "lookalike"  # the sender's domain looks like one that the reader knows
    NAMED_ADDRESS = "named-address"  # the display name is somebody else's address
    NAMED_CONTACT = "named-contact"  # the display name is a contact's, the address is not
    LYING_LINK = "lying-link"  # a link says one place and leads to another
    DISGUISED_LINK = "disguised-link"  # a link leads to a look-alike
    REPLY_ELSEWHERE = "reply-elsewhere"  # answers go to another organisation
    FOREIGN_SCRIPT = "foreign-script"  # a domain in letters that are not ASCII: shown decoded
    FIRST = "first"  # nobody heard of them before


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a letter. Addresses are lower case."""

    sender: str
    name: str = ""
    reply_to: str = ""
    reader: str = ""
    contacts: Mapping[str, str] | None = None  # address → name
    verdicts: Mapping[str, str] | None = None  # method → result, by our own server alone (RFC 8601)
    links: tuple[tuple[str, str], ...] = ()  # what they say, where they lead
    is_list: bool = False  # List-Id or List-Unsubscribe
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A doubt, with what it is about: `shown` is what the reader sees or expects, `actual` what it is."""

    kind: Kind
    shown: str = ""
    actual: str = ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MOST_LINKS = 500
MOST_OF_A_KIND = 3
# Domains that are imitated most, by the yearly reports of anti-phishing groups. Short, so that it stays true.
BRANDS = _words(
    """
    adobe.com airbnb.com aliexpress.com allegro.pl amazon.com amazon.de americanexpress.com apple.com bankofamerica.com
    barclays.co.uk binance.com booking.com chase.com citibank.com coinbase.com commerzbank.de deutsche-bank.de dhl.com
    docusign.com dropbox.com ebay.com facebook.com fedex.com github.com gmail.com google.com hsbc.com icloud.com ing.com
    instagram.com intuit.com laposte.fr linkedin.com mastercard.com metamask.io microsoft.com microsoftonline.com
    netflix.com office.com outlook.com paypal.com postbank.de revolut.com santander.com sparkasse.de spotify.com
    steampowered.com stripe.com telekom.de ups.com usps.com visa.com wellsfargo.com whatsapp.com wise.com yahoo.com
    """
)
# One letter away from something above, and honest all the same.
_HONEST = _words(
    """
    apples.com applet.com appl.com boking.com chased.com chess.com ebuy.com email.com gitlab.com goggle.com hotmail.com
    inc.com ine.com ling.com mail.com ymail.com rmail.com fmail.com stripes.com visas.com vise.com wire.com wisel.com
    """
)
_SECOND_LEVEL = _words("ac co com edu gob gov gouv govt go gv ltd me mil ne net nom or org plc sch")
_SHARED = _words(
    """
    appspot.com azurewebsites.net blogspot.com cloudfront.net firebaseapp.com fly.dev github.io gitlab.io
    herokuapp.com netlify.app ngrok.io onrender.com pages.dev repl.co s3.amazonaws.com surge.sh translate.goog
    trycloudflare.com vercel.app web.app webflow.io weebly.com wixsite.com workers.dev wordpress.com
    """
)
# Where newsletters count clicks: the text of their links is the place that one arrives at in the end.
_COUNTERS = _words(
    """
    list-manage.com mailchi.mp sendgrid.net mandrillapp.com mailgun.org mailgun.net awstrack.me sparkpostmail.com
    hubspotlinks.com hubspotemail.net hs-sites.com exacttarget.com exct.net salesforce.com pardot.com mktoweb.com
    mkt.com eloqua.com en25.com rs6.net constantcontact.com createsend.com cmail19.com cmail20.com createsend1.com
    createsend2.com klclick.com klclick1.com klaviyomail.com sendinblue.com sendibt2.com sendibt3.com brevo.com
    mailjet.com mjt.lu customeriomail.com customer.io intercom-mail.com intercom-clicks.com activehosted.com
    convertkit-mail.com convertkit-mail2.com substack.com beehiiv.com getdrip.com cleverreach.com rapidmail.de
    newsletter2go.com inxmail.com emarsys.net episerver.net agnitas.de acoustic.com responsys.net bmsend.com
    pstmrk.it postmarkapp.com sendy.co mailerlite.com mlsend.com mlsend2.com moosend.com benchmarkemail.com
    bit.ly t.co lnkd.in
    """
)
# The guards of employers: a link through them was written by their server, not by the sender.
_GUARDS = _words(
    "outlook.com urldefense.com proofpoint.com mimecast.com barracudanetworks.com trendmicro.com sophos.com"
)
_HOST = re.compile(
    r"(?:https?://)?(?:[^\s/@]{1,60}@)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}|(?:\d{1,3}\.){3}\d{1,3})"
    r"(?::\d{1,5})?(?:[/?#]\S*)?\Z",
    re.IGNORECASE,
)
# "report.pdf" and "index.html" are names of files, not of places.
_COMMON = _words(
    "com org net edu gov info biz io app dev shop online store site bank eu xyz test example cloud tech me tv"
)
_FILE_ENDINGS = _words(
    "pdf doc docx xls xlsx ppt pptx txt html htm php jpg jpeg png gif zip csv eml ics mp3 mp4 xml json md py js css"
)
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})", re.IGNORECASE)
# Characters that print like another (a few of UTS #39's table: Cyrillic, Greek, Latin, digits).
_ALIKE = {
    "a": "аɑα", "b": "ьвßъ", "c": "сⅽ", "d": "ԁđⅾ", "e": "еεє3", "g": "ɡԍ", "h": "һнħ", "i": "іιı", "j": "јϳ",
    "k": "кκĸ", "l": "ӏⅼł1|", "m": "мⅿ", "n": "пηή", "o": "оοо0øσᴏ", "p": "рρ", "q": "ԛ", "r": "гꭇ", "s": "ѕ5",
    "t": "тτ", "u": "υцս", "v": "νѵⅴ", "w": "ԝωѡш", "x": "хχⅹ", "y": "уүʏγ", "z": "ᴢ",
}  # fmt: skip
_LOOKS_LIKE = {ord(char): latin for latin, chars in _ALIKE.items() for char in chars}


def reasons(facts: Facts) -> list[Reason]:
    """Every doubt, the worst first."""
    found = [*_failed(facts), *_sender(facts), *_name(facts), *_links(facts), *_answers(facts)]
    if facts.is_first and not facts.is_list and not _is_known(facts, facts.sender) and facts.sender:
        found.append(Reason(Kind.FIRST, actual=facts.sender))
    order = list(Kind)
    return sorted(dict.fromkeys(found), key=lambda reason: order.index(reason.kind))


def verdicts(header: bytes, authority: str) -> dict[str, str]:
    """What our own server (`authority`) found out about where a letter comes from. RFC 8601 §2.2.

    Only the topmost field in our name counts; those of strangers are their word. No field, no verdict.
    """
    for value in read(header, 0, len(header), frozenset({b"authentication-results"})).all(
        b"authentication-results"
    ):
        name, _, results = re.sub(r"\([^()]*\)", " ", unfold(value)).partition(";")
        if name.split()[:1] and name.split()[0].lower() == authority.lower():
            found = re.findall(r"(?:\A|;)\s*(dmarc|spf|dkim)\s*=\s*([a-z]+)", results, re.IGNORECASE)
            # Several signatures: one that holds is enough.
            return {method.lower(): result.lower() for method, result in sorted(found, key=_is_pass)}
    return {}


def _is_pass(found: tuple[str, str]) -> bool:
    return found[1].lower() == "pass"


def _failed(facts: Facts) -> Iterator[Reason]:
    known = facts.verdicts or {}
    dmarc = known.get("dmarc", "")
    both = known.get("spf") in ("fail", "softfail") and known.get("dkim") in ("fail", "permerror")
    # A mailing list changes letters, and breaks what would prove them; only the domain's own word counts there.
    if dmarc == "fail" or (dmarc not in ("pass", "bestguesspass") and both and not facts.is_list):
        yield Reason(Kind.FAILED, actual=host_of(facts.sender))


def _sender(facts: Facts) -> Iterator[Reason]:
    host = host_of(facts.sender)
    if not host or _is_known(facts, facts.sender):
        return
    original = imitated(host, _familiar(facts))
    if original:
        yield Reason(Kind.LOOKALIKE, shown=original, actual=decoded(host))
    elif decoded(host) != host or not host.isascii():
        yield Reason(Kind.FOREIGN_SCRIPT, shown=decoded(host), actual=ascii_form(host))


def _name(facts: Facts) -> Iterator[Reason]:
    if _is_ours(facts):
        return
    mine = organisation(host_of(facts.sender))
    for match in _ADDRESS.finditer(facts.name[:500]):
        if match[0].lower() != facts.sender and organisation(match[1].lower()) != mine:
            yield Reason(Kind.NAMED_ADDRESS, shown=match[0], actual=facts.sender)
            return
    contacts = facts.contacts or {}
    wanted = _person(facts.name)
    if not wanted or facts.sender in contacts or facts.is_list:
        return
    others = [address for address, name in contacts.items() if _person(name) == wanted]
    # Somebody with a second address at the same organisation is nobody else.
    if others and all(organisation(host_of(address)) != mine for address in others):
        yield Reason(Kind.NAMED_CONTACT, shown=others[0], actual=facts.sender)


def _answers(facts: Facts) -> Iterator[Reason]:
    if not facts.reply_to or facts.is_list or facts.reply_to == facts.reader:
        return
    mine, theirs = organisation(host_of(facts.sender)), organisation(host_of(facts.reply_to))
    if mine and theirs and mine != theirs and not _is_known(facts, facts.reply_to):
        yield Reason(Kind.REPLY_ELSEWHERE, shown=facts.sender, actual=facts.reply_to)


def _links(facts: Facts) -> Iterator[Reason]:
    familiar = _familiar(facts)
    mine = organisation(host_of(facts.sender))
    is_proven = (facts.verdicts or {}).get("dmarc") == "pass"
    lying: dict[str, Reason] = {}
    disguised: dict[str, Reason] = {}
    for text, target in facts.links[:MOST_LINKS]:
        host = _target_host(target)
        if not host:
            continue
        ours = organisation(host)
        if (not host.isascii() or "xn--" in host) and len(disguised) < MOST_OF_A_KIND:
            original = imitated(host, familiar, only_alike=True)
            if original:
                disguised.setdefault(ours, Reason(Kind.DISGUISED_LINK, shown=original, actual=decoded(host)))
                continue
        said = shown_host(text)
        if not said or len(lying) == MOST_OF_A_KIND:
            continue
        theirs = organisation(said)
        if theirs == ours or ours in _COUNTERS or ours in _GUARDS or theirs in _lower_target(target, host):
            continue
        # A newsletter that counts clicks on a host of its own, and names its own page in the text.
        if theirs == mine and (facts.is_list or is_proven):
            continue
        if ours == mine and (facts.is_list or is_proven):
            continue  # its own counter, for a link to somebody else's page
        lying.setdefault(theirs, Reason(Kind.LYING_LINK, shown=said, actual=decoded(host)))
    yield from lying.values()
    yield from disguised.values()


def _familiar(facts: Facts) -> frozenset[str]:
    """Domains that a reader would take a letter from on sight: their own, their contacts', and the famous ones."""
    known = {organisation(host_of(address)) for address in (facts.contacts or {})}
    return frozenset((known | {organisation(host_of(facts.reader))} | BRANDS) - {""})


def _is_known(facts: Facts, address: str) -> bool:
    return address in (facts.contacts or {}) or (
        bool(facts.reader) and organisation(host_of(address)) == organisation(host_of(facts.reader))
    )


def _is_ours(facts: Facts) -> bool:
    return facts.sender == facts.reader


def imitated(host: str, originals: Iterable[str], *, only_alike: bool = False) -> str:
    """Which of the `originals` a host wants to be taken for; "" if none, or if it is one of them."""
    known = originals if isinstance(originals, frozenset) else frozenset(originals)
    own = organisation(host)
    if own in known or own in BRANDS or own in _HONEST:
        return ""
    readable = organisation(decoded(host))
    alike = skeleton(readable)
    label, _, suffix = readable.partition(".")
    for original in sorted(known):
        if skeleton(original) == alike:
            return original
        if only_alike:
            continue
        other, _, other_suffix = original.partition(".")
        if suffix == other_suffix and len(other) >= 5 and is_one_off(label, other):
            return original
    return ""


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """What a name looks like in print: two names with the same skeleton are taken for one another."""
    text = unicodedata.normalize("NFKD", name.lower())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LOOKS_LIKE)
    return text.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("l", "i")


def is_one_off(one: str, other: str) -> bool:
    """Whether one letter was changed, added, left out, or two neighbours swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[:at] + one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped == other


def shown_host(text: str) -> str:
    """The host that a link's text names, if naming one is all it does."""
    text = text.strip().strip("<>[]()\"'“”„»«.,;: ")
    match = _HOST.match(text.replace("\u200b", ""))
    if not match or len(text) > 300 or ("@" in text and "://" not in text):
        return ""
    host = match[1].lower()
    has_path = "/" in text or text.lower().startswith("www.")
    if not has_path and (host.rpartition(".")[2] in _FILE_ENDINGS or host.count(".") == 0):
        return ""
    # "Yahoo.Answers", "e.g", "v2.beta": words with dots. A place has a suffix that we have seen or a "www".
    if "://" not in text and not text.lower().startswith("www.") and not _is_suffix(host):
        return ""
    return host


def _is_suffix(host: str) -> bool:
    last = host.rpartition(".")[2]
    return last in _COMMON or (len(last) == 2 and last.isascii())


def host_of(address: str) -> str:
    """The domain of a mail address, lower case."""
    return address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""


def _target_host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _lower_target(address: str, host: str) -> str:
    """Everything after the host: where a counter names the place it forwards to."""
    return address.lower().partition(host)[2].replace("%2e", ".")


@lru_cache(maxsize=4096)
def organisation(host: str) -> str:
    """The part of a host that somebody registered."""
    labels = host.split(".")
    if len(labels) <= 2 or re.fullmatch(r"[\d.]+", host):
        return host
    if ".".join(labels[-3:]) in _SHARED:
        return ".".join(labels[-4:])
    if ".".join(labels[-2:]) in _SHARED or (len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL):
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


@lru_cache(maxsize=4096)
def decoded(host: str) -> str:
    """A host with its internationalised labels in their own script (RFC 5891)."""
    return ".".join(_unicode(label) for label in host.split("."))


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower() or label
    except (UnicodeError, ValueError, OverflowError):
        return label


def ascii_form(host: str) -> str:
    """A host as it stands in DNS."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _person(name: str) -> str:
    """A display name as people would compare it; "" for one that is too short to mean somebody."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(sorted(words)) if len(words) >= 2 else ""

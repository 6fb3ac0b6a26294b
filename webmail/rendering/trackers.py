"""Pictures that are there to be fetched, not to be seen. They are never loaded, whatever the reader allows.

Two tells, both certain enough: nobody can see three pixels by three, and some addresses are published as the
receivers of "this letter was opened" by those who run them. The list is short on purpose; what it misses still goes
through the proxy, which tells the sender neither who nor where the reader is.
"""

from __future__ import annotations

import re

LARGEST = 3  # pixels on each side
_LENGTH = re.compile(r"\s*\+?(\d{1,5})(?:\.\d*)?\s*(?:px)?\s*\Z", re.IGNORECASE)
_STYLED = re.compile(
    r"(?:\A|;)\s*(?:max-)?(width|height)\s*:\s*(\d{1,5})(?:\.\d*)?(?:px)?\s*(?:!important)?\s*(?=;|\Z)"
)
_KNOWN = re.compile(
    r"""
    ^(?:https?:)?//(?:[^/?\#]*\.)?(?:
      list-manage\.com/track/open | mandrillapp\.com/track/open | mailgun\.[a-z]+/o/ | sendgrid\.net/(?:wf/open|mpss/o)
    | awstrack\.me/I0 | customeriomail\.com/e/o | sendibt?\d*\.com/(?:im/|op/|tr/op) | pstmrk\.it/open
    | hubspot(?:email|links)?\.[a-z]+/(?:__ptq\.gif|e[0-9]t/o) | yesware\.com/t/ | mailtrack\.io/trace | mltrk\.io/pixel
    | superhuman\.com/~?/?pixel | r\.superhuman\.com/ | emltrk\.com/ | bananatag\.com/ | getnotify\.com/
    | mixmax\.com/api/track | cirrusinsight\.com/ | mailfoogae\.appspot\.com/ | mailfoogae\. | streak\.com/
    | google-analytics\.com/(?:g/)?collect | doubleclick\.net/ | facebook\.com/tr(?:[/?]|$)
    | pixel\.app\.returnpath\.net/
    | klclick\d?\.com/o/ | klaviyomail\.com/o/ | ctrk\.klclick\.com/o | rs6\.net/on\.jsp | exct\.net/open\.aspx
    | litmuscdn?\.com/pixel | convertkit-mail\d?\.com/o/ | createsend\d?\.com/t/[a-z]-o- | cmail\d+\.com/t/[a-z]-o-
    | mailchimp\.com/track/open | intercom-mail\.com/via/o | sparkpostmail\d?\.com/q/ | drip-?mail\.com/o/
    | getdrip\.com/o/ | activehosted\.com/(?:lt\.php|proc\.php.*open) | e\.activecampaign\.com/o | beehiiv\.com/ss/o/
    | substack\.com/o/ | postmarkapp\.com/open | mjt\.lu/oo/ | mailjet\.com/oo/ | zohomail\.[a-z.]+/track
    )
    | ^(?:https?:)?//[^/?\#]+/(?:
      wf/open\? | ss/o/ | track/open(?:\.php|\.aspx)?[/?] | open\.aspx\? | o\.gif\? | open\.gif[?/] | e/FooterImages/
    | trk\?t= | (?:email)?open(?:track|pixel)[/.?] | tracking/pixel | pixel\.gif(?:\?|$) | beacon\.gif(?:\?|$)
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_known(address: str) -> bool:
    """Whether an address is one that counts who opened a letter."""
    return bool(_KNOWN.match(address[:2_000]))


def is_invisible(attributes: dict[str, str]) -> bool:
    """Whether an <img> with these attributes is too small to be meant for eyes."""
    sides = {
        name: int(found[1])
        for name in ("width", "height")
        if (found := _LENGTH.match(attributes.get(name, "")))
    }
    for name, length in _STYLED.findall(attributes.get("style", "")[:5_000]):
        sides[name] = int(length)
    return len(sides) == 2 and max(sides.values()) <= LARGEST

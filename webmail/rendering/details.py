"""Where a message is from, in a few lines: what stands in its header, and what our own server saw."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from mailcore.journey import received, results
from webmail.rendering.letter import Shown
from webmail.rendering.people import clean


def lines(shown: Shown) -> list[tuple[str, str]]:
    """Name and value; only our own trace fields count for the last three."""
    found = list(shown.facts)
    prefix = bytes(shown.row.prefix)
    if shown.is_enclosed or not prefix:
        return found
    path = received.return_path(prefix)
    if path:
        found.append((_("mailed by"), clean(path)))
    signed = [
        one.about
        for one in results.of(shown.header, settings.MAIL_HOSTNAME)
        if one.method == "dkim" and one.is_good
    ]
    if signed:
        found.append((_("signed by"), clean(", ".join(dict.fromkeys(signed)))))
    hops = received.of(prefix)
    if hops:
        last = hops[-1]
        if last.protocol.startswith("HTTP"):
            way = _("written on this server")
        elif last.tls:
            way = _("came over an encrypted connection (%(tls)s)") % {"tls": last.tls}
        else:
            way = _("came over a connection without encryption")
        found.append((_("security"), way))
    return found

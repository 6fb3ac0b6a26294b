"""A journey in words and as a drawing: the same stations, once to look at and once to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from mailcore.journey.follow import Attempt, Branch, Journey, Role, Step
from mailcore.journey.results import Verdict
from mailcore.models.mailbox import INBOX
from webmail.rendering import when
from webmail.rendering.people import clean

WIDTH, ROW, TOP, LANE = 640, 86, 34, 34
BRANCH_ROW = 62
MOST_DRAWN = 12
MOST_LETTERS = 64
WRONG_CLOCK = -2  # seconds that a clock may be ahead before it is worth a word
GOOD, BAD, BUSY, CALM = "good", "bad", "busy", "calm"


@dataclass(frozen=True, slots=True)
class Station:
    """A station with its place in the drawing. `x` is the lane, `text` where its words begin."""

    role: str
    name: str
    detail: str  # address, id
    way: str  # how the message came here
    moment: str
    delay: str
    word: str  # whose word it is
    icon: str
    tone: str
    x: int
    y: int
    text: int
    line: str  # the path that leads here; "" for where it begins
    arrow: str
    is_pull: bool = False

    @property
    def short(self) -> str:
        return self.name if len(self.name) <= MOST_LETTERS else f"{self.name[: MOST_LETTERS - 1]}…"

    @property
    def label_y(self) -> int:
        return self.y - ROW // 2 + 4

    @property
    def role_y(self) -> int:
        return self.y - 4

    @property
    def name_y(self) -> int:
        return self.y + 13


@dataclass(frozen=True, slots=True)
class Drawn:
    """What `conversation/journey.html` shows."""

    journey: Journey
    stations: list[Station]
    branches: list[Station]
    verdicts: list[tuple[Verdict, str]]
    talks: list[tuple[datetime, Attempt]]
    title: str
    width: int
    height: int
    is_rtl: bool
    left_out: int
    box: str


def drawn(journey: Journey) -> Drawn:
    """The whole picture."""
    is_rtl = get_language_bidi()
    stations = [_station(step, number, journey.steps, is_rtl) for number, step in enumerate(journey.steps)]
    base = TOP + ROW * max(0, len(stations) - 1)
    branches = [_arm(branch, number, base, is_rtl) for number, branch in enumerate(journey.branches)]
    height = base + TOP + BRANCH_ROW * min(len(branches), MOST_DRAWN)
    return Drawn(
        journey=journey,
        stations=stations,
        branches=branches,
        verdicts=[(one, sentence(one)) for one in journey.verdicts],
        talks=[(when.moment(one.at), one) for one in journey.attempts],
        title=_title(journey),
        width=WIDTH,
        height=height,
        is_rtl=is_rtl,
        left_out=max(0, len(branches) - MOST_DRAWN),
        box=f"0 0 {WIDTH} {height}",
    )


def _title(journey: Journey) -> str:
    if journey.is_sent:
        done = sum(branch.state in ("delivered", "local") for branch in journey.branches)
        values = {"done": done, "all": len(journey.branches)}
        return (
            ngettext(
                "%(done)d of %(all)d recipient has it",
                "%(done)d of %(all)d recipients have it",
                len(journey.branches),
            )
            % values
        )
    if journey.seconds is None:
        return _("The way of this message")
    if journey.seconds < 0:
        return _("The way of this message; its dates contradict one another")
    return _("The way of this message took %(time)s") % {"time": lasted(journey.seconds)}


def _station(step: Step, number: int, steps: tuple[Step, ...], is_rtl: bool) -> Station:
    y = TOP + ROW * number
    x = WIDTH - LANE if is_rtl else LANE
    return Station(
        role=_roles()[step.role],
        name=_name(step),
        detail=" · ".join(filter(None, [step.address, f"id {step.id}" if step.id else ""])),
        way=way(step) if number else "",
        moment=when.full(when.moment(step.at)) if step.at is not None else "",
        delay=delay(step),
        word=_("our own record") if step.is_ours else _("says the other server"),
        icon={Role.AUTHOR: "pencil", Role.MAILBOX: "inbox", Role.ACCESS: "eye"}.get(step.role, "sent"),
        tone=CALM if step.is_ours else BUSY,
        x=x,
        y=y,
        text=x - 34 if is_rtl else x + 34,
        line=f"M{x} {y - ROW + 18}V{y - 20}" if number else "",
        arrow=(f"m{x} {y - ROW + 17}-5 9h10z" if step.is_pull else f"m{x} {y - 18}-5-9h10z")
        if number
        else "",
        is_pull=step.is_pull,
    )


def _arm(branch: Branch, number: int, base: int, is_rtl: bool) -> Station:
    y = base + BRANCH_ROW * (number + 1)
    x = WIDTH - LANE - 30 if is_rtl else LANE + 30
    return Station(
        role=clean(branch.address),
        name=state(branch),
        detail=clean(branch.reply),
        way="",
        moment=when.full(when.moment(branch.at)) if branch.at else "",
        delay="",
        word="",
        icon="check",
        tone=tone(branch),
        x=x,
        y=y,
        text=x - 26 if is_rtl else x + 26,
        line=f"M{WIDTH - LANE if is_rtl else LANE} {base + 18}V{y}H{x + 12 if is_rtl else x - 12}",
        arrow="",
    )


def tone(branch: Branch) -> str:
    """The colour of a recipient's state."""
    if branch.state in ("delivered", "local"):
        return GOOD
    return BAD if branch.state in ("failed", "dropped") else BUSY


def state(branch: Branch) -> str:
    """Where it stands with one recipient, as a sentence."""
    at = when.full(when.moment(branch.at)) if branch.at else ""
    values = {
        "host": clean(branch.host),
        "at": at,
        "tls": tls_name(branch.tls),
        "reply": clean(branch.reply)[:200],
    }
    if branch.state == "local":
        return _("Delivered at once: the mailbox is on this server")
    if branch.state == "delivered":
        if not branch.host:
            return _("Delivered at %(at)s") % values
        if branch.tls:
            return _("Delivered to %(host)s at %(at)s over %(tls)s") % values
        return _("Delivered to %(host)s at %(at)s") % values
    if branch.state == "failed":
        return _("Not delivered: %(reply)s") % values if branch.reply else _("Not delivered")
    if branch.state == "dropped":
        return _("Taken back before it left")
    if branch.state == "sending":
        return _("On its way now")
    if branch.state == "held":
        return _("Stopped by an administrator")
    values["next"] = when.full(when.moment(branch.next_attempt)) if branch.next_attempt else ""
    if branch.state == "held-back":
        return _("Waits until %(next)s, and can be taken back until then") % values
    if branch.attempts:
        return _("Waiting; next attempt %(next)s. The last one: %(reply)s") % values
    return _("Waiting to leave")


def line(branches: list[Branch]) -> tuple[str, str]:
    """(tone, words) for the line below a sent message."""
    if not branches:
        return CALM, ""
    bad = [branch for branch in branches if tone(branch) == BAD]
    open_ = [branch for branch in branches if tone(branch) == BUSY]
    if bad:
        text = ngettext("Not delivered to %(name)s", "Not delivered to %(count)d recipients", len(bad))
        return BAD, text % {"name": clean(bad[0].address), "count": len(bad)}
    if open_:
        text = ngettext("Waiting for %(name)s", "Waiting for %(count)d recipients", len(open_))
        return BUSY, text % {"name": clean(open_[0].address), "count": len(open_)}
    return GOOD, _("Delivered")


def way(step: Step) -> str:
    """How a message came to a station: "pushed over ESMTP, TLS 1.3"."""
    if step.role is Role.MAILBOX:
        return _("filed")
    values = {"protocol": step.protocol or "SMTP", "tls": tls_name(step.tls)}
    if step.is_pull:
        return _("fetched over %(protocol)s") % values
    if step.tls:
        return _("pushed over %(protocol)s, %(tls)s") % values
    if step.protocol == "local":
        return _("handed on within the machine")
    return _("pushed over %(protocol)s, not encrypted") % values


def tls_name(text: str) -> str:
    """TLSv1.3 TLS_AES_256_GCM_SHA384 → TLS 1.3."""
    return text.split(" TLS_")[0].replace("TLSv", "TLS ") if text.startswith("TLSv") else text


def delay(step: Step) -> str:
    """How long the message took to come here."""
    if step.delay is None:
        return ""
    if step.delay < WRONG_CLOCK:
        return _("%(time)s before it was sent on: clocks disagree") % {"time": lasted(-step.delay)}
    return f"+{lasted(max(0, step.delay))}"


def lasted(seconds: int) -> str:
    """3 s, 4 min, 2 h, 5 days."""
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)d min") % {"n": seconds // 60}
    if seconds < 86_400 * 2:
        return _("%(n)d h") % {"n": seconds // 3600}
    return _("%(n)d days") % {"n": seconds // 86_400}


def sentence(verdict: Verdict) -> str:
    """What a check means for a reader."""
    values = {"about": clean(verdict.about) or "?", "reason": clean(verdict.reason), "result": verdict.result}
    if verdict.method == "dkim" and verdict.is_good:
        return _("Signed by %(about)s, and unchanged since") % values
    if verdict.method == "spf" and verdict.is_good:
        return _("Sent by a server that %(about)s allows") % values
    if verdict.method == "dmarc" and verdict.is_good:
        return _("The sender's domain confirms it") % values
    text = _("%(result)s for %(about)s (%(reason)s)") if verdict.reason else _("%(result)s for %(about)s")
    return text % values


def _name(step: Step) -> str:
    if step.role is Role.MAILBOX:
        return _("Inbox") if step.name == INBOX else clean(step.name)
    if step.role is Role.ACCESS:
        return _("This page")
    if step.role is Role.AUTHOR and not step.name:
        return _("The browser") if step.is_ours else _("The author's program")
    return clean(step.name) or _("Unknown")


def _roles() -> dict[Role, str]:
    return {
        Role.AUTHOR: _("User agent"),
        Role.CLIENT: _("MTA client"),
        Role.GATEWAY: _("Gateway"),
        Role.SERVER: _("MTA server"),
        Role.MAILBOX: _("Mailbox"),
        Role.ACCESS: _("Access agent"),
    }

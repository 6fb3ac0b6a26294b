"""The conversations of `letters/*.txt`.

== The Slow Atlas: second proofs        a conversation, and its subject
from: sam                               key of people.py, or `Name <address>`
to: nora, yuki                          cc: and bcc: likewise
when: 3d 09:12                          three days ago at 09:12 (UTC); or `40m`, `5h` ago
attach: proofs.pdf, cover.png           made by files.py from the name
inline: map.png                         shown in the text where it says [map.png]
star: nora        unread: nora          junk: nora      folder: nora/Authors, sam/Printers
html: yes                               also as HTML; *bold*, - lists and links become real
draft: yes                              never sent: in the writer's Drafts
reply: 0                                answers that letter of the conversation; default: the one before
subject: ...                            another subject than the conversation's

The text, after one empty line. A letter ends at `--` alone on a line, at the next `==` or the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

LETTERS = Path(__file__).parent / "letters"


@dataclass(frozen=True, slots=True)
class Letter:
    conversation: str
    sender: str
    to: tuple[str, ...]
    when: datetime
    subject: str
    text: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    star: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    folder: dict[str, str] = field(default_factory=dict)
    html: bool = False
    draft: bool = False
    answers: Letter | None = None

    @property
    def ancestors(self) -> list[Letter]:
        """Oldest first."""
        return [] if self.answers is None else [*self.answers.ancestors, self.answers]


def all_letters(now: datetime) -> list[Letter]:
    return [
        letter
        for path in sorted(LETTERS.glob("*.txt"))
        for letter in read(path.read_text("utf-8"), now, path.stem)
    ]


def read(text: str, now: datetime, source: str = "") -> Iterator[Letter]:
    for number, block in enumerate(
        text.split("\n== ")[1:] if not text.startswith("== ") else ("\n" + text).split("\n== ")[1:]
    ):
        subject, _, rest = block.partition("\n")
        conversation: list[Letter] = []
        for piece in rest.split("\n--\n"):
            if piece.strip():
                letter = _letter(piece.strip("\n"), subject.strip(), f"{source}-{number}", now, conversation)
                conversation.append(letter)
        yield from conversation


def _letter(piece: str, subject: str, name: str, now: datetime, earlier: list[Letter]) -> Letter:
    head, _, body = piece.partition("\n\n")
    keys = dict(_pair(line) for line in head.splitlines())
    answers = (
        earlier[int(keys["reply"]) if "reply" in keys else -1]
        if earlier and keys.get("reply") != "no"
        else None
    )
    if subject == "(none)":
        subject = ""
    title = keys.get("subject", f"Re: {subject}" if answers else subject)
    return Letter(
        conversation=name,
        sender=keys["from"],
        to=_names(keys.get("to", "")),
        when=_when(keys["when"], now),
        subject=title,
        text=body.strip("\n") + "\n" if body.strip() else "",
        cc=_names(keys.get("cc", "")),
        bcc=_names(keys.get("bcc", "")),
        attach=_names(keys.get("attach", "")),
        inline=_names(keys.get("inline", "")),
        star=_names(keys.get("star", "")),
        unread=_names(keys.get("unread", "")),
        junk=_names(keys.get("junk", "")),
        folder=dict(_place(place) for place in _names(keys.get("folder", ""))),
        html=keys.get("html") == "yes",
        draft=keys.get("draft") == "yes",
        answers=answers,
    )


def _pair(line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f"not a `key: value` line: {line!r}")
    return key.strip(), value.strip()


def _place(text: str) -> tuple[str, str]:
    who, _, folder = text.partition("/")
    return who, folder


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _when(text: str, now: datetime) -> datetime:
    """`3d 09:12`, `5h`, `40m`: never later than now."""
    amount, _, clock = text.partition(" ")
    number, unit = int(amount[:-1]), amount[-1]
    moment = now - timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[unit]: number})
    if clock:
        hour, minute = (int(part) for part in clock.split(":"))
        moment = moment.replace(hour=hour, minute=minute, second=(hour * 7 + minute * 13) % 60)
    return min(moment.replace(microsecond=0), now.replace(microsecond=0))

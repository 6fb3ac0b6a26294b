"""What machines send: newsletters, orders, tickets, a mailing list, reports; HTML as met in the wild."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from random import Random

from mailcore.demo import files, writer
from mailcore.demo.people import LOCAL, PEOPLE, Person, person
from mailcore.demo.templates import coffee, magazine, order, ticket


@dataclass(frozen=True, slots=True)
class Bulletin:
    sender: Person
    to: tuple[str, ...]  # keys of local people
    when: datetime
    raw: bytes
    folder: str = ""
    unread: bool = False
    starred: bool = False
    junk: bool = False
    extra: dict[str, str] = field(default_factory=dict)


def all_bulletins(now: datetime) -> list[Bulletin]:
    makers = (
        _magazine,
        _coffee,
        _orders,
        _tickets,
        _bank,
        _typography,
        _invitations,
        _enclosed,
        _reports,
        _notices,
    )
    return [bulletin for make in makers for bulletin in make(now)]


def _mail(
    sender: Person,
    to: tuple[str, ...],
    when: datetime,
    subject: str,
    text: str,
    page: str = "",
    *,
    list_id: str = "",
) -> EmailMessage:
    number = files.hash_of(f"{sender.address} {subject} {text[:200]}")
    message = writer.envelope(sender, subject, when, f"<{number:012x}@{sender.domain}>")
    message["To"] = [writer.mailbox(person(key)) for key in to]
    if list_id:
        message["List-Id"] = list_id
        message["List-Unsubscribe"] = (
            f"<https://{sender.domain}/unsubscribe/{number:x}>, <mailto:leave@{sender.domain}>"
        )
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    if page:
        message.add_alternative(page, subtype="html")
    return message


# --- newsletters ----------------------------------------------------------------------------------
MARGIN = Person("The Margin", "letter@themargin.example", 0)
ISSUES = (
    (
        "The case for shorter books",
        "Why the 160-page novel is back, and what it does to the reader's evening.",
        "salt-marsh",
    ),
    (
        "Who reads the index first?",
        "We asked four hundred readers where they open a book. A third of you begin at the end.",
        "orchard",
    ),
    ("A library on a ferry", "Nine hours, two hundred passengers, one shelf by the coffee machine.", "ferry"),
    ("Notes on marginalia", "The best conversations of the year happened in pencil.", "pencil"),
    (
        "The translators' dinner",
        "Six people, eleven languages, and one argument about the word for dusk.",
        "dusk",
    ),
    ("Paper weather", "How humidity decides when your favourite publisher goes to press.", "rainfall"),
    ("In praise of the slow review", "We returned to five books a year late. Four had grown.", "meadow"),
    (
        "Small presses, large tables",
        "A tour of the book fair through the people who carry the boxes.",
        "harbour",
    ),
    ("Footnotes that ran away", "The finest digressions of the season, ranked by distance.", "dunes"),
)


def _magazine(now: datetime) -> Iterator[Bulletin]:
    for week, (title, lead, seed) in enumerate(ISSUES):
        when = _at(now, days=week * 7 + 1, hour=6, minute=30)
        page = magazine(title, lead, seed, 214 - week)
        mail = _mail(
            MARGIN,
            ("nora",),
            when,
            title,
            f"{title}\n\n{lead}\n\nRead on: https://themargin.example/{seed}\n",
            page,
            list_id="The Margin <weekly.themargin.example>",
        )
        yield Bulletin(MARGIN, ("nora",), when, writer.finished(mail), unread=week < 2, starred=week == 3)


COFFEE = Person("Morrow Coffee", "hello@morrow-coffee.example", 1)
ROASTS = (
    ("Guji, washed", "peach, black tea, a long finish", "#b4532a"),
    ("Huehuetenango", "cocoa, walnut, brown sugar", "#5b4636"),
    ("Harvest boxes are here", "three farms, three letters from the people who grew it", "#3f6650"),
    ("Decaf, but make it wonderful", "plum, malt, sleep", "#54466e"),
)


def _coffee(now: datetime) -> Iterator[Bulletin]:
    for number, (name, notes, colour) in enumerate(ROASTS):
        when = _at(now, days=number * 9 + 2, hour=9, minute=2)
        mail = _mail(
            COFFEE,
            ("nora",),
            when,
            f"Fresh from the drum: {name} ☕",
            f"{name}: {notes}\n",
            coffee(name, notes, colour),
            list_id="Morrow <news.morrow-coffee.example>",
        )
        yield Bulletin(COFFEE, ("nora",), when, writer.finished(mail), unread=number == 0)


# --- orders, tickets, statements ------------------------------------------------------------------
WHOLESALE = Person("Bookwagon Orders", "orders@bookwagon.example", 0)
SHOPS = (
    "Librairie du Port, Marseille",
    "Buchhandlung Krüger, Lübeck",
    "Hon to Kami, Tokyo",
    "The Harbour Bookshop, Leith",
    "Page & Anchor, Halifax",
    "Librería Sal, Cádiz",
    "Papirhuset, Bergen",
    "Foyer des Livres, Dakar",
)
TITLES = ("The Slow Atlas", "Salt Roads", "Nine Lighthouses", "A Field Guide to Fog", "Letters from Holm")


def _orders(now: datetime) -> Iterator[Bulletin]:
    random = Random("orders")
    for number in range(26):
        when = _at(now, days=number * 2 + 1, hour=random.randrange(8, 18), minute=random.randrange(60))
        shop, lines = (
            random.choice(SHOPS),
            [
                (title, random.randrange(1, 24), random.choice((1490, 1850, 2400)))
                for title in random.sample(TITLES, 3)
            ],
        )
        subject = f"Order {48210 - number * 7}: {sum(count for _, count, _ in lines)} copies for {shop}"
        text = "\n".join(f"{count:>3} × {title}" for title, count, _ in lines) + "\n"
        mail = _mail(WHOLESALE, ("sam", "nora"), when, subject, text, order(shop, lines, 48210 - number * 7))
        if number % 5 == 0:
            writer.attach(mail, files.named(f"order-{48210 - number * 7}.pdf"))
        yield Bulletin(
            WHOLESALE,
            ("sam", "nora"),
            when,
            writer.finished(mail),
            folder="Receipts" if number > 2 else "",
            unread=number < 1,
        )


RAIL = Person("Kestrel Rail", "tickets@kestrelrail.example", 0)


def _tickets(now: datetime) -> Iterator[Bulletin]:
    for days, journey, train in (
        (9, "Edinburgh to York", "07:52"),
        (31, "York to London", "16:10"),
        (58, "London to Penzance", "21:15"),
    ):
        when = _at(now, days=days, hour=8, minute=24)
        mail = _mail(
            RAIL,
            ("nora",),
            when,
            f"Your tickets: {journey}",
            f"{journey}, {train}, coach C, seats 21 and 22.\n",
            ticket(journey, train, "C", "21, 22"),
        )
        writer.attach(mail, files.named(f"ticket-{files.hash_of(journey) % 9000 + 1000}.pdf"))
        yield Bulletin(
            RAIL,
            ("nora",),
            when,
            writer.finished(mail),
            folder="Travel" if days > 20 else "",
            starred=days == 9,
        )


BANK = Person("Northgate Building Society", "statements@northgate.example", 0)


def _bank(now: datetime) -> Iterator[Bulletin]:
    for month in range(3):
        when = _at(now, days=month * 30 + 12, hour=5, minute=1)
        text = (
            "Your statement is ready. For your safety we never link to our sign-in page: please type the"
            " address yourself.\n"
        )
        mail = _mail(
            BANK, ("nora",), when, f"Your statement for {when - timedelta(days=15):%B} is ready", text
        )
        writer.attach(mail, files.named(f"statement-{when - timedelta(days=15):%Y-%m}.pdf"))
        yield Bulletin(BANK, ("nora",), when, writer.finished(mail), folder="Receipts" if month else "")


# --- a mailing list -------------------------------------------------------------------------------
LIST = "Typography <typography.lists.sazba.example>"
THREADS = (
    (
        "Hyphenating Finnish compound words",
        (
            "Which dictionary do you trust for Finnish? Mine breaks *kivi-kko* and I feel watched.",
            "The one from the university, with a list of exceptions as long as the coast.",
            "You may also decide not to hyphenate at all and call it a decision.",
            "I tried that. The rivers in the text became navigable.",
        ),
    ),
    (
        "Old-style figures in tables: never?",
        (
            "My rule was: never. Then I saw the tide tables of 1911.",
            "Tide tables are the exception that has kept the rule alive.",
            "Lining figures, tabular, and a thin space. Please.",
            "Please, and a smaller size.",
            "We agree! Somebody mark the date.",
        ),
    ),
    (
        "Quotation marks in mixed-language books",
        (
            "German text, French quotations, English title: whose marks win?",
            "The language of the surrounding text, always.",
            "Unless the quotation is longer than a page; then the guests bring their own.",
        ),
    ),
    (
        "Scan of a 1926 specimen",
        (
            "I have uploaded the specimen from my aunt's attic. The swash Q alone is worth your afternoon.",
            "That Q should pay rent.",
            "Has anybody digitised it? My evenings are free until spring.",
        ),
    ),
    (
        "Ink on uncoated paper",
        (
            "The blue dries two tones darker. What do you do: lighten it or live with it?",
            "Live with it on press and lighten it in the proof, so that nobody is surprised.",
            "We make a target: six steps, printed on the same sheet.",
            "Could you share the target?",
            "Attached to the wiki, page 'Six Blues'.",
        ),
    ),
    (
        "Meeting in Brno",
        (
            "Twelve of us so far. The room has north light and a very good kettle.",
            "I am coming with two cases of type and one of wine.",
            "Thirteen.",
        ),
    ),
)
WRITERS = (
    "tomas",
    "oskar",
    "lukas",
    "Marta Nováková <marta@novakova.example>",
    "Eli Strand <eli@strand.example>",
    "Grace Otieno <grace@otieno.example>",
)


def _typography(now: datetime) -> Iterator[Bulletin]:
    random, listserver = Random("typography"), Person("Typography", "typography@lists.sazba.example")
    for thread, (title, turns) in enumerate(THREADS):
        ids: list[str] = []
        for turn, text in enumerate(turns):
            sender = person(random.choice([name for name in WRITERS if turn or name != "lukas"]))
            when = _at(now, days=thread * 6 + 1, hour=8 + turn * 2, minute=random.randrange(60))
            subject = ("Re: " if turn else "") + f"[Typography] {title}"
            mail = writer.envelope(
                sender, subject, when, f"<{files.hash_of(title + text):012x}@{sender.domain}>"
            )
            mail["To"] = writer.mailbox(listserver)
            mail["List-Id"], mail["Precedence"] = LIST, "list"
            mail["List-Unsubscribe"] = "<mailto:typography-leave@lists.sazba.example>"
            mail["List-Post"] = "<mailto:typography@lists.sazba.example>"
            if ids:
                mail["In-Reply-To"], mail["References"] = ids[-1], " ".join(ids)
            quote = f"\n> {turns[turn - 1]}\n\n" if turn else ""
            mail.set_content(
                f"{quote}{text}\n\n{sender.first_name}\n{'_' * 40}\nTypography mailing list\n",
                cte="quoted-printable",
            )
            ids.append(str(mail["Message-ID"]))
            yield Bulletin(
                listserver,
                ("nora", "lukas"),
                when,
                writer.finished(mail),
                folder="Typography list",
                unread=thread == 0,
            )


# --- invitations, reports, receipts ---------------------------------------------------------------
def _invitations(now: datetime) -> Iterator[Bulletin]:
    for sender, to, days, title, place in (
        ("theo", ("nora", "sam", "ines"), 1, "Spring list: final titles", "The long table"),
        ("ines", ("nora",), 6, "Paper Boat: recording", "Studio B, or your kitchen"),
    ):
        who, when = PEOPLE[sender], _at(now, days=days, hour=15, minute=20)
        start = _at(now, days=-4, hour=10)
        mail = _mail(who, to, when, f"Invitation: {title}", f"{title}\n{start:%A, %d %B, %H:%M}\n{place}\n")
        event = files.invitation(title, place, start, who.address, [PEOPLE[key].address for key in to])
        mail.add_alternative(event, "text", "calendar", params={"method": "REQUEST", "charset": "utf-8"})
        mail.add_attachment(event, "application", "ics", filename="invite.ics")
        yield Bulletin(who, to, when, writer.finished(mail), unread=days == 1)


def _enclosed(now: datetime) -> Iterator[Bulletin]:
    """A letter within a letter (message/rfc822), and a digest of three (multipart/digest)."""
    ines, when = PEOPLE["ines"], _at(now, days=3, hour=16, minute=11)
    reader = Person("Margarethe Voss", "m.voss@leuchtfeuer.example", 1)
    found = _mail(
        reader,
        ("ines",),
        when - timedelta(hours=4),
        "An error on page 61",
        "The buoy is green. I have seen it.\n",
    )
    mail = _mail(
        ines, ("nora",), when, "A reader writes", "Whole letter enclosed, it is too good to quote.\n"
    )
    mail.add_attachment(found)
    yield Bulletin(ines, ("nora",), when, writer.finished(mail))
    keeper, when = Person("Coast Log", "digest@coastlog.example", 0), _at(now, days=10, hour=7)
    digest = _mail(
        keeper, ("nora",), when, "Coast Log, three entries", "", list_id="Coast Log <log.coastlog.example>"
    )
    digest.clear_content()
    digest["Content-Type"] = "multipart/digest"
    for number, text in enumerate(
        ("Fog until ten.\n", "A seal, two seals.\n", "The new bell is half a tone lower.\n")
    ):
        entry = _mail(keeper, ("nora",), when - timedelta(days=number + 1), f"Day {number + 1}", text)
        part = EmailMessage(policy=SMTP)
        part.set_content(entry)
        digest.attach(part)
    yield Bulletin(keeper, ("nora",), when, writer.finished(digest))


def _reports(now: datetime) -> Iterator[Bulletin]:
    """A delivery report (RFC 3464) and a read receipt (RFC 8098)."""
    nora, daemon = PEOPLE["nora"], PEOPLE["postmaster"]
    when = _at(now, days=2, hour=11, minute=3)
    text = (
        "Your message could not be delivered to one recipient.\n\n"
        "<harbourmaster@oban-pier.example>: the other server says this address does not exist.\n"
    )
    status = (
        "Reporting-MTA: dns; mail.tidemark.example\n\n"
        "Final-Recipient: rfc822; harbourmaster@oban-pier.example\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user here\n"
    )
    original = (
        f"From: {nora.name} <{nora.address}>\nTo: harbourmaster@oban-pier.example\n"
        "Subject: The height of your pier\n"
    )
    yield Bulletin(
        daemon,
        ("nora",),
        when,
        _report(
            daemon, "Not delivered: The height of your pier", when, text, "delivery-status", status, original
        ),
        unread=True,
    )
    claire, when = PEOPLE["claire"], _at(now, days=5, hour=17, minute=40)
    text = "Your message of this morning was displayed. Whether it was read or understood, nobody can say.\n"
    status = (
        f"Reporting-UA: librairie; Courrier 4\nFinal-Recipient: rfc822;{claire.address}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    yield Bulletin(
        claire,
        ("nora",),
        when,
        _report(claire, "Read: Table de Noël", when, text, "disposition-notification", status, ""),
    )


def _report(
    sender: Person, subject: str, when: datetime, text: str, kind: str, status: str, original: str
) -> bytes:
    boundary, nora = f"=_report_{files.hash_of(subject):x}", PEOPLE["nora"]
    head = (
        f"From: {sender.name} <{sender.address}>\nTo: {nora.name} <{nora.address}>\n"
        f"Subject: {_encoded(subject)}\nDate: {format_datetime(when)}\n"
        f"Message-ID: <{files.hash_of(subject):012x}@{sender.domain}>\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"\n'
    )
    parts = [("text/plain; charset=utf-8", text), (f"message/{kind}", status)]
    if original:
        parts.append(("text/rfc822-headers", original))
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{content}\n" for kind, content in parts)
    return (head + "\n" + body + f"--{boundary}--\n").replace("\n", "\r\n").encode()


def _encoded(subject: str) -> str:
    """RFC 2047, when it must be."""
    return subject if subject.isascii() else Header(subject, "utf-8").encode()


# --- short notices --------------------------------------------------------------------------------
NOTICES = (
    (
        "Harbour Office",
        "tides@harbouroffice.example",
        "Tide warning for Saturday",
        "High water 4.9 m at 06:12 and 18:40. The lower quay will be wet.\n",
    ),
    (
        "City Library",
        "loans@cityhall.example",
        "Two books are due on Thursday",
        "Nan Shepherd, The Living Mountain\nTove Jansson, The Summer Book\n\nAnswer with the word RENEW.\n",
    ),
    (
        "Parcel Post",
        "track@parcelpost.example",
        "Your parcel is with a neighbour",
        "We left it with: ABERNATHY (downstairs). She says it sounds like books.\n",
    ),
    (
        "Greengrocer Box",
        "box@greenbox.example",
        "In your box this week",
        "Leeks, russet apples, purple kale, one squash of uncertain ancestry.\n",
    ),
    (
        "Cinema Lumen",
        "programme@lumen.example",
        "Tonight: Stromboli, 35 mm",
        "Doors at seven. There will be soup.\n",
    ),
    (
        "Backup",
        "backup@tidemark.example",
        "Nightly backup: everything is fine",
        "412 files copied, 0 problems, 38 seconds.\n",
    ),
    (
        "Allotment Society",
        "secretary@allotments.example",
        "Show on the 28th: entries close on Friday",
        "Classes 1 to 14 as last year. Class 15 (heaviest pumpkin) by popular demand.\n",
    ),
    (
        "Optician",
        "reminder@clearview.example",
        "Time for a check-up?",
        "It has been two years. The letters have not changed, but you may have.\n",
    ),
)


def _notices(now: datetime) -> Iterator[Bulletin]:
    random = Random("notices")
    for number, (name, address, subject, text) in enumerate(NOTICES * 2):
        sender, when = (
            Person(name, address),
            _at(now, days=1 + number * 3, hour=random.randrange(6, 20), minute=random.randrange(60)),
        )
        mail = _mail(sender, ("nora",), when, subject, text + ("\n" * (number // 8)))
        mail["Auto-Submitted"] = "auto-generated"
        yield Bulletin(sender, ("nora",), when, writer.finished(mail), unread=number in (0, 3))
    for number, key in enumerate(LOCAL):
        sender = Person("Tidemark office", "office@tidemark.example")
        when = _at(now, days=40 - number, hour=9)
        mail = _mail(
            sender,
            (key,),
            when,
            "Welcome to your new mailbox",
            f"Hello {PEOPLE[key].first_name},\n\nthis is your new mailbox. Be kind to it.\n\nThe office\n",
        )
        yield Bulletin(sender, (key,), when, writer.finished(mail))


def _at(now: datetime, *, days: int, hour: int, minute: int = 0) -> datetime:
    return (now - timedelta(days=days)).replace(
        hour=hour, minute=minute, second=(hour * 11 + minute * 7) % 60, microsecond=0
    )

"""The search box on real messages: which of them each thing that people type finds, indexed and not yet indexed."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from mailcore.models import Entry, Message
from mailcore.models.entry import ANSWERED, FLAGGED, SEEN
from mailcore.search import evaluate, fulltext, web_syntax
from mailcore.store import flags, mailboxes, messages

pytestmark = pytest.mark.django_db

NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp())
DAY = 86_400


def letter(
    subject, body="", *, sender="Ann Lee <ann@x.org>", to="alice@example.org", html="", files=(), **fields
):
    """A letter as other people's programs write it: any script, any file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body or subject)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


PDF, PNG = ("Reisekosten März.pdf", "application/pdf", b"%PDF-"), ("logo.PNG", "image/png", b"\x89PNG")
LETTERS = {
    "cafe": letter("Réunion au café", "On se voit à l'été, chère Zoë. Größe 40.", sender="Élise Dupré <elise@x.org>"),
    "strasse": letter("Hauptstraße 5", "Die Straße ist gesperrt.", sender="Jörg Müller <jm@x.org>"),
    "japanese": letter("会議の日程", "来週の会議は東京タワーで行います。", sender="田中 <tanaka@x.org>"),
    "chinese": letter("发票", "请查收附件中的发票。", files=[("发票2026.pdf", "application/pdf", b"%PDF-")]),
    "arabic": letter("موعد الاجتماع", "مَرْحَبًا بِكُم في القاهرة", sender="ليلى <layla@x.org>"),
    "hindi": letter("बैठक", "कल की बैठक दिल्ली में है"),
    "report": letter("Travel report", "Costs are attached.", files=[PDF], to="alice@example.org, Bob <bob@x.org>"),
    "picture": letter("Our logo", "See the logo.", files=[PNG, ("slides.pptx", "application/octet-stream", b"PK")]),
    "trap": letter("Invoice", "Open it.", files=[("bill.pdf.exe", "application/octet-stream", b"MZ")]),
    "newsletter": letter(
        "Weekly news", "Cats and dogs.", html="<p>Cats &amp; <b>do</b>gs</p>", List_Id="News <news.lists.example.org>",
        sender="News <news@lists.example.org>", X_Mailer="Mutt 2.2"),
    "holiday": letter("Holiday", "Our vacation begins the day after the long and happy holiday ends.",
        Cc="Carol <c@x.org>"),
    "category": letter("Category", "A category is not a cat; concatenate.", Delivered_To="alice+lists@example.org"),
    "big": letter("Big one", "x" * 70 + ("\n" + "y" * 70) * 400, Message_ID="<big@x.org>"),
}  # fmt: skip


@pytest.fixture(params=["indexed", "not indexed"])
def account(request, alice):
    """All of them, a day apart, in INBOX; three have been moved, some are marked."""
    inbox = mailboxes.named(alice.pk, "INBOX")
    for number, raw in enumerate(LETTERS.values()):
        messages.append_bytes(alice.pk, inbox.id, raw, internaldate=NOON + number * DAY)
    mailboxes.create(alice.pk, "Work/Big Plans")
    for name, target in (("trap", "Junk"), ("holiday", "Trash"), ("report", "Work/Big Plans")):
        messages.move(mailboxes.named(alice.pk, "INBOX"), [_uid(name)], mailboxes.named(alice.pk, target))
    inbox = mailboxes.named(alice.pk, "INBOX")
    flags.add(inbox, [_uid("cafe"), _uid("strasse")], SEEN)
    flags.add(inbox, [_uid("cafe")], FLAGGED, frozenset({"$label2"}))
    flags.add(inbox, [_uid("strasse")], ANSWERED, frozenset({"$Forwarded"}))
    if request.param == "indexed":
        fulltext.index_pending()
    return alice


def _uid(name: str) -> int:
    return [*LETTERS].index(name) + 1


def found(account, typed: str) -> set[str]:
    """The names of the letters that a search shows."""
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    tree = web_syntax.parse(typed, now, me="alice@example.org", labels={"to do": "$label2"})
    places, _ = evaluate.conversations(account.pk, tree)
    entries = Entry.objects.filter(account_id=account.pk, id__in=[place.entry_id for _, place in places])
    subjects = dict(Message.objects.filter(account_id=account.pk).values_list("id", "subject"))
    names = {_subject(raw): name for name, raw in LETTERS.items()}
    return {names[subjects[entry.message_id]] for entry in entries}


def _subject(raw: bytes) -> str:
    from email import policy
    from email.parser import BytesParser

    return str(BytesParser(policy=policy.default).parsebytes(raw)["Subject"])


SHOWN = set(LETTERS) - {"trap", "holiday"}  # not in Trash, not in Junk


FINDS = {
    # accents and case do not count; ß is ss
    "cafe": "cafe",
    "CAFÉ": "cafe",
    "été": "cafe",
    "ete zoe": "cafe",
    "grösse": "cafe",
    "groesse": "",
    "GROSSE": "cafe",
    "strasse": "strasse",
    "Straße": "strasse",
    "subject:hauptstrasse": "strasse",
    "from:muller": "strasse",
    "from:Müller": "strasse",
    "from:elise": "cafe",
    # scripts without blanks, and those with marks
    "会議": "japanese",
    "東京タワー": "japanese",
    "ﾀﾜｰ": "japanese",
    "from:田中": "japanese",
    "subject:日程": "japanese",
    "发票": "chinese",
    "filename:发票": "chinese",
    "مرحبا": "arabic",
    "القاهرة": "arabic",
    "from:ليلى": "arabic",
    "subject:الاجتماع": "arabic",
    "दिल्ली": "hindi",
    # words, phrases, whole words, closeness
    "cat": "newsletter category",
    "+cat": "category",
    "+cats": "newsletter",
    "+category": "category",
    "+会議": "",
    '"cats and dogs"': "newsletter",
    '"dogs and cats"': "",
    "cats dogs": "newsletter",
    "cats -dogs": "",
    "vacation AROUND 12 holiday in:anywhere": "holiday",
    "holiday AROUND 12 vacation in:trash": "holiday",
    "vacation AROUND 3 holiday in:anywhere": "",
    "travel AROUND 1 report": "report",
    "{会議 发票} -from:ann": "japanese",
    "from:(elise OR layla)": "cafe arabic",
    # people and machines
    "to:bob": "report",
    "to:carol in:anywhere": "holiday",
    "cc:carol in:trash": "holiday",
    "cc:bob": "",
    "list:news.lists.example.org": "newsletter",
    "deliveredto:alice+lists@example.org": "category",
    "header:x-mailer": "newsletter",
    "header:x-mailer:mutt": "newsletter",
    "header:x-mailer:pine": "",
    "rfc822msgid:<big@x.org>": "big",
    "body:logo": "picture",
    "body:invoice in:junk": "",
    # files: by type is by the end of the name, which a second ending does not fool
    "has:attachment": "chinese report picture",
    "has:pdf": "chinese report",
    "has:pdf in:anywhere": "chinese report",
    "has:image": "picture",
    "has:presentation": "picture",
    "has:video": "",
    "filename:pdf in:anywhere": "chinese report trap",
    "filename:.pptx": "picture",
    "filename:marz": "report",
    "filename:exe in:spam": "trap",
    # sizes
    "larger:20k": "big",
    "larger:1M": "",
    # places
    "in:trash": "holiday",
    "in:spam": "trap",
    "in:junk": "trap",
    'in:"Work/Big Plans"': "report",
    "in:big-plans": "report",
    "in:work": "report",
    "label:work/big-plans": "report",
    'label:"to do"': "cafe",
    "label:to-do": "cafe",
    "has:userlabels": "cafe",
    "in:nowhere": "",
    "in:inbox -in:inbox": "",
    # states
    "is:read": "cafe strasse",
    "is:starred": "cafe",
    "is:answered": "strasse",
    "is:forwarded": "strasse",
    "is:draft": "",
    # times
    "on:2026/03/02": "cafe",
    "before:2026/03/04": "cafe strasse",
    "after:2026/03/13": "category big",
    "on:2026/03 is:starred": "cafe",
    "before:2026": "",
    # what makes no sense is left out
    "cats older_than:banana": "newsletter",
    "cats OR larger:much": "newsletter",
}


def test_what_is_typed_finds(account):
    # One account for the whole table: what is wrong stands beside what should be.
    assert {typed: found(account, typed) for typed in FINDS} == {
        typed: set(names.split()) for typed, names in FINDS.items()
    }


def test_everything_but_trash_and_spam_is_searched(account):
    assert found(account, "") == SHOWN
    assert found(account, "in:anywhere") == set(LETTERS)
    assert found(account, "is:unread") == SHOWN - {"cafe", "strasse"}
    assert found(account, "-has:attachment") == SHOWN - {"chinese", "report", "picture"}
